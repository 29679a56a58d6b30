import {
  countRow,
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
import { mostVisits, neededRows, type RuleParameters, visitsOf } from './room.ts';
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
): Promise<Rules> {
  const rest = rester(signal);
  const visits = visitsOf(rows);
  const most = await mostVisits(rows, pairs, visits, parameters, rest);
  const isCounted = (antecedent: number) => visits[antecedent] <= most;
  return {
    artistSupports: rows.artistSupports,
    longOffsets: long.antecedents.offsets,
    longSongs: long.antecedents.items,
    longSupports: long.antecedents.supports,
    ...(await listRules(rows, long, parameters.minSupport, isCounted, rest)),
    ...keepRows(rows, isCounted),
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

/** Lists the rules that are not counted on demand, and all of the mined ones. */
async function listRules(
  rows: IndexedRows,
  long: LongRules,
  minSupport: number,
  isCounted: (antecedent: number) => boolean,
  rest: () => Promise<void>,
): Promise<ListedRules> {
  const single = rows.antecedentRowOffsets.length - 1;
  const longCount = long.antecedents.supports.length;
  const columns = emptyColumns(single + longCount);
  const tally = emptyTally(rows.artistOf.length);
  for (let antecedent = 0; antecedent < single; antecedent++) {
    if (!isCounted(antecedent)) {
      countRules(rows, antecedent, tally);
      appendTally(columns, tally, antecedent, minSupport);
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
  const { sums, songs } = tally;
  const least = minSupport * onePlaylist;
  let kept = 0;
  for (let i = 0; i < tally.size; i++) {
    const song = songs[i];
    if (sums[song] < least || song === antecedent) sums[song] = 0;
    else songs[kept++] = song;
  }
  tally.size = 0;
  reserve(columns, kept);
  for (const song of songs.subarray(0, kept).sort()) {
    append(columns, tally, song);
    sums[song] = 0;
  }
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
