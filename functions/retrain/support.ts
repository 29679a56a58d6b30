import { countRules, emptyTally, onePlaylist } from '../../shared/counting.ts';
import { problem } from '../../shared/problems.ts';
import { countItemsets, EclatError, type Transactions } from './eclat/eclat.ts';
import { inSlices, type Rest, rester } from './rest.ts';
import { indexRows } from './rows.ts';
import type { Catalogue, TransactionSet } from './transactions.ts';

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
export async function chooseSupport(
  transactions: Transactions,
  supports: Uint32Array,
  { maxRules, maxPairOccurrences }: { maxRules: number; maxPairOccurrences: number },
  signal?: AbortSignal,
): Promise<number> {
  const { offsets, items } = transactions;
  const highest = supports[0] ?? 0;
  const pairsEndingAt = new Float64Array(highest + 1);
  await inSlices(offsets.length - 1, rester(signal), (from, to) => {
    for (let row = from; row < to; row++) {
      const start = offsets[row];
      for (let i = start + 1; i < offsets[row + 1]; i++) {
        pairsEndingAt[supports[items[i]]] += i - start;
      }
    }
  });
  let occurrences = 0;
  for (let support = highest; support >= 1; support--) {
    occurrences += pairsEndingAt[support];
    if (occurrences > maxPairOccurrences || (2 * occurrences) / support > maxRules) {
      return support + 1;
    }
  }
  return 1;
}

/** Bytes of a listed rule, and of an entry of a playlist with its place in the index. */
const ruleBytes = 8;
const entryBytes = 5;

/** What a support chosen from the data may cause. */
export interface SupportBounds {
  /** Rules that may be listed; playlists to count from take of their room. */
  maxRules: number;
  /** See `RuleParameters`. */
  maxVisits: number;
  /** Pairs that may be frequent. */
  maxItemsets: number;
  /** Pairs that may be counted. */
  maxPairOccurrences: number;
  threads: number;
}

/**
 * The lowest support below `highest` at which playlists to count from, and the rules that would
 * take too long to count, take no more room than `maxRules` listed rules; else `highest`.
 * Rules at a low support outnumber the entries of playlists many times over, so playlists go much
 * lower than rules do. Supports are tried in steps of about a third.
 */
export async function lowestSupport(
  { transactions, catalogue }: Pick<TransactionSet, 'transactions' | 'catalogue'>,
  highest: number,
  bounds: SupportBounds,
  signal?: AbortSignal,
): Promise<number> {
  const { supports } = catalogue;
  const { maxRules, maxVisits } = bounds;
  const rest = rester(signal);
  for (let support = 1; support < highest; support = Math.ceil(support * 1.3)) {
    const songs = partition(supports, support);
    let entries = 0;
    for (let song = 0; song < songs; song++) entries += supports[song];
    const room = maxRules - (entries * entryBytes) / ruleBytes;
    if (room < 0) continue;
    if ((await pairOccurrences(transactions, songs, rest)) > bounds.maxPairOccurrences) continue;
    const visits = await visitsAt(transactions, catalogue, support, rest);
    const listed: number[] = [];
    let most = 0;
    for (let antecedent = 0; antecedent < visits.length; antecedent++) {
      if (visits[antecedent] <= maxVisits) continue;
      listed.push(antecedent);
      most += Math.min(visits[antecedent] / support, songs);
    }
    const fits =
      most <= room ||
      !(await hasMoreRules({ transactions, catalogue }, support, listed, room, rest));
    if (fits && (await hasFewPairs(transactions, songs, support, bounds, rest, signal)))
      return support;
  }
  return highest;
}

/** Whether some songs and artists have more rules than so many: counted until that is known. */
async function hasMoreRules(
  { transactions, catalogue }: Pick<TransactionSet, 'transactions' | 'catalogue'>,
  minSupport: number,
  antecedents: readonly number[],
  most: number,
  rest: Rest,
): Promise<boolean> {
  const rows = await indexRows(transactions, catalogue, minSupport, 0, rest);
  const tally = emptyTally(catalogue.supports.length);
  let rules = 0;
  for (const antecedent of antecedents) {
    countRules(rows, antecedent, tally);
    for (const song of tally.songs.subarray(0, tally.size)) {
      if (song !== antecedent && tally.sums[song] >= minSupport * onePlaylist) rules++;
      tally.sums[song] = 0;
    }
    tally.size = 0;
    if (rules > most) return true;
    await rest();
  }
  return false;
}

/** Whether the miner finds no more pairs at a support than it may. */
async function hasFewPairs(
  transactions: Transactions,
  songs: number,
  minSupport: number,
  { maxItemsets, threads }: SupportBounds,
  rest: Rest,
  signal?: AbortSignal,
): Promise<boolean> {
  const occurrences = await pairOccurrences(transactions, songs, rest);
  if (occurrences / minSupport <= maxItemsets) return true;
  const counting = { minSupport, minLength: 2, maxLength: 2, maxItemsets, threads, signal };
  try {
    await countItemsets(transactions, counting);
    return true;
  } catch (error) {
    if (error instanceof EclatError && error.code === 'too-many-itemsets') return false;
    throw error;
  }
}

/** Pairs of the first `songs` items in all rows, each as often as it occurs. */
async function pairOccurrences(
  { offsets, items }: Transactions,
  songs: number,
  rest: Rest,
): Promise<number> {
  let occurrences = 0;
  await inSlices(offsets.length - 1, rest, (from, to) => {
    for (let row = from; row < to; row++) {
      let length = 0;
      for (let at = offsets[row]; at < offsets[row + 1]; at++) length += items[at] < songs ? 1 : 0;
      occurrences += (length * (length - 1)) / 2;
    }
  });
  return occurrences;
}

/** How many supports are not below one, of descending ones. */
function partition(supports: Uint32Array, support: number): number {
  let low = 0;
  let high = supports.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (supports[middle] >= support) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** For each song and then each artist, the entries of his playlists by songs of a support or more. */
async function visitsAt(
  { offsets, items }: Transactions,
  { artists, artistOf, supports }: Pick<Catalogue, 'artists' | 'artistOf' | 'supports'>,
  support: number,
  rest: Rest,
): Promise<Float64Array> {
  const visits = new Float64Array(supports.length + artists.length);
  const lastRow = new Int32Array(artists.length).fill(-1);
  await inSlices(offsets.length - 1, rest, (from, to) => {
    for (let row = from; row < to; row++) {
      let length = 0;
      for (let at = offsets[row]; at < offsets[row + 1]; at++) {
        if (supports[items[at]] >= support) length++;
      }
      for (let at = offsets[row]; at < offsets[row + 1]; at++) {
        if (supports[items[at]] >= support) visits[items[at]] += length;
        const artist = artistOf[items[at]];
        if (lastRow[artist] !== row) visits[supports.length + artist] += length;
        lastRow[artist] = row;
      }
    }
  });
  artists.forEach((name, artist) => {
    if (name === '') visits[supports.length + artist] = 0;
  });
  return visits;
}
