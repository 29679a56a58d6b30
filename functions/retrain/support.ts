import { problem } from '../../shared/problems.ts';
import type { Transactions } from './eclat/eclat.ts';

/** Minimum support as a person gives it: a number of transactions or a share of them. */
export type Support = { count: number } | { share: number };

/**
 * Reads "12" (transactions) or "0.5%" (of all transactions).
 * @throws `support-invalid`
 */
export function parseSupport(text: string): Support {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? [];
  const value = Number(digits);
  if (percent === '%' && value > 0 && value <= 100) return { share: value / 100 };
  if (percent === '' && Number.isSafeInteger(value) && value >= 1) return { count: value };
  throw problem('support-invalid', { given: text });
}

/** The number of transactions meant, at least 1; a share is rounded up. */
export function supportCount(support: Support, transactions: number): number {
  if ('count' in support) return support.count;
  // 0.07 * 100 is a little more than 7: what a number of 15 digits does not show is no share.
  return Math.max(1, Math.ceil(Number((support.share * transactions).toPrecision(15))));
}

/**
 * The lowest support at which at most `maxRules` pair rules can exist and at most
 * `maxPairOccurrences` pairs are counted, known before anything is mined: with items coded by
 * descending support, the songs of support s or more are the beginning of each row, so one pass
 * gives the pair occurrences W(s) for every s. A frequent pair uses up s of them and makes two
 * rules, so there are at most 2 W(s) / s.
 *
 * @param transactions Items must be coded by descending support, ascending within a row.
 */
export function chooseSupport(
  transactions: Transactions,
  supports: Uint32Array,
  { maxRules, maxPairOccurrences }: { maxRules: number; maxPairOccurrences: number },
): number {
  const { offsets, items } = transactions;
  const highest = supports[0] ?? 0;
  const pairsEndingAt = new Float64Array(highest + 1);
  for (let row = 0; row + 1 < offsets.length; row++) {
    const start = offsets[row];
    for (let i = start + 1; i < offsets[row + 1]; i++) {
      pairsEndingAt[supports[items[i]]] += i - start;
    }
  }
  let occurrences = 0;
  for (let support = highest; support >= 1; support--) {
    occurrences += pairsEndingAt[support];
    if (occurrences > maxPairOccurrences || (2 * occurrences) / support > maxRules) {
      return support + 1;
    }
  }
  return 1;
}
