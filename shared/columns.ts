import { blocksFor } from './dictionary.ts';
import type { Numbers } from './packing.ts';
import type { Snapshot } from './snapshot.ts';
import { bucketsFor } from './trigrams.ts';

/** What does not fit in a snapshot's columns, or undefined: readers index them unchecked. */
export function findMisfit(s: Snapshot): string | undefined {
  const songs = s.supports.length;
  const artists = s.artists.offsets.length - 1;
  const rules = s.ruleConsequents.length;
  const rows = s.rowWeights.length;
  const titles = s.titleIndex.lengths.length;
  const lengths: [string, number, number][] = [
    ['titleNameOffsets', s.titles.offsets.length, songs + 1],
    ['artistOf', s.artistOf.length, songs],
    ['artistSupports', s.artistSupports.length, artists],
    ['titleIndexBlocks', s.titleIndex.blocks.length, blocksFor(titles)],
    ['titleTrigramOffsets', s.titleIndex.trigramOffsets.length, bucketsFor(titles) + 1],
    ['titleOf', s.titleOf.length, songs],
    ['titleOffsets', s.titleOffsets.length, titles + 1],
    ['titleSongs', s.titleSongs.length, songs],
    ['artistIndexLengths', s.artistIndex.lengths.length, artists],
    ['artistIndexBlocks', s.artistIndex.blocks.length, blocksFor(artists)],
    ['artistTrigramOffsets', s.artistIndex.trigramOffsets.length, bucketsFor(artists) + 1],
    ['artistOffsets', s.artistOffsets.length, artists + 1],
    ['artistSongs', s.artistSongs.length, songs],
    ['longOffsets', s.longOffsets.length, s.longSupports.length + 1],
    ['ruleOffsets', s.ruleOffsets.length, songs + artists + s.longSupports.length + 1],
    ['ruleTogether', s.ruleTogether.length, rules],
    ['ruleWeights', s.ruleWeights.length, rules],
    ['rowOffsets', s.rowOffsets.length, rows + 1],
    ['antecedentRowOffsets', s.antecedentRowOffsets.length, songs + artists + 1],
  ];
  for (const [name, found, expected] of lengths) {
    if (found !== expected) return `column ${name} has ${found} entries instead of ${expected}`;
  }
  const offsets: [string, Numbers, number][] = [
    ['titleNameOffsets', s.titles.offsets, s.titles.bytes.length],
    ['artistNameOffsets', s.artists.offsets, s.artists.bytes.length],
    ['titleTrigramOffsets', s.titleIndex.trigramOffsets, s.titleIndex.trigramNames.length],
    ['artistTrigramOffsets', s.artistIndex.trigramOffsets, s.artistIndex.trigramNames.length],
    ['titleOffsets', s.titleOffsets, songs],
    ['artistOffsets', s.artistOffsets, songs],
    ['longOffsets', s.longOffsets, s.longSongs.length],
    ['ruleOffsets', s.ruleOffsets, rules],
    ['rowOffsets', s.rowOffsets, s.rowSongs.length],
    ['antecedentRowOffsets', s.antecedentRowOffsets, s.antecedentRows.length],
  ];
  for (const [name, column, end] of offsets) {
    if (column[0] !== 0 || column[column.length - 1] !== end || !ascends(column)) {
      return `column ${name} does not ascend from 0 to ${end}`;
    }
  }
  if (!ascends(s.playlistHashes)) return 'column playlistHashes does not ascend';
  const indexes: [string, Numbers, number][] = [
    ['artistOf', s.artistOf, artists],
    ['titleIndexBlocks', s.titleIndex.blocks, s.titleIndex.bytes.length],
    ['titleOf', s.titleOf, titles],
    ['titleSongs', s.titleSongs, songs],
    ['artistIndexBlocks', s.artistIndex.blocks, s.artistIndex.bytes.length],
    ['artistSongs', s.artistSongs, songs],
    ['longSongs', s.longSongs, songs],
    ['ruleConsequents', s.ruleConsequents, songs],
    ['rowSongs', s.rowSongs, songs],
    ['antecedentRows', s.antecedentRows, 2 * rows],
  ];
  for (const [name, column, end] of indexes) {
    if (!allBelow(column, end)) return `column ${name} has an index of ${end} or more`;
  }
  return undefined;
}

function ascends(column: Numbers): boolean {
  for (let i = 1; i < column.length; i++) if (column[i] < column[i - 1]) return false;
  return true;
}

function allBelow(column: Numbers, end: number): boolean {
  for (let i = 0; i < column.length; i++) if (column[i] >= end) return false;
  return true;
}
