import type { Snapshot } from '../../shared/snapshot.ts';
import type { Itemsets } from './eclat/eclat.ts';
import { listRules } from './listed.ts';
import type { LongRules } from './long.ts';
import { inSlices, type Rest } from './rest.ts';
import { mostVisits, neededRows, type RuleParameters, ruleCounts, visitsOf } from './room.ts';
import { forAntecedents, type IndexedRows } from './rows.ts';

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
 */
export async function toRules(
  rows: IndexedRows,
  pairs: Itemsets,
  long: LongRules,
  parameters: RuleParameters,
  rest: Rest,
): Promise<AllRules> {
  const visits = await visitsOf(rows, rest);
  const counts = await ruleCounts(rows, pairs, parameters.minSupport, rest);
  const most = await mostVisits(rows, counts, visits, parameters, rest);
  const isCounted = (antecedent: number) => visits[antecedent] <= most;
  const rules = {
    artistSupports: rows.artistSupports,
    longOffsets: long.antecedents.offsets,
    longSongs: long.antecedents.items,
    longSupports: long.antecedents.supports,
    ...(await listRules(rows, pairs, long, { counts, visits, isCounted, ...parameters }, rest)),
    ...(await keepRows(rows, isCounted, rest)),
  };
  const artistRules = counts.subarray(rows.artistOf.length).reduce((sum, count) => sum + count, 0);
  return { rules, artistRules };
}

/** The playlists from which the rules of some songs and artists are counted, and no others. */
async function keepRows(
  rows: IndexedRows,
  isCounted: (antecedent: number) => boolean,
  rest: Rest,
): Promise<
  Pick<Rules, 'rowOffsets' | 'rowSongs' | 'rowWeights' | 'antecedentRowOffsets' | 'antecedentRows'>
> {
  const { rowOffsets, rowSongs, rowWeights, antecedentRowOffsets, antecedentRows } = rows;
  const needed = await neededRows(rows, isCounted, rest);
  const position = new Uint32Array(needed.length);
  let keptCount = 0;
  for (let row = 0; row < needed.length; row++) keptCount += needed[row];
  const kept = new Uint32Array(keptCount);
  for (let row = 0, i = 0; row < needed.length; row++) if (needed[row] === 1) kept[i++] = row;
  const keptOffsets = new Uint32Array(kept.length + 1);
  kept.forEach((row, i) => {
    position[row] = i;
    keptOffsets[i + 1] = keptOffsets[i] + rowOffsets[row + 1] - rowOffsets[row];
  });
  const keptSongs = new Uint32Array(keptOffsets[kept.length]);
  await inSlices(kept.length, rest, (from, to) => {
    for (let i = from; i < to; i++) {
      const row = kept[i];
      keptSongs.set(rowSongs.subarray(rowOffsets[row], rowOffsets[row + 1]), keptOffsets[i]);
    }
  });
  const offsets = new Uint32Array(antecedentRowOffsets.length);
  for (let antecedent = 0; antecedent + 1 < offsets.length; antecedent++) {
    const entries = antecedentRowOffsets[antecedent + 1] - antecedentRowOffsets[antecedent];
    offsets[antecedent + 1] = offsets[antecedent] + (isCounted(antecedent) ? entries : 0);
  }
  const entries = new Uint32Array(offsets[offsets.length - 1]);
  let length = 0;
  await forAntecedents(rows, rest, (antecedent, begin, end) => {
    if (!isCounted(antecedent)) return;
    for (let at = begin; at < end; at++) {
      const entry = antecedentRows[at];
      entries[length++] = 2 * position[entry >>> 1] + (entry & 1);
    }
  });
  return {
    rowOffsets: keptOffsets,
    rowSongs: keptSongs,
    rowWeights: kept.map((row) => rowWeights[row]),
    antecedentRowOffsets: offsets,
    antecedentRows: entries,
  };
}
