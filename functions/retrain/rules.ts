import {
  countRules,
  emptyTally,
  onePlaylist,
  type Tally,
  togetherIn,
  weightIn,
} from '../../shared/counting.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import type { Itemsets } from './eclat/eclat.ts';
import type { LongRules } from './long.ts';
import { rester } from './rest.ts';
import { mostVisits, neededRows, type RuleParameters, ruleCounts, visitsOf } from './room.ts';
import type { IndexedRows } from './rows.ts';

/** Rules by antecedent, and playlists to count the others from, as the snapshot has them. */
export type Rules = Pick<
  Snapshot,
  | 'artistSupports'
  | 'longOffsets'
  | 'longSongs'
  | 'longSupports'
  | 'ruleOffsets'
  | 'ruleConsequents'
  | 'ruleTogether'
  | 'ruleWeights'
  | 'rowOffsets'
  | 'rowSongs'
  | 'rowWeights'
  | 'antecedentRowOffsets'
  | 'antecedentRows'
>;

/** The rules of a model, and how many of them are those of artists, listed or not. */
interface AllRules {
  rules: Rules;
  artistRules: number;
}

/**
 * The rules of songs and artists, and those of several songs that were mined. Those of songs and
 * artists that would take too long to count on demand are listed; so are more of them, those that
 * take longest first, as long as there is room: a listed rule is read faster than it is counted.
 * @param pairs The frequent pairs of songs: each makes a rule of each of its songs.
 * @throws the signal's reason.
 */
export async function toRules(
  rows: IndexedRows,
  pairs: Itemsets,
  long: LongRules,
  parameters: RuleParameters,
  signal?: AbortSignal,
): Promise<AllRules> {
  const rest = rester(signal);
  const visits = visitsOf(rows);
  const counts = await ruleCounts(rows, pairs, parameters.minSupport, rest);
  const most = mostVisits(rows, counts, visits, parameters);
  const isCounted = (antecedent: number) => visits[antecedent] <= most;
  const rules = {
    artistSupports: rows.artistSupports,
    longOffsets: long.antecedents.offsets,
    longSongs: long.antecedents.items,
    longSupports: long.antecedents.supports,
    ...(await listRules(rows, pairs, long, { counts, visits, isCounted, ...parameters }, rest)),
    ...keepRows(rows, isCounted),
  };
  const artistRules = counts.subarray(rows.artistOf.length).reduce((sum, count) => sum + count, 0);
  return { rules, artistRules };
}

/** The playlists from which the rules of some songs and artists are counted, and no others. */
function keepRows(
  rows: IndexedRows,
  isCounted: (antecedent: number) => boolean,
): Pick<
  Rules,
  'rowOffsets' | 'rowSongs' | 'rowWeights' | 'antecedentRowOffsets' | 'antecedentRows'
> {
  const { rowOffsets, rowSongs, rowWeights, antecedentRowOffsets, antecedentRows } = rows;
  const needed = neededRows(rows, isCounted);
  const position = new Uint32Array(needed.length);
  const kept = Uint32Array.from(needed.keys()).filter((row) => needed[row] === 1);
  const keptOffsets = new Uint32Array(kept.length + 1);
  kept.forEach((row, i) => {
    position[row] = i;
    keptOffsets[i + 1] = keptOffsets[i] + rowOffsets[row + 1] - rowOffsets[row];
  });
  const keptSongs = new Uint32Array(keptOffsets[kept.length]);
  kept.forEach((row, i) => {
    keptSongs.set(rowSongs.subarray(rowOffsets[row], rowOffsets[row + 1]), keptOffsets[i]);
  });
  const offsets = new Uint32Array(antecedentRowOffsets.length);
  for (let antecedent = 0; antecedent + 1 < offsets.length; antecedent++) {
    const entries = antecedentRowOffsets[antecedent + 1] - antecedentRowOffsets[antecedent];
    offsets[antecedent + 1] = offsets[antecedent] + (isCounted(antecedent) ? entries : 0);
  }
  const entries = new Uint32Array(offsets[offsets.length - 1]);
  let length = 0;
  for (let antecedent = 0; antecedent + 1 < offsets.length; antecedent++) {
    if (!isCounted(antecedent)) continue;
    const end = antecedentRowOffsets[antecedent + 1];
    for (let at = antecedentRowOffsets[antecedent]; at < end; at++) {
      const entry = antecedentRows[at];
      entries[length++] = 2 * position[entry >>> 1] + (entry & 1);
    }
  }
  return {
    rowOffsets: keptOffsets,
    rowSongs: keptSongs,
    rowWeights: kept.map((row) => rowWeights[row]),
    antecedentRowOffsets: offsets,
    antecedentRows: entries,
  };
}

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
async function listRules(
  rows: IndexedRows,
  pairs: Itemsets,
  long: LongRules,
  known: Known,
  rest: () => Promise<void>,
): Promise<ListedRules> {
  const { counts, isCounted } = known;
  const songs = rows.artistOf.length;
  const singles = counts.length;
  const ruleOffsets = new Uint32Array(singles + long.ruleOffsets.length);
  for (let antecedent = 0; antecedent < singles; antecedent++) {
    const listed = isCounted(antecedent) ? 0 : counts[antecedent];
    ruleOffsets[antecedent + 1] = ruleOffsets[antecedent] + listed;
  }
  for (let antecedent = 1; antecedent < long.ruleOffsets.length; antecedent++) {
    ruleOffsets[singles + antecedent] = ruleOffsets[singles] + long.ruleOffsets[antecedent];
  }
  const length = ruleOffsets[ruleOffsets.length - 1];
  const columns: ListedRules = {
    ruleOffsets,
    ruleConsequents: partnersOf(pairs, songs, ruleOffsets, length),
    ruleTogether: new Uint32Array(length),
    ruleWeights: new Uint32Array(length),
  };
  const tally = emptyTally(songs);
  const marks = new Float64Array(rows.rowWeights.length);
  for (let antecedent = 0; antecedent < singles; antecedent++) {
    const first = ruleOffsets[antecedent];
    const end = ruleOffsets[antecedent + 1];
    if (first === end) continue;
    const consequents = columns.ruleConsequents.subarray(first, end);
    if (antecedent < songs && isFewer(rows, consequents, known.visits[antecedent])) {
      sumMarked(rows, antecedent, consequents, marks, tally);
    } else {
      countRules(rows, antecedent, tally);
      if (antecedent >= songs) takeFrequent(tally, known.minSupport, consequents);
    }
    writeSums(tally, columns, first, end);
    if (antecedent % 64 === 0) await rest();
  }
  await listLong(rows, long, columns, ruleOffsets[singles], rest);
  return columns;
}

/**
 * The songs of each listed rule of a song, ascending; in a column for all listed rules, of which the
 * others are still 0.
 */
function partnersOf(
  pairs: Itemsets,
  songs: number,
  ruleOffsets: Uint32Array,
  length: number,
): Uint32Array {
  const partners = new Uint32Array(length);
  const next = ruleOffsets.slice(0, songs);
  const add = (song: number, other: number) => {
    if (ruleOffsets[song] < ruleOffsets[song + 1]) partners[next[song]++] = other;
  };
  for (let at = 0; at < pairs.items.length; at += 2) {
    add(pairs.items[at], pairs.items[at + 1]);
    add(pairs.items[at + 1], pairs.items[at]);
  }
  for (let song = 0; song < songs; song++) {
    if (ruleOffsets[song + 1] - ruleOffsets[song] > 1) {
      partners.subarray(ruleOffsets[song], ruleOffsets[song + 1]).sort();
    }
  }
  return partners;
}

/** Whether songs are in fewer playlists in all than there are visits. */
function isFewer(
  { antecedentRowOffsets }: IndexedRows,
  songs: Uint32Array,
  visits: number,
): boolean {
  let entries = 0;
  for (let i = 0; i < songs.length; i++) {
    entries += antecedentRowOffsets[songs[i] + 1] - antecedentRowOffsets[songs[i]];
  }
  return entries < visits;
}

/**
 * Counts some rules of a song by the playlists of their consequents: less work than `countRules`
 * where few of the songs in its playlists make a rule. Both leave the same sums.
 * @param marks One a playlist, all 0; and again afterwards.
 */
function sumMarked(
  { antecedentRowOffsets, antecedentRows, rowWeights }: IndexedRows,
  antecedent: number,
  consequents: Uint32Array,
  marks: Float64Array,
  tally: Tally,
): void {
  const start = antecedentRowOffsets[antecedent];
  const end = antecedentRowOffsets[antecedent + 1];
  for (let at = start; at < end; at++) {
    const row = antecedentRows[at] >>> 1;
    marks[row] = onePlaylist + rowWeights[row];
  }
  for (let i = 0; i < consequents.length; i++) {
    const song = consequents[i];
    let sum = 0;
    for (let at = antecedentRowOffsets[song]; at < antecedentRowOffsets[song + 1]; at++) {
      sum += marks[antecedentRows[at] >>> 1];
    }
    tally.sums[song] = sum;
    tally.songs[i] = song;
  }
  tally.size = consequents.length;
  for (let at = start; at < end; at++) marks[antecedentRows[at] >>> 1] = 0;
}

/** The songs that make a rule, of those that were counted for an artist, ascending. */
function takeFrequent(
  { sums, songs, size }: Tally,
  minSupport: number,
  consequents: Uint32Array,
): void {
  let length = 0;
  for (let i = 0; i < size; i++) {
    if (sums[songs[i]] >= minSupport * onePlaylist) consequents[length++] = songs[i];
  }
  consequents.sort();
}

/** Writes what was counted for the rules of one antecedent, and clears it. */
function writeSums(
  tally: Tally,
  { ruleConsequents, ruleTogether, ruleWeights }: ListedRules,
  first: number,
  end: number,
): void {
  const { sums, songs } = tally;
  for (let rule = first; rule < end; rule++) {
    const sum = sums[ruleConsequents[rule]];
    ruleTogether[rule] = togetherIn(sum);
    ruleWeights[rule] = weightIn(sum);
  }
  for (let i = 0; i < tally.size; i++) sums[songs[i]] = 0;
  tally.size = 0;
}

/** Lists the mined rules of several songs, from a position on. */
async function listLong(
  rows: IndexedRows,
  { itemsets, consequents, itemsetOf }: LongRules,
  { ruleConsequents, ruleTogether, ruleWeights }: ListedRules,
  first: number,
  rest: () => Promise<void>,
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
  rest: () => Promise<void>,
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
