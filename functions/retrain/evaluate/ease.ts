import { problem } from '../../../shared/problems.ts';
import type { TransactionSet } from '../transactions.ts';
import { invert } from './linear.ts';
import { positive } from './positive.ts';
import { transpose } from './transpose.ts';
import type { Baseline } from './tune.ts';

/**
 * EASE (Steck, 2019): the linear model X = XB with a zero diagonal that has the least squared error
 * and lambda times its squared weights,
 *
 *     B = I - P / diag(P), P = (X'X + lambda I)^-1.
 *
 * The matrix inverted has a row for each song, or in the dual form a row for each playlist: by
 * Woodbury's identity, lambda P = I - X' (XX' + lambda I)^-1 X. The smaller one is chosen.
 */
export const ease: Baseline = {
  name: 'ease',
  grid: { lambda: [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000] },
  start: { lambda: 300 },
  budget: 6,
  prepare: (set) => {
    const size = Math.min(set.ids.length, set.transactions.itemCount);
    if (size > largest) {
      const reason = `EASE needs a matrix of ${size} x ${size} numbers here, and more than ${largest} x ${largest} take too long. Leave it out with --against popularity,item-knn,ials`;
      throw problem('usage', { reason });
    }
    return isDual(set) ? prepareDual(set) : preparePrimal(set);
  },
};

/** Rows of a matrix that takes some minutes to invert, and 1.6 GB. */
const largest = 10_000;

function isDual({ transactions }: TransactionSet): boolean {
  return transactions.offsets.length - 1 < transactions.itemCount;
}

/** From playlists to playlists: s of the songs shown gives t = X' (XX' + lambda I)^-1 X s. */
function prepareDual({ transactions }: TransactionSet): ReturnType<Baseline['prepare']> {
  const { offsets, items, itemCount } = transactions;
  const rowCount = offsets.length - 1;
  const columns = transpose(transactions);
  const gram = new Float64Array(rowCount * rowCount);
  for (let item = 0; item < itemCount; item++) {
    const rows = columns.rows.subarray(columns.offsets[item], columns.offsets[item + 1]);
    for (const row of rows) for (const other of rows) gram[row * rowCount + other]++;
  }

  return async ({ lambda }) => {
    const inverse = inverseOf(gram, rowCount, lambda);
    /** lambda P_jj */
    const diagonal = new Float64Array(itemCount);
    for (let item = 0; item < itemCount; item++) {
      const rows = columns.rows.subarray(columns.offsets[item], columns.offsets[item + 1]);
      let sum = 0;
      for (const row of rows) for (const other of rows) sum += inverse[row * rowCount + other];
      diagonal[item] = 1 - sum;
    }
    const shares = new Float64Array(rowCount);
    const scores = new Float64Array(itemCount);
    return ({ songs }, limit) => {
      shares.fill(0);
      scores.fill(0);
      for (const song of songs) {
        for (let at = columns.offsets[song]; at < columns.offsets[song + 1]; at++) {
          const start = columns.rows[at] * rowCount;
          for (let row = 0; row < rowCount; row++) shares[row] += inverse[start + row];
        }
      }
      for (let row = 0; row < rowCount; row++) {
        const share = shares[row];
        for (let at = offsets[row]; at < offsets[row + 1]; at++) scores[items[at]] += share;
      }
      for (let item = 0; item < itemCount; item++) scores[item] /= diagonal[item];
      return positive(scores, songs, limit);
    };
  };
}

/** From songs to songs: the weight of song i for song j is -P_ij / P_jj. */
function preparePrimal({ transactions }: TransactionSet): ReturnType<Baseline['prepare']> {
  const { offsets, items, itemCount } = transactions;
  const gram = new Float64Array(itemCount * itemCount);
  for (let row = 0; row + 1 < offsets.length; row++) {
    const songs = items.subarray(offsets[row], offsets[row + 1]);
    for (const song of songs) for (const other of songs) gram[song * itemCount + other]++;
  }
  return async ({ lambda }) => {
    const inverse = inverseOf(gram, itemCount, lambda);
    const scores = new Float64Array(itemCount);
    return ({ songs }, limit) => {
      scores.fill(0);
      for (const song of songs) {
        const start = song * itemCount;
        for (let other = 0; other < itemCount; other++) scores[other] -= inverse[start + other];
      }
      for (let item = 0; item < itemCount; item++) scores[item] /= inverse[item * itemCount + item];
      return positive(scores, songs, limit);
    };
  };
}

function inverseOf(gram: Float64Array, n: number, lambda: number): Float64Array {
  const inverse = gram.slice();
  for (let i = 0; i < n; i++) inverse[i * n + i] += lambda;
  invert(inverse, n);
  return inverse;
}
