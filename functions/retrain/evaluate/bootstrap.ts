import { seededRandom } from '../../../shared/random.ts';

/** A ratio and the interval that holds it with a probability of 95 %. */
export interface Ratio {
  ratio: number;
  low: number;
  high: number;
}

/** What a bootstrap needs to know of a case. */
interface Unit {
  k: number;
  row: number;
}

/**
 * The ratio of two methods' means, averaged over k before they are divided, with its paired
 * percentile bootstrap (Efron, 1979): playlists are drawn with replacement, and one drawn brings
 * its values for every k and for both methods.
 *
 * @param cases One a value: the playlist and the number of songs shown.
 * @param samples Bootstrap samples; the same input gives the same interval.
 */
export function pairedRatio(
  cases: readonly Unit[],
  numerator: ArrayLike<number>,
  denominator: ArrayLike<number>,
  samples = 1000,
): Ratio {
  const ks = [...new Set(cases.map(({ k }) => k))];
  const kOf = Uint32Array.from(cases, ({ k }) => ks.indexOf(k));
  const rows = [...new Set(cases.map(({ row }) => row))];
  const position = new Map(rows.map((row, i) => [row, i]));
  const rowOf = Uint32Array.from(cases, ({ row }) => position.get(row)!);

  const ratioWith = (times: (row: number) => number): number => {
    const counts = new Float64Array(ks.length);
    const above = new Float64Array(ks.length);
    const below = new Float64Array(ks.length);
    for (let i = 0; i < kOf.length; i++) {
      const weight = times(rowOf[i]);
      counts[kOf[i]] += weight;
      above[kOf[i]] += weight * numerator[i];
      below[kOf[i]] += weight * denominator[i];
    }
    let [sumAbove, sumBelow] = [0, 0];
    for (let k = 0; k < ks.length; k++) {
      if (counts[k] === 0) continue;
      sumAbove += above[k] / counts[k];
      sumBelow += below[k] / counts[k];
    }
    return sumAbove / sumBelow;
  };

  const random = seededRandom(1);
  const drawn = new Uint32Array(rows.length);
  const ratios = Float64Array.from({ length: samples }, () => {
    drawn.fill(0);
    for (let i = 0; i < rows.length; i++) drawn[Math.floor(random() * rows.length)]++;
    return ratioWith((row) => drawn[row]);
  }).sort();
  const at = (share: number) => ratios[Math.round(share * (samples - 1))];
  return { ratio: ratioWith(() => 1), low: at(0.025), high: at(0.975) };
}
