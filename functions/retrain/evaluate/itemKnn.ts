import { BestSongs } from '../../recommend/best.ts';
import type { TransactionSet } from '../transactions.ts';
import { transpose } from './transpose.ts';
import type { Baseline } from './tune.ts';

/**
 * Item-based nearest neighbours (Sarwar et al., 2001; Deshpande and Karypis, 2004) with the
 * asymmetric cosine (Aiolli, 2013) and shrinkage:
 *
 *     score(j | S) = sum over i in S of c_ij / (n_i^exponent * n_j^(1 - exponent) + shrink)
 *
 * c are playlists with both songs, n with one. Only the `neighbours` most similar songs of each
 * song shown count. Similarities are counted from the rows of the songs shown: nothing is cut off.
 */
export const itemKnn: Baseline = {
  name: 'item-knn',
  grid: {
    shrink: [0, 1, 2, 5, 10, 20, 50, 100],
    exponent: [0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
    neighbours: [50, 200, 1000, Number.POSITIVE_INFINITY],
  },
  start: { shrink: 10, exponent: 0.5, neighbours: Number.POSITIVE_INFINITY },
  budget: 24,
  prepare,
};

function prepare({ transactions, catalogue }: TransactionSet): ReturnType<Baseline['prepare']> {
  const { offsets, items, itemCount } = transactions;
  const { supports } = catalogue;
  const columns = transpose(transactions);
  const together = new Uint32Array(itemCount);
  const scores = new Float64Array(itemCount);

  return async ({ shrink, exponent, neighbours }) => {
    const ofShown = powers(supports, exponent);
    const ofOther = powers(supports, 1 - exponent);
    return ({ songs }, limit) => {
      const touched: number[] = [];
      for (const shown of songs) {
        const near: number[] = [];
        for (let at = columns.offsets[shown]; at < columns.offsets[shown + 1]; at++) {
          const row = columns.rows[at];
          for (let i = offsets[row]; i < offsets[row + 1]; i++) {
            if (together[items[i]]++ === 0) near.push(items[i]);
          }
        }
        const factor = ofShown[supports[shown]];
        const similarity = (song: number) =>
          together[song] / (factor * ofOther[supports[song]] + shrink);
        for (const song of nearest(near, similarity, shown, neighbours)) {
          if (scores[song] === 0) touched.push(song);
          scores[song] += similarity(song);
        }
        for (const song of near) together[song] = 0;
      }
      const best = new BestSongs(limit);
      for (const song of songs) scores[song] = 0;
      for (const song of touched) {
        if (scores[song] > 0) best.offer(song, scores[song]);
        scores[song] = 0;
      }
      return best.ranking();
    };
  };
}

/** The most similar songs, not the song itself. */
function nearest(
  near: number[],
  similarity: (song: number) => number,
  shown: number,
  neighbours: number,
): number[] {
  if (near.length <= neighbours) return near;
  const best = new BestSongs(neighbours);
  for (const song of near) if (song !== shown) best.offer(song, similarity(song));
  return best.ranking().songs;
}

/** n^exponent for each support n. */
function powers(supports: Uint32Array, exponent: number): Float64Array {
  return Float64Array.from({ length: supports[0] + 1 }, (_, support) => support ** exponent);
}
