import { setImmediate } from 'node:timers/promises';
import type { Ranking } from '../../recommend/best.ts';
import type { Catalogue, TransactionSet } from '../transactions.ts';
import type { Case, Query } from './folds.ts';
import {
  listLength,
  type MetricName,
  measureRanking,
  metricNames,
  neededLength,
} from './metrics.ts';

/** A fitted recommender. */
export interface Ranker {
  /**
   * Songs for a query, the best first and without repeats; songs of the query are passed over.
   * Fewer than `limit` when it has nothing to say of the others.
   */
  rank(query: Query, limit: number): Ranking;
  /** What tuning chose, for people. */
  parameters: Record<string, string>;
}

/** Metrics of a ranker on cases, one value a case in the order of the cases. */
export interface Measured {
  values: Record<MetricName, Float64Array>;
  /** For each number of songs shown, the songs recommended to somebody among the first 20. */
  recommended: Map<number, Set<number>>;
}

/** After so long without a rest, the event loop gets its turn. */
const restAfterMs = 25;

/**
 * Ranks the whole catalogue for each case. Every ranker is held to the same rules: songs shown do
 * not count, and a short ranking is filled up with the most popular songs.
 */
export async function measure(
  ranker: Ranker,
  { catalogue, ids }: TransactionSet,
  cases: readonly Case[],
  signal?: AbortSignal,
): Promise<Measured> {
  const values = Object.fromEntries(
    metricNames.map((name) => [name, new Float64Array(cases.length)]),
  ) as Measured['values'];
  const recommended = new Map<number, Set<number>>();
  let rested = performance.now();
  for (const [i, one] of cases.entries()) {
    if (performance.now() - rested > restAfterMs) {
      await setImmediate();
      signal?.throwIfAborted();
      rested = performance.now();
    }
    const limit = neededLength(one);
    const ranking = fillUp(ranker.rank(one.query, limit).songs, one.query, catalogue, limit);
    const metrics = measureRanking(ranking, one, catalogue.supports, ids.length);
    for (const name of metricNames) values[name][i] = metrics[name];
    const seen = recommended.get(one.k) ?? new Set();
    for (const song of ranking.slice(0, listLength)) seen.add(song);
    recommended.set(one.k, seen);
  }
  return { values, recommended };
}

/** A ranking without the songs of the query, and with the most popular ones at its end. */
function fillUp(
  ranking: readonly number[],
  { songs }: Query,
  { supports }: Pick<Catalogue, 'supports'>,
  limit: number,
): number[] {
  const taken = new Set(songs);
  const filled: number[] = [];
  for (const song of ranking) {
    if (taken.has(song)) continue;
    taken.add(song);
    filled.push(song);
  }
  for (let song = 0; song < supports.length && filled.length < limit; song++) {
    if (!taken.has(song)) filled.push(song);
  }
  return filled;
}

/** The mean of a metric for each number of songs shown, ascending. */
export function meansByK(
  cases: readonly Pick<Case, 'k'>[],
  values: ArrayLike<number>,
): Map<number, number> {
  const byK = Map.groupBy(cases.keys(), (i) => cases[i].k);
  return new Map(
    [...byK]
      .sort(([a], [b]) => a - b)
      .map(([k, some]) => [k, some.reduce((sum, i) => sum + values[i], 0) / some.length]),
  );
}
