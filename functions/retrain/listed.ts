import { firstNotBelow } from '../../shared/ascending.ts';
import {
  countRules,
  emptyTally,
  onePlaylist,
  type Tally,
  togetherIn,
  weightIn,
} from '../../shared/counting.ts';
import type { Itemsets } from './eclat/eclat.ts';
import type { LongRules } from './long.ts';
import { inSlices, type Rest } from './rest.ts';
import type { IndexedRows } from './rows.ts';

/** Listed rules by antecedent, as the snapshot has them. */
type ListedRules = Record<
  'ruleOffsets' | 'ruleConsequents' | 'ruleTogether' | 'ruleWeights',
  Uint32Array
>;

/** What is known of each song and artist when rules are listed. */
interface Known {
  /** Rules that each has. */
  counts: Uint32Array;
  /** Songs in his playlists. */
  visits: Float64Array;
  /** Whether the rules are counted on demand, not listed. */
  isCounted: (antecedent: number) => boolean;
  minSupport: number;
}

/** Lists the rules that are not counted on demand, and all of the mined ones. */
export async function listRules(
  rows: IndexedRows,
  pairs: Itemsets,
  long: LongRules,
  known: Known,
  rest: Rest,
): Promise<ListedRules> {
  const songs = rows.artistOf.length;
  const singles = known.counts.length;
  const ruleOffsets = offsetsOf(long, known);
  const length = ruleOffsets[ruleOffsets.length - 1];
  const columns: ListedRules = {
    ruleOffsets,
    ruleConsequents: await partnersOf(pairs, songs, ruleOffsets, length, rest),
    ruleTogether: new Uint32Array(length),
    ruleWeights: new Uint32Array(length),
  };
  const tally = emptyTally(songs);
  const marks = new Float64Array(rows.rowWeights.length);
  for (let antecedent = 0; antecedent < singles; antecedent++) {
    if (ruleOffsets[antecedent] === ruleOffsets[antecedent + 1]) continue;
    if (antecedent < songs) listSong(rows, antecedent, known, columns, marks, tally);
    else listArtist(rows, antecedent, known, columns, tally);
    await rest();
  }
  await listLong(rows, long, columns, ruleOffsets[singles], rest);
  return columns;
}

/** Where the rules of each antecedent begin: first those of songs and artists, then the mined ones. */
function offsetsOf({ ruleOffsets: mined }: LongRules, { counts, isCounted }: Known): Uint32Array {
  const singles = counts.length;
  const offsets = new Uint32Array(singles + mined.length);
  for (let antecedent = 0; antecedent < singles; antecedent++) {
    const listed = isCounted(antecedent) ? 0 : counts[antecedent];
    offsets[antecedent + 1] = offsets[antecedent] + listed;
  }
  for (let antecedent = 1; antecedent < mined.length; antecedent++) {
    offsets[singles + antecedent] = offsets[singles] + mined[antecedent];
  }
  return offsets;
}

/**
 * Lists the rules of a song, and with each the one in the other direction, which counts the same:
 * what a song before this one has listed is left out.
 */
function listSong(
  rows: IndexedRows,
  song: number,
  { visits }: Known,
  columns: ListedRules,
  marks: Float64Array,
  tally: Tally,
): void {
  const { ruleOffsets, ruleConsequents } = columns;
  const isListed = (other: number) => ruleOffsets[other] < ruleOffsets[other + 1];
  const end = ruleOffsets[song + 1];
  let entries = 0;
  for (let rule = ruleOffsets[song]; rule < end; rule++) {
    const other = ruleConsequents[rule];
    if (other > song || !isListed(other)) {
      entries += rows.antecedentRowOffsets[other + 1] - rows.antecedentRowOffsets[other];
    }
  }
  if (entries === 0) return;
  // Whichever looks at less; both give the same sums.
  const isMarked = entries < visits[song];
  if (isMarked) mark(rows, song, marks);
  else countRules(rows, song, tally);
  for (let rule = ruleOffsets[song]; rule < end; rule++) {
    const other = ruleConsequents[rule];
    if (other < song && isListed(other)) continue;
    const sum = isMarked ? sumMarked(rows, other, marks) : tally.sums[other];
    write(columns, rule, sum);
    if (other > song && isListed(other)) write(columns, ruleTo(columns, other, song), sum);
  }
  if (isMarked) unmark(rows, song, marks);
  else clear(tally);
}

/** The listed rule from one song to another. */
function ruleTo(
  { ruleOffsets, ruleConsequents }: ListedRules,
  antecedent: number,
  song: number,
): number {
  return firstNotBelow(ruleConsequents, song, ruleOffsets[antecedent], ruleOffsets[antecedent + 1]);
}

/** Marks the playlists of a song by what each of them counts. */
function mark(
  { antecedentRowOffsets, antecedentRows, rowWeights }: IndexedRows,
  song: number,
  marks: Float64Array,
): void {
  for (let at = antecedentRowOffsets[song]; at < antecedentRowOffsets[song + 1]; at++) {
    const row = antecedentRows[at] >>> 1;
    marks[row] = onePlaylist + rowWeights[row];
  }
}

function unmark(
  { antecedentRowOffsets, antecedentRows }: IndexedRows,
  song: number,
  marks: Float64Array,
): void {
  for (let at = antecedentRowOffsets[song]; at < antecedentRowOffsets[song + 1]; at++) {
    marks[antecedentRows[at] >>> 1] = 0;
  }
}

/** What the marked playlists of a song count, as a sum of a tally. */
function sumMarked(
  { antecedentRowOffsets, antecedentRows }: IndexedRows,
  song: number,
  marks: Float64Array,
): number {
  let sum = 0;
  for (let at = antecedentRowOffsets[song]; at < antecedentRowOffsets[song + 1]; at++) {
    sum += marks[antecedentRows[at] >>> 1];
  }
  return sum;
}

/** Lists the rules of an artist: the songs that are in `minSupport` of the playlists counted. */
function listArtist(
  rows: IndexedRows,
  antecedent: number,
  { minSupport }: Known,
  columns: ListedRules,
  tally: Tally,
): void {
  const { ruleOffsets, ruleConsequents } = columns;
  countRules(rows, antecedent, tally);
  const first = ruleOffsets[antecedent];
  const end = ruleOffsets[antecedent + 1];
  let length = first;
  for (let i = 0; i < tally.size; i++) {
    const song = tally.songs[i];
    if (tally.sums[song] >= minSupport * onePlaylist) ruleConsequents[length++] = song;
  }
  ruleConsequents.subarray(first, end).sort();
  for (let rule = first; rule < end; rule++)
    write(columns, rule, tally.sums[ruleConsequents[rule]]);
  clear(tally);
}

/** Writes what a rule counts. */
function write({ ruleTogether, ruleWeights }: ListedRules, rule: number, sum: number): void {
  ruleTogether[rule] = togetherIn(sum);
  ruleWeights[rule] = weightIn(sum);
}

function clear(tally: Tally): void {
  for (let i = 0; i < tally.size; i++) tally.sums[tally.songs[i]] = 0;
  tally.size = 0;
}

/**
 * The songs of each listed rule of a song, ascending; in a column for all listed rules, of which the
 * others are still 0.
 */
async function partnersOf(
  pairs: Itemsets,
  songs: number,
  ruleOffsets: Uint32Array,
  length: number,
  rest: Rest,
): Promise<Uint32Array> {
  const partners = new Uint32Array(length);
  const next = ruleOffsets.slice(0, songs);
  const add = (song: number, other: number) => {
    if (ruleOffsets[song] < ruleOffsets[song + 1]) partners[next[song]++] = other;
  };
  const addPairs = (from: number, to: number) => {
    for (let at = 2 * from; at < 2 * to; at += 2) {
      add(pairs.items[at], pairs.items[at + 1]);
      add(pairs.items[at + 1], pairs.items[at]);
    }
  };
  await inSlices(pairs.supports.length, rest, addPairs);
  await inSlices(songs, rest, (from, to) => {
    for (let song = from; song < to; song++) {
      if (ruleOffsets[song + 1] - ruleOffsets[song] > 1) {
        partners.subarray(ruleOffsets[song], ruleOffsets[song + 1]).sort();
      }
    }
  });
  return partners;
}

/** Lists the mined rules of several songs, from a position on. */
async function listLong(
  rows: IndexedRows,
  { itemsets, consequents, itemsetOf }: LongRules,
  { ruleConsequents, ruleTogether, ruleWeights }: ListedRules,
  first: number,
  rest: Rest,
): Promise<void> {
  const weights = await weigh(rows, itemsets, rest);
  ruleConsequents.set(consequents, first);
  for (let rule = 0; rule < consequents.length; rule++) {
    ruleTogether[first + rule] = itemsets.supports[itemsetOf[rule]];
    ruleWeights[first + rule] = weights[itemsetOf[rule]];
  }
}

/**
 * What the playlists of each itemset weigh. A playlist's depth is how many items it holds of the
 * itemset that is weighed, from the first on without a gap; itemsets that begin alike stand
 * together, so that depths are kept for all of them.
 */
async function weigh(
  { antecedentRowOffsets, antecedentRows, rowWeights }: IndexedRows,
  { offsets, items, supports }: Itemsets,
  rest: Rest,
): Promise<Uint32Array> {
  const weights = new Uint32Array(supports.length);
  const depths = new Uint32Array(rowWeights.length);
  /** Raises the playlists of an item from one depth to another. */
  const move = (item: number, from: number, to: number) => {
    for (let at = antecedentRowOffsets[item]; at < antecedentRowOffsets[item + 1]; at++) {
      const row = antecedentRows[at] >>> 1;
      if (depths[row] === from) depths[row] = to;
    }
  };
  const begin: number[] = [];
  for (let i = 0; i < supports.length; i++) {
    const last = offsets[i + 1] - offsets[i] - 1;
    let shared = 0;
    while (shared < Math.min(begin.length, last) && begin[shared] === items[offsets[i] + shared]) {
      shared++;
    }
    for (; begin.length > shared; begin.pop()) {
      move(begin[begin.length - 1], begin.length, begin.length - 1);
    }
    for (; begin.length < last; begin.push(items[offsets[i] + begin.length])) {
      move(items[offsets[i] + begin.length], begin.length, begin.length + 1);
    }
    const item = items[offsets[i] + last];
    for (let at = antecedentRowOffsets[item]; at < antecedentRowOffsets[item + 1]; at++) {
      const row = antecedentRows[at] >>> 1;
      if (depths[row] === last) weights[i] += rowWeights[row];
    }
    if (i % 64 === 0) await rest();
  }
  return weights;
}
