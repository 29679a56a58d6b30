import { firstNotBelow } from '../../../shared/ascending.ts';

/** Which rules are more than chance, when so many are tried at once. */

/** How p-values are corrected for the number of tests. */
export const corrections = ['holm', 'bonferroni', 'bh'] as const;
export type Correction = (typeof corrections)[number];

/**
 * Corrects p-values for their number.
 *
 * - `bonferroni`: p m. The chance of any false discovery is at most the level, whatever depends on
 *   what (Dunn, 1961).
 * - `holm`: the i-th smallest of m times m - i + 1, never below a smaller one's. The same promise,
 *   and never fewer discoveries (Holm, 1979).
 * - `bh`: the i-th smallest times m / i, never above a larger one's. The expected share of false
 *   discoveries is at most the level, where tests do not work against each other (Benjamini and
 *   Hochberg, 1995).
 *
 * @param pValues One a test; sorted in place and kept.
 * @returns The corrected value, at most 1, of each p that is among them.
 */
export function correct(pValues: Float64Array, correction: Correction): (p: number) => number {
  const tests = pValues.length;
  if (correction === 'bonferroni') return (p) => Math.min(1, p * tests);
  pValues.sort();
  const corrected = new Float64Array(tests);
  if (correction === 'holm') {
    let largest = 0;
    for (let i = 0; i < tests; i++) {
      largest = Math.max(largest, pValues[i] * (tests - i));
      corrected[i] = Math.min(1, largest);
    }
  } else {
    let smallest = 1;
    for (let i = tests - 1; i >= 0; i--) {
      smallest = Math.min(smallest, (pValues[i] * tests) / (i + 1));
      corrected[i] = smallest;
    }
  }
  // Equal p-values have equal corrected ones, so any place of p will do.
  return (p) => corrected[firstNotBelow(pValues, p)];
}
