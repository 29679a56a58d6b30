import { allocate, type FileMemory } from '../../shared/memory.ts';
import type { Names, Snapshot } from '../../shared/snapshot.ts';
import type { Head } from '../../shared/store/heads.ts';
import type { Antecedents } from './antecedents.ts';
import type { KernelExports } from './kernel.ts';
import { limits } from './limits.ts';
import type { Model, SeedTables } from './model.ts';
import type { FoundSongs } from './recommend.ts';
import { antecedentSongs, countTo, supportOf } from './rules/lookup.ts';
import type { Allocate } from './write.ts';

/**
 * Writes answers in wasm, see kernel/answer.ts: what `JSON.stringify` makes of `toAnswer` and
 * `toBriefAnswer`. What stands behind "unmatched" is given. Each gives undefined where there is no
 * room: for more than 200 songs, some hundreds of antecedents, or very long names.
 */
export interface AnswerWriter {
  answer(model: Model, found: FoundSongs, end: string, allocate: Allocate): Buffer | undefined;
  /** @param before What stands before the songs. */
  line(before: string, found: FoundSongs, end: string, allocate: Allocate): Buffer | undefined;
}

/** What stands between names and numbers, in the order of `Text` in the kernel. */
const fixedTexts = [
  '{"track":',
  ',{"track":',
  ',"artist":',
  ',"score":',
  ',"because":[',
  '{"kind":"popular","support":',
  '{"kind":"artist","artist":',
  '{"kind":"rule","songs":[',
  ',"together":',
  '],"together":',
  ',"given":',
  ',"confidence":',
  ',"lift":',
  ',"share":',
  '}',
  ']}',
  '"recommendations":[',
  '],"matched":[',
  '{"asked":',
  ',{"asked":',
  ',"track":',
  ',"others":',
  ',"corrected":true',
  '],"unmatched":',
];

const outputBytes = 2 ** 18;
const mostSongs = limits.recommendations.maximum;
const mostAntecedents = 512;
/** Pairs of an antecedent and a song: 80 antecedents for the most songs. */
const mostCells = 2 ** 14;
const mostNames = 2048;
/** Bytes of what is JSON before anything is written: scores, titles asked for and an answer's end. */
const readyBytes = 2 ** 16;
const mostMatches = limits.asked.maximum;
/** Numbers of a match in their table. */
const matchWidth = 3;
/** Numbers of a song and of an antecedent in their tables; of a song the first is given. */
const songWidth = 9;
const antecedentWidth = 7;
/** What is told of a song, as the kernel numbers it. */
const told = { popularity: 1, reasons: 2 };

/**
 * A writer for a model that has a kernel.
 * @returns undefined where a column is elsewhere or where there is no room, and for scores that are
 * no sums, which the kernel does not explain.
 */
export function newWriter(
  memory: FileMemory,
  snapshot: Snapshot,
  head: Head,
  exports: KernelExports,
): AnswerWriter | undefined {
  const { titles, artists } = snapshot;
  // In the order of `Column` in the kernel.
  const columns = [
    ...[titles.offsets, artists.offsets, snapshot.artistOf],
    ...[snapshot.supports, snapshot.artistSupports],
    ...[snapshot.ruleTogether, snapshot.frequentTogether, snapshot.heavyWeights],
  ];
  const texts = [
    '{"songs":[',
    `],"version":${JSON.stringify(head.version)},"model_date":${JSON.stringify(head.created)},"snapshot":${JSON.stringify(head.sha256)},"recommendations":[`,
    ...fixedTexts,
  ];
  const characters = Buffer.from(texts.join(''));
  const tables = {
    output: allocate(memory, Uint8Array, outputBytes),
    texts: allocate(memory, Uint32Array, 2 * texts.length),
    songs: allocate(memory, Uint32Array, mostSongs * songWidth),
    totals: allocate(memory, Float64Array, mostSongs),
    antecedents: allocate(memory, Uint32Array, mostAntecedents * antecedentWidth),
    factors: allocate(memory, Float64Array, mostAntecedents),
    weights: allocate(memory, Uint32Array, mostCells),
    rules: allocate(memory, Uint32Array, mostCells),
    given: allocate(memory, Float64Array, mostAntecedents + 1),
    names: allocate(memory, Uint32Array, 2 * mostNames),
    ready: allocate(memory, Uint8Array, readyBytes),
    matches: allocate(memory, Uint32Array, mostMatches * matchWidth),
    columns: allocate(memory, Uint32Array, 2 * columns.length),
    frequentRules: allocate(memory, Uint32Array, snapshot.frequentRules.length),
    heavyRules: allocate(memory, Uint32Array, snapshot.heavyRules.length),
    characters: allocate(memory, Uint8Array, characters.length),
    places: allocate(memory, Uint32Array, 22),
  };
  const { buffer } = memory.wasm;
  const isHere = [titles.bytes, artists.bytes, ...columns, ...Object.values(tables)].every(
    (one) => one.buffer === buffer || one.length === 0,
  );
  if (!isHere || snapshot.facts.scoring.aggregation !== 'sum') return undefined;
  tables.characters.set(characters);
  tables.frequentRules.set(snapshot.frequentRules);
  tables.heavyRules.set(snapshot.heavyRules);
  tables.columns.set(
    columns.flatMap(({ byteOffset, BYTES_PER_ELEMENT }) => [byteOffset, BYTES_PER_ELEMENT]),
  );
  let at = tables.characters.byteOffset;
  texts.forEach((text, i) => {
    const bytes = Buffer.byteLength(text);
    tables.texts.set([at, bytes], 2 * i);
    at += bytes;
  });
  // In the order of `Places` in the kernel.
  tables.places.set([
    ...[tables.output.byteOffset, tables.output.byteOffset + outputBytes],
    ...[tables.texts, tables.songs, tables.totals].map(({ byteOffset }) => byteOffset),
    ...[tables.antecedents, tables.factors, tables.weights].map(({ byteOffset }) => byteOffset),
    ...[tables.rules, tables.given, tables.names].map(({ byteOffset }) => byteOffset),
    ...[tables.ready, tables.matches, tables.columns].map(({ byteOffset }) => byteOffset),
    ...[titles.bytes, artists.bytes].map(({ byteOffset }) => byteOffset),
    ...[tables.frequentRules.byteOffset, tables.frequentRules.length],
    ...[tables.heavyRules.byteOffset, tables.heavyRules.length],
    ...[snapshot.supports.length, snapshot.facts.counts.transactions],
  ]);
  exports.openAnswers(tables.places.byteOffset);

  const output = Buffer.from(buffer, tables.output.byteOffset, outputBytes);
  const ready = Buffer.from(buffer, tables.ready.byteOffset, readyBytes);
  return {
    answer(model, found, end, allocate) {
      const { songs, scores, ruled, matched } = found;
      const isLong = songs.length > mostSongs || matched.length > mostMatches;
      if (isLong || (ruled && !putAntecedents(model, ruled.fired, songs))) return undefined;
      const asked = matched.map((match) => match.asked);
      const written = putReady(JSON.stringify(scores) + JSON.stringify(asked) + end);
      if (written === undefined) return undefined;
      putSongs(found);
      putMatches(found);
      const count = ruled?.fired.antecedents.length ?? 0;
      const kind = ruled === undefined ? told.popularity : told.reasons;
      return copied(
        exports.writeAnswer(songs.length, count, kind, matched.length, written),
        allocate,
      );
    },
    line(before, found, end, allocate) {
      const { songs, scores } = found;
      if (songs.length > mostSongs || 3 * before.length > outputBytes) return undefined;
      const written = putReady(JSON.stringify(scores) + end);
      if (written === undefined) return undefined;
      putSongs(found);
      return copied(exports.writeLine(output.write(before), songs.length, written), allocate);
    },
  };

  /** A copy of what was written. */
  function copied(bytes: number, allocate: Allocate): Buffer | undefined {
    if (bytes === 0) return undefined;
    const copy = allocate(bytes);
    output.copy(copy, 0, 0, bytes);
    return copy;
  }

  /** @returns Bytes written; undefined where there is no room. */
  function putReady(text: string): number | undefined {
    return 3 * text.length > readyBytes ? undefined : ready.write(text);
  }

  function putSongs({ songs, scores, ruled }: FoundSongs): void {
    for (let i = 0; i < songs.length; i++) {
      tables.songs[i * songWidth] = songs[i];
      tables.totals[i] = ruled === undefined ? 0 : totalOf(songs[i], scores[i], ruled);
    }
  }

  function putMatches({ matched }: FoundSongs): void {
    for (let i = 0; i < matched.length; i++) {
      const { song, others, corrected } = matched[i];
      tables.matches[i * matchWidth] = song;
      tables.matches[i * matchWidth + 1] = others;
      tables.matches[i * matchWidth + 2] = corrected ? 1 : 0;
    }
  }

  /** @returns false where there is no room for them. */
  function putAntecedents(
    model: Model,
    { antecedents, factors }: Antecedents,
    songs: readonly number[],
  ): boolean {
    const count = antecedents.length;
    const { ruleOffsets, facts } = snapshot;
    const isTooMany = count > mostAntecedents || count * facts.settings.maxLength > mostNames;
    if (isTooMany || count * songs.length > mostCells) return false;
    const table = tables.antecedents;
    let name = 0;
    for (let i = 0; i < count; i++) {
      const antecedent = antecedents[i];
      const isArtist = antecedent >= model.songs && antecedent < model.singles;
      const row = i * antecedentWidth;
      table[row] = antecedent;
      table[row + 1] = isArtist ? 1 : 0;
      table[row + 2] = supportOf(model, antecedent);
      table[row + 3] = name;
      if (isArtist) putName(tables.names, 2 * name++, artists, antecedent - model.songs);
      else {
        for (const song of antecedentSongs(model, antecedent)) {
          putName(tables.names, 2 * name++, titles, song);
        }
      }
      table[row + 4] = name;
      table[row + 5] = ruleOffsets[antecedent];
      table[row + 6] = ruleOffsets[antecedent + 1];
      tables.factors[i] = factors[i];
      if (table[row + 5] === table[row + 6]) putCounts(model, antecedent, songs, i * songs.length);
    }
    return true;
  }

  /** Counts the rules that are not listed. */
  function putCounts(model: Model, antecedent: number, songs: readonly number[], cell: number) {
    const { weights, together } = countTo(model, antecedent, songs);
    for (let i = 0; i < songs.length; i++) {
      tables.weights[cell + i] = weights[i];
      tables.rules[cell + i] = together(i);
    }
  }
}

/** What the rules and its artist gave a song together; 0 where he gives nothing of his own. */
function totalOf(
  song: number,
  score: number,
  { fired, tables }: { fired: Antecedents; tables: SeedTables },
): number {
  const { ofSong } = tables;
  return ofSong[2 * song] > 0 ? (score * fired.unit) / ofSong[2 * song + 1] : 0;
}

function putName(table: Uint32Array, place: number, { bytes, offsets }: Names, i: number): void {
  table[place] = bytes.byteOffset + offsets[i];
  table[place + 1] = bytes.byteOffset + offsets[i + 1];
}
