import { type Random, seededRandom } from '../../../shared/random.ts';
import { nameHash } from '../../../shared/song.ts';
import { byDescending } from '../order.ts';
import { columnAtOnce, inSlices, type Rest, rester } from '../rest.ts';
import type { TransactionSet } from '../transactions.ts';

/** Which songs of a held-out playlist are shown: drawn at random, or the first that it lists. */
export type SeedChoice = 'random' | 'first';

/** What a recommender is asked in an evaluation. */
export interface Query {
  /** Codes of the songs that the training rows know. */
  songs: Uint32Array;
  /** Codes of the artists of the other songs, one a song. */
  artists: Uint32Array;
}

/** A held-out playlist, some of its songs shown and the others looked for. */
export interface Question {
  /** How many songs are shown. */
  k: number;
  /** The playlist's row in the whole set. */
  row: number;
  /** The songs shown and hidden, as the whole set codes them. */
  shown: Uint32Array;
  hiddenSongs: Uint32Array;
  /** Hidden songs in all: those that training does not know count, and nobody can find them. */
  hiddenCount: number;
}

/** A question as a model of the training rows is asked it. */
export interface Case extends Question {
  query: Query;
  /** The hidden songs that the training rows know, ascending. */
  hidden: Uint32Array;
}

/** Rows to train on, and questions from the others. */
export interface Split {
  training: TransactionSet;
  cases: Case[];
}

export interface SplitOptions {
  /** Rows that are split; all if absent. The others are as good as not there. */
  among?: Uint32Array | undefined;
  /** Numbers of songs to show; a playlist is asked for those that leave a song to be found. */
  ks: readonly number[];
  seeds: SeedChoice;
}

/**
 * The fold that each playlist falls in, by a hash of its id (see `TransactionSet`): the same in
 * every data set that has the playlist.
 * @param options.salt Other salts give other folds.
 */
export async function foldsOf(
  { ids }: TransactionSet,
  folds: number,
  { salt = '', signal }: { salt?: string; signal?: AbortSignal | undefined } = {},
): Promise<Uint8Array> {
  const foldOf = new Uint8Array(ids.length);
  await inSlices(ids.length, rester(signal), (from, to) => {
    for (let row = from; row < to; row++) {
      foldOf[row] = scramble(nameHash(`${salt}${ids[row]}`)) % folds;
    }
  });
  return foldOf;
}

/** The rows of a set. */
export function allRows({ transactions }: TransactionSet): Uint32Array {
  return Uint32Array.from(transactions.offsets.subarray(1).keys());
}

/**
 * A set split in two: the rows in and not in the held-out ones, nothing computed anew but the
 * songs' codes.
 */
export async function split(
  set: TransactionSet,
  isHeldOut: (row: number) => boolean,
  options: SplitOptions,
  signal?: AbortSignal,
): Promise<Split> {
  const rows = options.among ?? allRows(set);
  const seen = rows.filter((row) => !isHeldOut(row));
  const training = await subset(set, seen, signal);
  const questions = questionsOf(set, rows.filter(isHeldOut), options);
  return {
    training: training.set,
    cases: questions.map((question) => toCase(set, training.codes, question)),
  };
}

/** What is asked of some rows: each with every number of songs shown that leaves some hidden. */
export function questionsOf(
  set: TransactionSet,
  rows: Uint32Array,
  { ks, seeds }: Pick<SplitOptions, 'ks' | 'seeds'>,
): Question[] {
  const questions: Question[] = [];
  for (const row of rows) {
    const songs = inOrder(set, row, seeds);
    for (const k of ks) {
      if (k >= songs.length) continue;
      const hiddenSongs = songs.subarray(k);
      const hiddenCount = hiddenSongs.length;
      questions.push({ k, row, shown: songs.subarray(0, k), hiddenSongs, hiddenCount });
    }
  }
  return questions;
}

/**
 * Some rows as a set of their own, in their order. Songs are coded anew by descending support among
 * these rows, those in none are left out; artists keep their codes.
 * @returns The set, and its code of each song of the whole, -1 where it has none.
 */
export async function subset(
  whole: TransactionSet,
  rows: Uint32Array,
  signal?: AbortSignal,
): Promise<{ set: TransactionSet; codes: Int32Array }> {
  const rest = rester(signal);
  const { offsets, items, itemCount } = whole.transactions;
  const supports = new Uint32Array(itemCount);
  const newOffsets = new Uint32Array(rows.length + 1);
  await inSlices(rows.length, rest, (from, to) => {
    for (let position = from; position < to; position++) {
      const row = rows[position];
      for (let at = offsets[row]; at < offsets[row + 1]; at++) supports[items[at]]++;
      newOffsets[position + 1] = newOffsets[position] + offsets[row + 1] - offsets[row];
    }
  });
  const songs = byDescending(supports);
  const codes = new Int32Array(itemCount).fill(-1);
  const catalogue = {
    titles: new Array<string>(songs.length),
    artists: whole.catalogue.artists,
    artistOf: new Uint32Array(songs.length),
    supports: new Uint32Array(songs.length),
  };
  const copySongs = (from: number, to: number) => {
    for (let code = from; code < to; code++) {
      const song = songs[code];
      codes[song] = code;
      catalogue.titles[code] = whole.catalogue.titles[song];
      catalogue.artistOf[code] = whole.catalogue.artistOf[song];
      catalogue.supports[code] = supports[song];
    }
  };
  await inSlices(songs.length, rest, copySongs, columnAtOnce);
  const gatherCodes = (items: Uint32Array) =>
    gather(whole.transactions, items, rows, codes, newOffsets, rest);
  const newItems = await gatherCodes(items);
  await inSlices(rows.length, rest, (from, to) => {
    for (let position = from; position < to; position++) {
      newItems.subarray(newOffsets[position], newOffsets[position + 1]).sort();
    }
  });
  const set: TransactionSet = {
    transactions: { offsets: newOffsets, items: newItems, itemCount: songs.length },
    ids: Array.from(rows, (row) => whole.ids[row]),
    catalogue,
    repeats: 0,
    ...(whole.listed && { listed: await gatherCodes(whole.listed) }),
  };
  return { set, codes };
}

/** The codes of what stands in some rows. */
async function gather(
  { offsets }: Pick<TransactionSet['transactions'], 'offsets'>,
  items: Uint32Array,
  rows: Uint32Array,
  codes: Int32Array,
  newOffsets: Uint32Array,
  rest: Rest,
): Promise<Uint32Array> {
  const gathered = new Uint32Array(newOffsets[rows.length]);
  let length = 0;
  await inSlices(rows.length, rest, (from, to) => {
    for (let position = from; position < to; position++) {
      const end = offsets[rows[position] + 1];
      for (let at = offsets[rows[position]]; at < end; at++) gathered[length++] = codes[items[at]];
    }
  });
  return gathered;
}

/** A playlist's songs, those to be shown first. */
function inOrder(set: TransactionSet, row: number, seeds: SeedChoice): Uint32Array {
  const { offsets, items } = set.transactions;
  const from = seeds === 'first' ? set.listed : items;
  if (from === undefined) throw new RangeError('the set must be made with its listed order');
  const songs = from.slice(offsets[row], offsets[row + 1]);
  if (seeds === 'random') shuffle(songs, seededRandom(scramble(nameHash(set.ids[row]))));
  return songs;
}

function toCase({ catalogue }: TransactionSet, codes: Int32Array, question: Question): Case {
  const { shown, hiddenSongs } = question;
  const isKnown = (song: number) => codes[song] >= 0;
  const code = (song: number) => codes[song];
  return {
    ...question,
    query: {
      songs: shown.filter(isKnown).map(code),
      artists: shown.filter((song) => !isKnown(song)).map((song) => catalogue.artistOf[song]),
    },
    hidden: hiddenSongs.filter(isKnown).map(code).sort(),
  };
}

/** Every order equally likely (Fisher and Yates, in Durstenfeld's form). */
function shuffle(values: Uint32Array, random: Random): void {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [values[last], values[other]] = [values[other], values[last]];
  }
}

/** All bits of a hash depend on all bits given (the finaliser of MurmurHash3, A. Appleby). */
export function scramble(hash: number): number {
  let bits = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
