/** The rules of a model, one after the other, wherever their numbers come from. */
import { confidence, prevalence, type RuleCounts } from '../../../shared/measures.ts';
import type { Model } from '../model.ts';
import { antecedentSongs, consequentsOf, ruleOf, supportOf } from './lookup.ts';

/** A rule in numbers. */
export interface Rule extends RuleCounts {
  /** Number of the antecedent, see `Snapshot`; never an artist. */
  antecedent: number;
  /** The song that follows; `consequent` is the count of its playlists. */
  song: number;
}

/**
 * Every rule of songs, listed in the snapshot or counted from its playlists, by antecedent (the most
 * popular song first) and then by consequent. Each is told by the same object, changed in place:
 * take numbers out of it, not the object.
 */
export function* rulesOf(model: Model): Generator<Rule, void, undefined> {
  const rule = blankRule(model);
  for (const antecedent of antecedentsOf(model)) {
    for (const [song, together] of consequentsOf(model, antecedent)) {
      yield fill(rule, model, antecedent, song, together);
    }
  }
}

/** The numbers of all antecedents that are no artists, in the order of the rules. */
export function* antecedentsOf({
  songs,
  singles,
  snapshot,
}: Model): Generator<number, void, undefined> {
  const end = snapshot.ruleOffsets.length - 1;
  for (let antecedent = 0; antecedent < songs; antecedent++) yield antecedent;
  for (let antecedent = singles; antecedent < end; antecedent++) yield antecedent;
}

/**
 * Gives, of an antecedent, the rules that have a song on any side, as `consequentsOf` gives all of
 * them. Of a song whose rules are counted it is known whether this one is among them: songs that
 * come together do so in both directions.
 */
export function rulesWith(
  model: Model,
  song: number,
): (antecedent: number) => [song: number, together: number][] {
  const { ruleOffsets } = model.snapshot;
  const partners = new Map(consequentsOf(model, song));
  return (antecedent) => {
    if (antecedentSongs(model, antecedent).includes(song)) return consequentsOf(model, antecedent);
    const isListed = ruleOffsets[antecedent] < ruleOffsets[antecedent + 1];
    const together = isListed
      ? ruleOf(model, antecedent, song).together
      : antecedent < model.songs && partners.get(antecedent);
    return together ? [[song, together]] : [];
  };
}

/** A rule to be filled. */
export function blankRule(model: Model): Rule {
  const { transactions } = model;
  return { antecedent: 0, song: 0, together: 0, given: 1, consequent: 1, transactions };
}

/** Makes the object tell this rule. */
export function fill(
  rule: Rule,
  model: Model,
  antecedent: number,
  song: number,
  together: number,
): Rule {
  rule.antecedent = antecedent;
  rule.song = song;
  rule.together = together;
  rule.given = supportOf(model, antecedent);
  rule.consequent = model.snapshot.supports[song];
  return rule;
}

/**
 * The least difference of the rule's confidence to that of a rule with the same consequent and some
 * of its antecedent's songs, or none: what its last song is good for. Bayardo, Agrawal and
 * Gunopulos, "Constraint-Based Rule Mining in Large, Dense Databases" (2000). Shorter rules that the
 * model does not have are left out.
 */
export function improvement(model: Model, rule: Rule): number {
  let best = prevalence(rule);
  for (const songs of properParts(antecedentSongs(model, rule.antecedent))) {
    const antecedent = antecedentOf(model, songs);
    if (antecedent === undefined) continue;
    const { together } = ruleOf(model, antecedent, rule.song);
    if (together < model.minSupport) continue;
    best = Math.max(best, together / supportOf(model, antecedent));
  }
  return confidence(rule) - best;
}

/** Every part of some songs but none and all of them, in their order. */
function* properParts(songs: readonly number[]): Generator<number[], void, undefined> {
  const all = 2 ** songs.length - 1;
  for (let part = 1; part < all; part++) {
    yield songs.filter((_, i) => Math.floor(part / 2 ** i) % 2 === 1);
  }
}

/** The number of the antecedent with these songs, ascending; undefined when no rule has it. */
export function antecedentOf(
  { singles, snapshot }: Model,
  songs: readonly number[],
): number | undefined {
  if (songs.length === 1) return songs[0];
  const { longOffsets, longSongs, longSupports } = snapshot;
  let low = 0;
  let high = longSupports.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = longSongs.subarray(longOffsets[middle], longOffsets[middle + 1]);
    const order = compareSongs(other, songs);
    if (order === 0) return singles + middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

/** By the first different song; a beginning comes before the whole. */
function compareSongs(one: ArrayLike<number>, other: readonly number[]): number {
  for (let i = 0; i < one.length && i < other.length; i++) {
    if (one[i] !== other[i]) return one[i] - other[i];
  }
  return one.length - other.length;
}
