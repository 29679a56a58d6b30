import { setImmediate } from 'node:timers/promises';
import {
  countRow,
  countRules,
  emptyTally,
  type Tally,
  togetherIn,
  weightIn,
} from '../../shared/counting.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import type { Itemsets } from './eclat/eclat.ts';
import type { LongRules } from './long.ts';
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

/** Which rules there are, and which of them are listed. */
export interface RuleParameters {
  /** Playlists that antecedent and consequent must be in together. */
  minSupport: number;
  /**
   * Songs in playlists that may be looked at to count the rules of one song or artist: where there
   * are more, they are listed. 0 lists all rules.
   */
  maxVisits: number;
}

/** Bytes that a listed rule, a playlist and an entry of one take. */
const ruleBytes = 12;
const rowBytes = 8;
const entryBytes = 4;

/** After so long without a rest, the event loop gets its turn. */
const restAfterMs = 25;

/**
 * The rules of songs and artists, and those of several songs that were mined. Those of songs and
 * artists that would take too long to count on demand are listed; the others, too, if all of their
 * rules take less room than the playlists do.
 * @param pairs The frequent pairs of songs: each makes a rule of each of its songs.
 * @throws the signal's reason.
 */
export async function toRules(
  rows: IndexedRows,
  pairs: Itemsets,
  long: LongRules,
  { minSupport, maxVisits }: RuleParameters,
  signal?: AbortSignal,
): Promise<Rules> {
  const visits = visitsOf(rows);
  const isShort = (antecedent: number) => visits[antecedent] <= maxVisits;
  const rest = rester(signal);
  const songs = rows.artistOf.length;
  // What the rules of songs take is known from the pairs; what those of artists take is tried.
  let room = bytesOfRows(rows, isShort);
  for (const song of pairs.items) room -= isShort(song) ? ruleBytes : 0;
  const all =
    room < 0
      ? undefined
      : await listRules(rows, long, minSupport, () => true, {
          isOptional: (antecedent) => antecedent >= songs && isShort(antecedent),
          roomForOptional: room,
          rest,
        });
  const listed =
    all ??
    ((await listRules(rows, long, minSupport, (antecedent) => !isShort(antecedent), {
      isOptional: () => false,
      roomForOptional: Infinity,
      rest,
    })) as ListedRules);
  return {
    artistSupports: rows.artistSupports,
    longOffsets: long.antecedents.offsets,
    longSongs: long.antecedents.items,
    longSupports: long.antecedents.supports,
    ...listed,
    ...keepRows(rows, all === undefined ? isShort : () => false),
  };
}

/**
 * How many rules of artists there are, listed or not.
 * @param artistOf One artist a song.
 */
export function countArtistRules(rules: Rules, artistOf: Uint32Array, minSupport: number): number {
  const rows = { ...rules, artistOf };
  const tally = emptyTally(artistOf.length);
  let found = 0;
  for (
    let antecedent = artistOf.length;
    antecedent + 1 < rules.antecedentRowOffsets.length;
    antecedent++
  ) {
    found += rules.ruleOffsets[antecedent + 1] - rules.ruleOffsets[antecedent];
    // An artist whose rules are listed has no playlists to count from.
    countRules(rows, antecedent, tally);
    for (let i = 0; i < tally.size; i++) {
      const song = tally.songs[i];
      if (togetherIn(tally.sums[song]) >= minSupport) found++;
      tally.sums[song] = 0;
    }
    tally.size = 0;
  }
  return found;
}

/** For each song and artist, the songs in his playlists. */
function visitsOf({ rowOffsets, antecedentRowOffsets, antecedentRows }: IndexedRows): Float64Array {
  const visits = new Float64Array(antecedentRowOffsets.length - 1);
  for (let antecedent = 0; antecedent < visits.length; antecedent++) {
    const end = antecedentRowOffsets[antecedent + 1];
    for (let at = antecedentRowOffsets[antecedent]; at < end; at++) {
      const row = antecedentRows[at] >>> 1;
      visits[antecedent] += rowOffsets[row + 1] - rowOffsets[row];
    }
  }
  return visits;
}

/** Bytes that the playlists take from which the rules of some are counted. */
function bytesOfRows(rows: IndexedRows, isCounted: (antecedent: number) => boolean): number {
  const { rowOffsets, antecedentRowOffsets } = rows;
  let entries = 0;
  for (let antecedent = 0; antecedent + 1 < antecedentRowOffsets.length; antecedent++) {
    if (!isCounted(antecedent)) continue;
    entries += antecedentRowOffsets[antecedent + 1] - antecedentRowOffsets[antecedent];
  }
  if (entries === 0) return 0;
  const needed = neededRows(rows, isCounted);
  let bytes = entries * entryBytes;
  for (let row = 0; row < needed.length; row++) {
    if (needed[row] === 1) bytes += rowBytes + entryBytes * (rowOffsets[row + 1] - rowOffsets[row]);
  }
  return bytes;
}

/** 1 for each playlist that holds one of some songs and artists. */
function neededRows(
  { rowWeights, antecedentRowOffsets, antecedentRows }: IndexedRows,
  isCounted: (antecedent: number) => boolean,
): Uint8Array {
  const needed = new Uint8Array(rowWeights.length);
  for (let antecedent = 0; antecedent + 1 < antecedentRowOffsets.length; antecedent++) {
    if (!isCounted(antecedent)) continue;
    const end = antecedentRowOffsets[antecedent + 1];
    for (let at = antecedentRowOffsets[antecedent]; at < end; at++) {
      needed[antecedentRows[at] >>> 1] = 1;
    }
  }
  return needed;
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

type ListedRules = Pick<Rules, 'ruleOffsets' | 'ruleConsequents' | 'ruleTogether' | 'ruleWeights'>;

/**
 * Lists the rules of some songs and artists, and all of the mined ones.
 * @returns undefined as soon as the rules of optional antecedents take more than their room.
 */
async function listRules(
  rows: IndexedRows,
  long: LongRules,
  minSupport: number,
  isListed: (antecedent: number) => boolean,
  {
    isOptional,
    roomForOptional,
    rest,
  }: {
    isOptional: (antecedent: number) => boolean;
    roomForOptional: number;
    rest: () => Promise<void>;
  },
): Promise<ListedRules | undefined> {
  const single = rows.antecedentRowOffsets.length - 1;
  const longCount = long.antecedents.supports.length;
  const columns = emptyColumns(single + longCount);
  const tally = emptyTally(rows.artistOf.length);
  let optional = 0;
  for (let antecedent = 0; antecedent < single; antecedent++) {
    const before = columns.length;
    if (isListed(antecedent)) {
      countRules(rows, antecedent, tally);
      appendTally(columns, tally, antecedent, minSupport);
      if (isOptional(antecedent)) optional += (columns.length - before) * ruleBytes;
      if (optional > roomForOptional) return undefined;
    }
    columns.offsets[antecedent + 1] = columns.length;
    if (antecedent % 64 === 0) await rest();
  }
  for (let antecedent = 0; antecedent < longCount; antecedent++) {
    countLong(rows, long, antecedent, tally);
    appendLong(columns, tally, long, antecedent);
    columns.offsets[single + antecedent + 1] = columns.length;
    if (antecedent % 64 === 0) await rest();
  }
  return {
    ruleOffsets: columns.offsets,
    ruleConsequents: columns.consequents.slice(0, columns.length),
    ruleTogether: columns.together.slice(0, columns.length),
    ruleWeights: columns.weights.slice(0, columns.length),
  };
}

/** Rules while they are listed: arrays with room to spare. */
interface RuleColumns {
  offsets: Uint32Array;
  consequents: Uint32Array;
  together: Uint32Array;
  weights: Uint32Array;
  length: number;
}

function emptyColumns(antecedents: number): RuleColumns {
  const empty = () => new Uint32Array(1024);
  return {
    offsets: new Uint32Array(antecedents + 1),
    consequents: empty(),
    together: empty(),
    weights: empty(),
    length: 0,
  };
}

/** Lists what was counted for one antecedent, and clears it. */
function appendTally(
  columns: RuleColumns,
  tally: Tally,
  antecedent: number,
  minSupport: number,
): void {
  reserve(columns, tally.size);
  const songs = tally.songs.subarray(0, tally.size).sort();
  for (const song of songs) {
    const together = togetherIn(tally.sums[song]);
    if (song !== antecedent && together >= minSupport) append(columns, tally, song);
    tally.sums[song] = 0;
  }
  tally.size = 0;
}

/** Lists the mined rules of one long antecedent, and clears what was counted. */
function appendLong(
  columns: RuleColumns,
  tally: Tally,
  { ruleOffsets, consequents }: LongRules,
  antecedent: number,
): void {
  const end = ruleOffsets[antecedent + 1];
  reserve(columns, end - ruleOffsets[antecedent]);
  for (let rule = ruleOffsets[antecedent]; rule < end; rule++) {
    append(columns, tally, consequents[rule]);
  }
  for (let i = 0; i < tally.size; i++) {
    tally.sums[tally.songs[i]] = 0;
  }
  tally.size = 0;
}

function append(columns: RuleColumns, { sums }: Tally, song: number): void {
  columns.consequents[columns.length] = song;
  columns.together[columns.length] = togetherIn(sums[song]);
  columns.weights[columns.length] = weightIn(sums[song]);
  columns.length++;
}

function reserve(columns: RuleColumns, more: number): void {
  const length = columns.length + more;
  if (length <= columns.consequents.length) return;
  const enlarged = (column: Uint32Array) => {
    const larger = new Uint32Array(2 * length);
    larger.set(column);
    return larger;
  };
  columns.consequents = enlarged(columns.consequents);
  columns.together = enlarged(columns.together);
  columns.weights = enlarged(columns.weights);
}

/** Counts the playlists that hold every song of a long antecedent. */
function countLong(
  rows: IndexedRows,
  { antecedents: { offsets, items } }: LongRules,
  antecedent: number,
  tally: Tally,
): void {
  const rowsWith = (song: number) =>
    rows.antecedentRows.subarray(
      rows.antecedentRowOffsets[song],
      rows.antecedentRowOffsets[song + 1],
    );
  let shared = rowsWith(items[offsets[antecedent]]);
  for (let at = offsets[antecedent] + 1; at < offsets[antecedent + 1]; at++) {
    shared = intersection(shared, rowsWith(items[at]));
  }
  for (const entry of shared) countRow(rows, entry >>> 1, tally);
}

/** What is in both of two ascending lists. */
function intersection(some: Uint32Array, others: Uint32Array): Uint32Array {
  let other = 0;
  return some.filter((value) => {
    while (other < others.length && others[other] < value) other++;
    return others[other] === value;
  });
}

/** Gives the event loop its turn when it is due. */
function rester(signal: AbortSignal | undefined): () => Promise<void> {
  let rested = performance.now();
  return async () => {
    if (performance.now() - rested < restAfterMs) return;
    await setImmediate();
    signal?.throwIfAborted();
    rested = performance.now();
  };
}
