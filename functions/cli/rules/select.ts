/** Which rules are asked for, in which order. */
import { type MeasureName, measures } from '../../../shared/measures.ts';
import type { Model } from '../../recommend/model.ts';
import { antecedentSongs } from '../../recommend/rules/lookup.ts';
import { blankRule, fill, improvement, type Rule, rulesOf } from '../../recommend/rules/walk.ts';

/** What a rule must be to be listed. */
export interface Conditions {
  minConfidence?: number | undefined;
  minLift?: number | undefined;
  /** Songs that must be in the rule, on any side. */
  songs: readonly number[];
  /** Songs that must be in its antecedent. */
  lhs: readonly number[];
  /** Songs of which its consequent must be one. */
  rhs: readonly number[];
  /** Whether rules without improvement are dropped. */
  withoutRedundant: boolean;
  /** What else it must be. */
  only?: ((rule: Rule) => boolean) | undefined;
}

/** By which measure rules are ordered, and how many are wanted. */
export interface Order {
  by?: { measure: MeasureName; ascending: boolean } | undefined;
  limit?: number | undefined;
}

/**
 * The rules that meet the conditions, in the order asked for, or else in that of the model. With an
 * order, 20 bytes a rule are kept until the last one is seen, or those of the best `limit` alone.
 */
export function select(
  model: Model,
  conditions: Conditions,
  { by, limit = Infinity }: Order,
): Iterable<Rule> {
  const met = filter(model, rulesOf(model), conditions);
  if (by === undefined) return first(met, limit);
  return sorted(model, met, by, limit);
}

function* filter(
  model: Model,
  rules: Iterable<Rule>,
  { minConfidence = 0, minLift = 0, songs, lhs, rhs, withoutRedundant, only }: Conditions,
): Generator<Rule, void, undefined> {
  const asksForSongs = songs.length > 0 || lhs.length > 0;
  for (const rule of rules) {
    if (rhs.length > 0 && !rhs.includes(rule.song)) continue;
    if (measures.confidence(rule) < minConfidence || measures.lift(rule) < minLift) continue;
    if (asksForSongs) {
      const antecedent = antecedentSongs(model, rule.antecedent);
      if (!lhs.every((song) => antecedent.includes(song))) continue;
      if (!songs.every((song) => song === rule.song || antecedent.includes(song))) continue;
    }
    if (only !== undefined && !only(rule)) continue;
    if (withoutRedundant && improvement(model, rule) <= 0) continue;
    yield rule;
  }
}

function* first(rules: Iterable<Rule>, limit: number): Generator<Rule, void, undefined> {
  let left = limit;
  if (left === 0) return;
  for (const rule of rules) {
    yield rule;
    if (--left <= 0) return;
  }
}

function* sorted(
  model: Model,
  rules: Iterable<Rule>,
  { measure, ascending }: { measure: MeasureName; ascending: boolean },
  limit: number,
): Generator<Rule, void, undefined> {
  const kept = new Kept();
  const measureOf = measures[measure];
  // Twice as many as wanted are let in before the worse half goes: sorting costs little a rule.
  const most = limit === Infinity ? Infinity : Math.max(2 * limit, 1024);
  for (const rule of rules) {
    const value = measureOf(rule);
    // What has no value comes last, whatever the direction.
    kept.add(rule, Number.isNaN(value) ? Infinity : ascending ? value : -value);
    if (kept.length >= most) kept.keepFirst(limit);
  }
  kept.keepFirst(Math.min(limit, kept.length));
  const rule = blankRule(model);
  for (let i = 0; i < kept.length; i++) {
    yield fill(rule, model, kept.antecedents[i], kept.songs[i], kept.together[i]);
  }
}

/** Rules as columns, with what they are sorted by. */
class Kept {
  length = 0;
  antecedents = new Uint32Array(1024);
  songs = new Uint32Array(1024);
  together = new Uint32Array(1024);
  keys = new Float64Array(1024);

  add({ antecedent, song, together }: Rule, key: number): void {
    if (this.length === this.keys.length) this.#resize(this.length * 2);
    this.antecedents[this.length] = antecedent;
    this.songs[this.length] = song;
    this.together[this.length] = together;
    this.keys[this.length++] = key;
  }

  /** Sorts, the earlier of equals first, and drops what is behind the first so many. */
  keepFirst(count: number): void {
    const { antecedents, songs, together, keys } = this;
    const order = Uint32Array.from({ length: this.length }, (_, i) => i)
      .sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b))
      .subarray(0, count);
    this.length = order.length;
    this.antecedents = picked(antecedents, order);
    this.songs = picked(songs, order);
    this.together = picked(together, order);
    this.keys = picked(keys, order);
  }

  #resize(length: number): void {
    this.antecedents = resized(this.antecedents, length);
    this.songs = resized(this.songs, length);
    this.together = resized(this.together, length);
    this.keys = resized(this.keys, length);
  }
}

function picked<Column extends Uint32Array | Float64Array>(column: Column, order: Uint32Array) {
  const copy = column.slice(0, Math.max(order.length, 1024)) as Column;
  for (let i = 0; i < order.length; i++) copy[i] = column[order[i]];
  return copy;
}

function resized<Column extends Uint32Array | Float64Array>(column: Column, length: number) {
  const copy = new (column.constructor as new (length: number) => Column)(length);
  copy.set(column);
  return copy;
}
