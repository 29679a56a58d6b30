/** What rules take of a snapshot, and which of them are listed. */
import { countRules, emptyTally, onePlaylist } from '../../shared/counting.ts';
import { widthFor } from '../../shared/packing.ts';
import type { Itemsets } from './eclat/eclat.ts';
import type { Rest } from './rest.ts';
import { forAntecedents, type IndexedRows } from './rows.ts';

/** Which rules there are, and which of them are listed. */
export interface RuleParameters {
  /** Playlists that antecedent and consequent must be in together. */
  minSupport: number;
  /**
   * Songs in playlists that may be looked at to count the rules of one song or artist: where there
   * are more, they are listed. 0 lists all rules.
   */
  maxVisits: number;
  /** Bytes that all of it may take for each byte of the playlists: within that, more is listed. */
  room: number;
}

/** Bytes of a weight, and of a playlist: its weight and where its songs begin. */
const weightBytes = 4;
const rowBytes = 6;

/**
 * The fewest visits up to which rules are counted that leave rules and playlists in their room.
 * @param counts Rules of each song and artist, see `ruleCounts`.
 * @param visits See `visitsOf`.
 */
export async function mostVisits(
  rows: IndexedRows,
  counts: Uint32Array,
  visits: Float64Array,
  { maxVisits, room }: RuleParameters,
  rest: Rest,
): Promise<number> {
  if (maxVisits === 0) return 0;
  // Songs are numbered by descending support: no rule is in more playlists than song 0.
  const ruleBytes =
    widthFor(rows.artistOf.length) + widthFor(rows.antecedentRowOffsets[1]) + weightBytes;
  const bytesAt = async (most: number) => {
    let rules = 0;
    for (let antecedent = 0; antecedent < visits.length; antecedent++) {
      if (visits[antecedent] > most) rules += counts[antecedent];
    }
    const isCounted = (antecedent: number) => visits[antecedent] <= most;
    return rules * ruleBytes + (await bytesOfRows(rows, isCounted, rest));
  };
  const most = room * (await bytesOfRows(rows, () => true, rest));
  // All, and then half of what is allowed, a quarter of it and so on.
  if ((await bytesAt(0)) <= most) return 0;
  let found = maxVisits;
  for (let half = maxVisits >> 1; half > 0 && (await bytesAt(half)) <= most; half >>= 1)
    found = half;
  return found;
}

/**
 * How many rules each song and artist has.
 * @param pairs The frequent pairs of songs: each makes a rule of each of its songs.
 */
export async function ruleCounts(
  rows: IndexedRows,
  pairs: Itemsets,
  minSupport: number,
  rest: Rest,
): Promise<Uint32Array> {
  const songs = rows.artistOf.length;
  const counts = new Uint32Array(rows.antecedentRowOffsets.length - 1);
  for (const song of pairs.items) counts[song]++;
  const tally = emptyTally(songs);
  for (let antecedent = songs; antecedent < counts.length; antecedent++) {
    countRules(rows, antecedent, tally);
    for (let i = 0; i < tally.size; i++) {
      const song = tally.songs[i];
      if (tally.sums[song] >= minSupport * onePlaylist) counts[antecedent]++;
      tally.sums[song] = 0;
    }
    tally.size = 0;
    if (antecedent % 64 === 0) await rest();
  }
  return counts;
}

/** For each song and artist, the songs in his playlists. */
export async function visitsOf(rows: IndexedRows, rest: Rest): Promise<Float64Array> {
  const { rowOffsets, antecedentRowOffsets, antecedentRows } = rows;
  const visits = new Float64Array(antecedentRowOffsets.length - 1);
  await forAntecedents(rows, rest, (antecedent, begin, end) => {
    let songs = 0;
    for (let at = begin; at < end; at++) {
      const row = antecedentRows[at] >>> 1;
      songs += rowOffsets[row + 1] - rowOffsets[row];
    }
    visits[antecedent] = songs;
  });
  return visits;
}

/** Bytes that a snapshot has for the playlists from which the rules of some are counted. */
async function bytesOfRows(
  rows: IndexedRows,
  isCounted: (antecedent: number) => boolean,
  rest: Rest,
): Promise<number> {
  const { rowOffsets, antecedentRowOffsets } = rows;
  let entries = 0;
  for (let antecedent = 0; antecedent + 1 < antecedentRowOffsets.length; antecedent++) {
    if (!isCounted(antecedent)) continue;
    entries += antecedentRowOffsets[antecedent + 1] - antecedentRowOffsets[antecedent];
  }
  if (entries === 0) return 0;
  const needed = await neededRows(rows, isCounted, rest);
  const songBytes = widthFor(rows.artistOf.length);
  let bytes = entries * widthFor(2 * needed.length);
  for (let row = 0; row < needed.length; row++) {
    if (needed[row] === 1) bytes += rowBytes + songBytes * (rowOffsets[row + 1] - rowOffsets[row]);
  }
  return bytes;
}

/** 1 for each playlist that holds one of some songs and artists. */
export async function neededRows(
  rows: IndexedRows,
  isCounted: (antecedent: number) => boolean,
  rest: Rest,
): Promise<Uint8Array> {
  const { rowWeights, antecedentRows } = rows;
  const needed = new Uint8Array(rowWeights.length);
  await forAntecedents(rows, rest, (antecedent, begin, end) => {
    if (!isCounted(antecedent)) return;
    for (let at = begin; at < end; at++) needed[antecedentRows[at] >>> 1] = 1;
  });
  return needed;
}
