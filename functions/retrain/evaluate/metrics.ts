import type { Case } from './folds.ts';

/** How well a ranking does on a held-out playlist; 0 to 1 but for the last. */
export const metricNames = [
  'ndcg20',
  'ndcg100',
  'rPrecision',
  'hitRate10',
  'hitRate20',
  'novelty',
] as const;
export type MetricName = (typeof metricNames)[number];

/** How far down novelty and coverage look. */
export const listLength = 20;

/** Songs that a ranking must have for all metrics. */
export function neededLength({ hiddenCount }: Pick<Case, 'hiddenCount'>): number {
  return Math.max(100, hiddenCount);
}

/**
 * NDCG with binary relevance (Järvelin and Kekäläinen, 2002): the discounted gain of the first
 * `depth`, by that of the best ranking of as many hidden songs; R-precision: the share of hidden
 * songs among as many first ones; hit rate: whether one of the first is hidden; novelty: the mean
 * self-information of the first 20, log2(playlists / support) bits (Zhou et al., 2010).
 *
 * @param ranking Songs without repeats, the best first.
 * @param supports Training playlists of each song.
 * @param playlists Number of training playlists.
 */
export function measureRanking(
  ranking: ArrayLike<number>,
  { hidden, hiddenCount }: Pick<Case, 'hidden' | 'hiddenCount'>,
  supports: ArrayLike<number>,
  playlists: number,
): Record<MetricName, number> {
  const isHidden = new Set(hidden);
  let [gain20, gain100, ideal20, ideal100, first] = [0, 0, 0, 0, Number.POSITIVE_INFINITY];
  let atR = 0;
  let information = 0;
  const depth = Math.min(ranking.length, neededLength({ hiddenCount }));
  for (let i = 0; i < depth; i++) {
    if (i < listLength) information += Math.log2(playlists / supports[ranking[i]]);
    if (!isHidden.has(ranking[i])) continue;
    first = Math.min(first, i);
    if (i < 20) gain20 += discount(i);
    if (i < 100) gain100 += discount(i);
    if (i < hiddenCount) atR++;
  }
  for (let i = 0; i < Math.min(100, hiddenCount); i++) {
    if (i < 20) ideal20 += discount(i);
    ideal100 += discount(i);
  }
  return {
    ndcg20: gain20 / ideal20,
    ndcg100: gain100 / ideal100,
    rPrecision: atR / hiddenCount,
    hitRate10: first < 10 ? 1 : 0,
    hitRate20: first < 20 ? 1 : 0,
    novelty: information / Math.max(1, Math.min(depth, listLength)),
  };
}

function discount(position: number): number {
  return 1 / Math.log2(position + 2);
}
