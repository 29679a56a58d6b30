import { blocksFor } from './dictionary.ts';
import type { Loops } from './loops.ts';
import type { Numbers } from './packing.ts';
import { bucketsFor } from './segments.ts';
import type { NameIndex, Snapshot } from './snapshot.ts';

/** What does not fit in a snapshot's columns, or undefined: readers index them unchecked. */
export function findMisfit(s: Snapshot, { ascends, allBelow }: Loops): string | undefined {
  const songs = s.supports.length;
  const artists = s.artists.offsets.length - 1;
  const rules = s.ruleConsequents.length;
  const rows = s.rowWeights.length;
  const titles = s.titleIndex.lengths.length;
  const lengths: [string, number, number][] = [
    ['titleNameOffsets', s.titles.offsets.length, songs + 1],
    ['artistOf', s.artistOf.length, songs],
    ['artistSupports', s.artistSupports.length, artists],
    ['titleOf', s.titleOf.length, songs],
    ['titleOffsets', s.titleOffsets.length, titles + 1],
    ['titleSongs', s.titleSongs.length, songs],
    ['artistIndexLengths', s.artistIndex.lengths.length, artists],
    ...lengthsOf('title', s.titleIndex),
    ...lengthsOf('artist', s.artistIndex),
    ['artistOffsets', s.artistOffsets.length, artists + 1],
    ['artistSongs', s.artistSongs.length, songs],
    ['longOffsets', s.longOffsets.length, s.longSupports.length + 1],
    ['ruleOffsets', s.ruleOffsets.length, songs + artists + s.longSupports.length + 1],
    ['ruleTogether', s.ruleTogether.length, rules],
    ['ruleWeights', s.ruleWeights.length, rules],
    ['frequentTogether', s.frequentTogether.length, s.frequentRules.length],
    ['heavyWeights', s.heavyWeights.length, s.heavyRules.length],
    ['rowOffsets', s.rowOffsets.length, rows + 1],
    ['antecedentRowOffsets', s.antecedentRowOffsets.length, songs + artists + 1],
  ];
  for (const [name, found, expected] of lengths) {
    if (found !== expected) return `column ${name} has ${found} entries instead of ${expected}`;
  }
  const offsets: [string, Numbers, number][] = [
    ['titleNameOffsets', s.titles.offsets, s.titles.bytes.length],
    ['artistNameOffsets', s.artists.offsets, s.artists.bytes.length],
    ...offsetsOf('title', s.titleIndex),
    ...offsetsOf('artist', s.artistIndex),
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
  for (const name of ['frequentRules', 'heavyRules', 'playlistHashes'] as const) {
    if (!ascends(s[name])) return `column ${name} does not ascend`;
  }
  const indexes: [string, Numbers, number][] = [
    ['artistOf', s.artistOf, artists],
    ...indexesOf('title', s.titleIndex),
    ...indexesOf('artist', s.artistIndex),
    ['titleOf', s.titleOf, titles],
    ['titleSongs', s.titleSongs, songs],
    ['artistSongs', s.artistSongs, songs],
    ['longSongs', s.longSongs, songs],
    ['ruleConsequents', s.ruleConsequents, songs],
    ['frequentRules', s.frequentRules, rules],
    ['heavyRules', s.heavyRules, rules],
    ['rowSongs', s.rowSongs, songs],
    ['antecedentRows', s.antecedentRows, 2 * rows],
  ];
  for (const [name, column, end] of indexes) {
    if (!allBelow(column, end)) return `column ${name} has an index of ${end} or more`;
  }
  return undefined;
}

/** How many entries the columns of an index have, and must have. */
function lengthsOf(of: string, index: NameIndex): [string, number, number][] {
  const { blocks, lengths, oddLetters, words, withWord, withSegment } = index;
  const wordCount = words.lengths.length;
  return [
    [`${of}IndexBlocks`, blocks.length, blocksFor(lengths.length)],
    [`${of}OddLetters`, oddLetters.length, lengths.length],
    [`${of}WordBlocks`, words.blocks.length, blocksFor(wordCount)],
    [`${of}WithWordOffsets`, withWord.offsets.length, wordCount + 1],
    [`${of}WithSegmentOffsets`, withSegment.offsets.length, bucketsFor(lengths.length) + 1],
  ];
}

/** The columns of an index that ascend, and to what. */
function offsetsOf(of: string, { withWord, withSegment }: NameIndex): [string, Numbers, number][] {
  return [
    [`${of}WithWordOffsets`, withWord.offsets, withWord.names.length],
    [`${of}WithSegmentOffsets`, withSegment.offsets, withSegment.names.length],
  ];
}

/** The columns of an index that point to something, and to how much. */
function indexesOf(of: string, { blocks, bytes, words }: NameIndex): [string, Numbers, number][] {
  return [
    [`${of}IndexBlocks`, blocks, bytes.length],
    [`${of}WordBlocks`, words.blocks, words.bytes.length],
  ];
}
