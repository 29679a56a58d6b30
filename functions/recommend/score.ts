import { BestSongs, type Ranking } from './best.ts';
import type { Model } from './model.ts';

/**
 * The score of a song j for the songs S that were asked for:
 *
 *     score(j | S) = n_j^-b * sum over antecedents A in S of w_Aj / (n_A + lambda)
 *
 * n are numbers of playlists, w_Aj is the number of playlists that hold A and j with each playlist
 * of length l counted as l^-gamma. lambda shrinks what rare songs claim, gamma lets short playlists
 * say more, b takes back some of what popular songs get for their popularity. With lambda, gamma
 * and b 0 it is the sum of confidences, with the aggregation `max` the highest confidence.
 */

/** A rule that gave a song its score. */
export interface Contribution {
  /** Number of the antecedent, see `Snapshot.longOffsets`. */
  antecedent: number;
  together: number;
  /** Playlists that hold the antecedent. */
  given: number;
  /** Part of the song's score that comes from this rule, 0 to 1. */
  share: number;
}

/**
 * The songs that the rules of `seeds` lead to, best first; ties go to the song in more playlists.
 * @param seeds Songs without repeats; they are never in the answer.
 * @param limit Most songs in the answer; fewer when fewer rules fire.
 */
export function rank(model: Model, seeds: readonly number[], limit: number): Ranking {
  const { scores, stamps, damping, scoring } = model;
  const { supports, ruleOffsets, ruleConsequents, ruleWeights } = model.snapshot;
  const stamp = nextStamp(model);
  const touched: number[] = [];
  const highestOnly = scoring.aggregation === 'max';
  for (const antecedent of antecedentsIn(model, seeds)) {
    const factor = 1 / (supportOf(model, antecedent) + scoring.shrinkage);
    const end = ruleOffsets[antecedent + 1];
    for (let rule = ruleOffsets[antecedent]; rule < end; rule++) {
      const song = ruleConsequents[rule];
      const value = ruleWeights[rule] * factor;
      if (stamps[song] !== stamp) {
        stamps[song] = stamp;
        scores[song] = value;
        touched.push(song);
      } else if (!highestOnly) {
        scores[song] += value;
      } else if (value > scores[song]) {
        scores[song] = value;
      }
    }
  }
  for (const seed of seeds) stamps[seed] = 0;
  const best = new BestSongs(limit);
  for (const song of touched) {
    if (stamps[song] === stamp) best.offer(song, scores[song] * damping[supports[song]]);
  }
  return best.ranking();
}

/** The songs in most playlists, seeds left out: what is said when no rule fires. */
export function rankByPopularity(model: Model, seeds: readonly number[], limit: number): Ranking {
  const songs: number[] = [];
  for (let song = 0; song < model.songs && songs.length < limit; song++) {
    if (!seeds.includes(song)) songs.push(song);
  }
  return {
    songs,
    scores: songs.map((song) => model.snapshot.supports[song] / model.transactions),
  };
}

/**
 * The rules that gave a song its score, the strongest first.
 * @param most Rules in the answer at most; shares are of the whole score.
 */
export function explain(
  model: Model,
  seeds: readonly number[],
  song: number,
  most: number,
): Contribution[] {
  const { ruleTogether, ruleWeights } = model.snapshot;
  const values: { antecedent: number; rule: number; value: number }[] = [];
  for (const antecedent of antecedentsIn(model, seeds)) {
    const rule = findRule(model, antecedent, song);
    if (rule === undefined) continue;
    const value = ruleWeights[rule] / (supportOf(model, antecedent) + model.scoring.shrinkage);
    values.push({ antecedent, rule, value });
  }
  values.sort((a, b) => b.value - a.value || a.antecedent - b.antecedent);
  const carrying = model.scoring.aggregation === 'max' ? values.slice(0, 1) : values;
  const total = carrying.reduce((sum, { value }) => sum + value, 0);
  return carrying.slice(0, most).map(({ antecedent, rule, value }) => ({
    antecedent,
    together: ruleTogether[rule],
    given: supportOf(model, antecedent),
    share: value / total,
  }));
}

/** The songs of an antecedent. */
export function antecedentSongs({ songs, snapshot }: Model, antecedent: number): number[] {
  if (antecedent < songs) return [antecedent];
  const { longOffsets, longSongs } = snapshot;
  const long = antecedent - songs;
  return [...longSongs.subarray(longOffsets[long], longOffsets[long + 1])];
}

/** Playlists that hold all songs of an antecedent. */
export function supportOf({ songs, snapshot }: Model, antecedent: number): number {
  return antecedent < songs
    ? snapshot.supports[antecedent]
    : snapshot.longSupports[antecedent - songs];
}

/** Every antecedent whose songs are all among the seeds. */
function antecedentsIn(model: Model, seeds: readonly number[]): number[] {
  const { longOffsets, longSongs, longSupports } = model.snapshot;
  const antecedents = [...seeds];
  if (longSupports.length === 0 || seeds.length < 2) return antecedents;
  const among = new Set(seeds);
  for (const seed of seeds) {
    // They are in the order of their songs: those that begin with this seed stand together.
    let long = firstBeginningWith(model, seed);
    for (; longSongs[longOffsets[long]] === seed; long++) {
      const rest = longSongs.subarray(longOffsets[long] + 1, longOffsets[long + 1]);
      if (rest.every((song) => among.has(song))) antecedents.push(model.songs + long);
    }
  }
  return antecedents;
}

function firstBeginningWith({ snapshot }: Model, song: number): number {
  const { longOffsets, longSongs, longSupports } = snapshot;
  let low = 0;
  let high = longSupports.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (longSongs[longOffsets[middle]] < song) low = middle + 1;
    else high = middle;
  }
  return low;
}

function findRule({ snapshot }: Model, antecedent: number, song: number): number | undefined {
  const { ruleOffsets, ruleConsequents } = snapshot;
  let low = ruleOffsets[antecedent];
  const end = ruleOffsets[antecedent + 1];
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ruleConsequents[middle] < song) low = middle + 1;
    else high = middle;
  }
  return low < end && ruleConsequents[low] === song ? low : undefined;
}

/** A number that no entry of `stamps` has, so that old scores count as absent. */
function nextStamp(model: Model): number {
  if (model.stamp === 0xffffffff) {
    model.stamps.fill(0);
    model.stamp = 0;
  }
  return ++model.stamp;
}
