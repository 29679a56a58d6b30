import { createHash } from 'node:crypto';
import { Packr, Unpackr } from 'msgpackr';
import { findMisfit } from './columns.ts';
import type { Dictionary } from './dictionary.ts';
import { findFaultyFact, type SnapshotFacts } from './facts.ts';
import { loopsFor, plainLoops } from './loops.ts';
import type { FileMemory } from './memory.ts';
import { type Numbers, packNumbers, planPacking, unpackNumbers, writePacked } from './packing.ts';
import { problem } from './problems.ts';
import { atOnce, type Steps, stepsOf } from './steps.ts';

/**
 * The snapshot: what a training leaves and a recommender loads, in one immutable file. It is a
 * msgpack map that any language's msgpack library reads (`datasets/read_snapshot.py`): facts as plain
 * values, and columns as little-endian arrays of the narrowest type (`packing.ts`), so that loading
 * looks at columns where they stand and builds no object per song or rule. Equal input and settings give equal bytes: its date and version stand in the
 * head that publishes it.
 */
export const snapshotFormat = 'segue-snapshot';
export const snapshotFormatVersion = 6;
/** Columns that earlier versions have not, and nothing else is different: nothing is told apart. */
const absentIn: Record<number, readonly (typeof columnNames)[number][]> = {
  4: ['frequentRules', 'frequentTogether', 'heavyRules', 'heavyWeights'],
  5: ['heavyRules', 'heavyWeights'],
  [snapshotFormatVersion]: [],
};

/** Strings end to end: string i is UTF-8 in bytes `offsets[i]` to `offsets[i + 1]`. */
export interface Names {
  bytes: Uint8Array;
  offsets: Numbers;
}

/**
 * For each of some keys the numbers of the names that have it: ascending, each as its distance to
 * the one before it less 1, in varints. Those of key k are in bytes `offsets[k]` to `offsets[k + 1]`.
 */
export interface Postings {
  offsets: Numbers;
  names: Uint8Array;
}

/** Canonical names (see `song.ts`), and what they are found by. */
export interface NameIndex extends Dictionary {
  /** Of each name, see `segments.ts`. */
  oddLetters: Numbers;
  /** All words of the names, and the names that have each. */
  words: Dictionary;
  withWord: Postings;
  /** The names with a part in each bucket (see `segments.ts`). */
  withSegment: Postings;
}

/**
 * Songs by descending support (song 0 is in most playlists), and the rules between them.
 *
 * What a rule begins with, its antecedent, is numbered: the songs, then the artists, then the
 * antecedents of several songs. A song's or artist's rules are either listed or counted from the
 * playlists when they are asked for (`counting.ts`), whichever takes less room: at a low support there are
 * many times more rules than entries in the playlists. Both give the same counts and weights.
 */
export interface Snapshot {
  facts: SnapshotFacts;
  titles: Names;
  artists: Names;
  /** Index into `artists` and `artistIndex`, one a song. */
  artistOf: Numbers;
  /** Playlists that hold the song, one a song. */
  supports: Numbers;
  /** Playlists that hold a song of the artist, one an artist; 0 for the one without a name. */
  artistSupports: Numbers;
  /** Canonical titles, and which of them each song has. */
  titleIndex: NameIndex;
  titleOf: Numbers;
  /** Songs of title t, by descending support: `titleSongs[titleOffsets[t]...]`. */
  titleOffsets: Numbers;
  titleSongs: Numbers;
  /** Canonical names of artists. */
  artistIndex: NameIndex;
  /** Songs of artist a, by descending support: `artistSongs[artistOffsets[a]...]`. */
  artistOffsets: Numbers;
  artistSongs: Numbers;
  /** Antecedents of several songs, in ascending order of their songs. */
  longOffsets: Numbers;
  longSongs: Numbers;
  longSupports: Numbers;
  /** Listed rules by antecedent (songs + artists + long antecedents), consequents ascending. */
  ruleOffsets: Numbers;
  ruleConsequents: Numbers;
  /**
   * Playlists that hold the antecedent and the consequent; an artist's, and another song of his.
   * Where some rules are frequent, it is bytes, and 255 for those, too.
   */
  ruleTogether: Numbers;
  /** The rules in more playlists than a byte tells, ascending, and how many; none where all are told. */
  frequentRules: Numbers;
  frequentTogether: Numbers;
  /**
   * The same, each playlist counted by its length (see `Scoring.weightScale`). Where some rules are
   * heavy, it is two bytes each, and 65,535 for those, too.
   */
  ruleWeights: Numbers;
  /** The rules that weigh more than two bytes tell, ascending, and how much; none where all are told. */
  heavyRules: Numbers;
  heavyWeights: Numbers;
  /**
   * Playlists from which rules are counted, by the songs that are in `minSupport` playlists or
   * more, ascending; and what each playlist counts.
   */
  rowOffsets: Numbers;
  rowSongs: Numbers;
  rowWeights: Numbers;
  /**
   * The playlists of each song and artist (songs + artists), for those whose rules are counted:
   * twice the playlist's position, plus 1 where it holds several songs of the artist.
   */
  antecedentRowOffsets: Numbers;
  antecedentRows: Numbers;
  /** Hashes of the playlists that the model has seen, ascending; only a judged model keeps them. */
  playlistHashes: Numbers;
  /** The memory that the columns are views of, where it was read into one; no part of the file. */
  memory?: FileMemory;
}

/** The columns of numbers. */
const columnNames = [
  ...(['artistOf', 'supports', 'artistSupports'] as const),
  ...(['titleOf', 'titleOffsets', 'titleSongs', 'artistOffsets', 'artistSongs'] as const),
  ...(['longOffsets', 'longSongs', 'longSupports'] as const),
  ...(['ruleOffsets', 'ruleConsequents', 'ruleTogether', 'ruleWeights'] as const),
  ...(['frequentRules', 'frequentTogether', 'heavyRules', 'heavyWeights'] as const),
  ...(['rowOffsets', 'rowSongs', 'rowWeights'] as const),
  ...(['antecedentRowOffsets', 'antecedentRows', 'playlistHashes'] as const),
] satisfies (keyof Snapshot)[];
type NumberColumns = Pick<Snapshot, (typeof columnNames)[number]>;

/** Names that are written at once. */
const namesAStep = 8192;

const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });

/** The bytes of a snapshot; equal snapshots give equal bytes, whatever the order of their keys. */
export function encodeSnapshot(snapshot: Snapshot): Buffer {
  return atOnce(encodeInSteps(snapshot));
}

/** The same in steps. */
export function* encodeInSteps(snapshot: Snapshot): Steps<Buffer> {
  const { facts, titles, artists, titleIndex, artistIndex, memory: _, ...columns } = snapshot;
  const beginning = packr.pack({
    format: snapshotFormat,
    formatVersion: snapshotFormatVersion,
    ...(sortKeys(facts) as object),
    // Last, so that what takes its place can be appended.
    columns: null,
  });
  return yield* withColumns(beginning, {
    titleNameBytes: titles.bytes,
    titleNameOffsets: titles.offsets,
    artistNameBytes: artists.bytes,
    artistNameOffsets: artists.offsets,
    ...columnsOfIndex('title', titleIndex),
    ...columnsOfIndex('artist', artistIndex),
    ...columns,
  });
}

/**
 * Puts the columns in the place of the null that facts end with. Each has as many bytes of padding
 * as bring its data to a multiple of four: read at such an offset, it needs no copy. Nothing is
 * written before the place of all is known, so that each column is copied once.
 */
function* withColumns(facts: Uint8Array, columns: Record<string, Numbers>): Steps<Buffer> {
  const parts: [at: number, bytes: Uint8Array][] = [];
  const writings: ((all: Buffer) => Steps<void>)[] = [];
  let length = 0;
  const append = (bytes: Uint8Array) => {
    parts.push([length, bytes]);
    length += bytes.length;
  };
  append(facts.subarray(0, -1));
  const names = Object.keys(columns).sort();
  append(Buffer.of(map16, names.length >> 8, names.length & 255));
  for (const name of names) {
    const { kind, bytes } = yield* planPacking(columns[name]);
    append(packr.pack(name));
    const sorted = sortKeys(kind) as object;
    const described = (padding: number) =>
      packr.pack({ ...sorted, padding: new Uint8Array(padding), data: null }).subarray(0, -1);
    const unpadded = length + described(0).length + bin32Bytes;
    append(described(-unpadded & 3));
    const header = Buffer.of(bin32, 0, 0, 0, 0);
    header.writeUInt32BE(bytes, 1);
    append(header);
    const at = length;
    writings.push((all) => writePacked(columns[name], kind, all.subarray(at, at + bytes)));
    length += bytes;
  }
  const all = Buffer.allocUnsafeSlow(length);
  for (const [at, bytes] of parts) all.set(bytes, at);
  for (const write of writings) yield* write(all);
  return all;
}

/** Of msgpack: what a map of up to 65,535 entries and binary data of up to 4 GiB begin with. */
const map16 = 0xde;
const bin32 = 0xc6;
const bin32Bytes = 5;

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, inner]) => [key, sortKeys(inner)]));
}

/**
 * Reads a snapshot and checks that it is whole.
 * @param path Only named in errors.
 * @param sha256 Hexadecimal digest that the bytes must have.
 * @param found The one that they have, where it is known.
 * @param memory What the bytes are in, from its beginning: the columns are checked by a kernel then.
 * @throws `snapshot-invalid` for other bytes, another format or version, or columns that do not
 * fit together.
 */
export function decodeSnapshot(
  bytes: Uint8Array,
  path: string,
  sha256: string,
  found = sha256Of(bytes),
  memory?: FileMemory,
): Snapshot {
  const refuse = (reason: string) => problem('snapshot-invalid', { path, reason });
  if (found !== sha256) throw refuse(`its SHA-256 is ${found} instead of ${sha256}`);
  let map: Record<string, unknown>;
  try {
    map = unpackr.unpack(bytes);
  } catch (error) {
    throw Object.assign(refuse('it is not msgpack'), { cause: error });
  }
  if (map?.format !== snapshotFormat) throw refuse('it is no snapshot of Segue');
  if (!isReadable(map.formatVersion)) {
    throw refuse(
      `its format is version ${map.formatVersion}, this program reads version ${snapshotFormatVersion}`,
    );
  }
  const fault = findFaultyFact(map);
  if (fault !== undefined) throw refuse(`its ${fault} is not as it must be`);
  const packed = (map.columns ?? {}) as Record<string, unknown>;
  for (const name of absentIn[map.formatVersion]) packed[name] = packNumbers(new Uint8Array());
  const loops = memory === undefined ? plainLoops : loopsFor(memory);
  const numbers = (name: string) => {
    const column = unpackNumbers(packed[name], loops);
    if (column === 'absent') throw refuse(`it has no column ${name}`);
    if (column === 'cut short') throw refuse(`column ${name} is cut short`);
    return column;
  };
  const u8 = (name: string) => {
    const { type, data } = (packed[name] ?? {}) as { type?: unknown; data?: unknown };
    if (type !== 'u8' || !(data instanceof Uint8Array)) throw refuse(`it has no column ${name}`);
    return data;
  };
  const dictionary = (of: string): Dictionary => ({
    bytes: u8(`${of}Bytes`),
    blocks: numbers(`${of}Blocks`),
    lengths: u8(`${of}Lengths`),
  });
  const postings = (of: string): Postings => ({
    offsets: numbers(`${of}Offsets`),
    names: u8(`${of}Names`),
  });
  const index = (of: 'title' | 'artist'): NameIndex => ({
    ...dictionary(`${of}Index`),
    oddLetters: numbers(`${of}OddLetters`),
    words: dictionary(`${of}Word`),
    withWord: postings(`${of}WithWord`),
    withSegment: postings(`${of}WithSegment`),
  });
  const snapshot: Snapshot = {
    facts: {
      key: map.key as SnapshotFacts['key'],
      datasets: map.datasets as SnapshotFacts['datasets'],
      counts: map.counts as SnapshotFacts['counts'],
      settings: map.settings as SnapshotFacts['settings'],
      scoring: map.scoring as SnapshotFacts['scoring'],
      metrics: map.metrics as SnapshotFacts['metrics'],
      judged: map.judged as SnapshotFacts['judged'],
    },
    titles: {
      bytes: u8('titleNameBytes'),
      offsets: numbers('titleNameOffsets'),
    },
    artists: {
      bytes: u8('artistNameBytes'),
      offsets: numbers('artistNameOffsets'),
    },
    titleIndex: index('title'),
    artistIndex: index('artist'),
    ...(Object.fromEntries(
      columnNames.map((name) => [name, numbers(name)]),
    ) as unknown as NumberColumns),
  };
  const misfit = findMisfit(snapshot, loops);
  if (misfit !== undefined) throw refuse(misfit);
  return memory === undefined ? snapshot : { ...snapshot, memory };
}

const columnsKey = packr.pack('columns');

/**
 * The facts of a snapshot from its first bytes, which is where they stand: neither its digest nor
 * its columns are looked at. Undefined where the bytes end before the facts do, or are no snapshot.
 */
export function decodeFacts(beginning: Uint8Array): SnapshotFacts | undefined {
  const bytes = Buffer.from(beginning.buffer, beginning.byteOffset, beginning.length);
  // Only the key has a map behind it: no name that says "columns" is taken for it.
  const isMap = (type: number | undefined) =>
    type !== undefined && ((type & 0xf0) === 0x80 || type === 0xde || type === 0xdf);
  let end = bytes.indexOf(columnsKey);
  while (end !== -1 && !isMap(bytes[end + columnsKey.length])) {
    end = bytes.indexOf(columnsKey, end + 1);
  }
  if (end === -1) return undefined;
  const nil = 0xc0;
  const head = Buffer.concat([bytes.subarray(0, end), columnsKey, Buffer.of(nil)]);
  let map: Record<string, unknown>;
  try {
    map = unpackr.unpack(head);
  } catch {
    return undefined;
  }
  const { format, formatVersion, columns: _, ...facts } = map;
  const isKnown = format === snapshotFormat && isReadable(formatVersion);
  if (!isKnown || findFaultyFact(map) !== undefined) return undefined;
  return facts as unknown as SnapshotFacts;
}

function isReadable(formatVersion: unknown): formatVersion is number {
  return typeof formatVersion === 'number' && Object.hasOwn(absentIn, formatVersion);
}

/** Bytes that are digested at once. */
const bytesAStep = 1 << 23;

/** Hexadecimal SHA-256. */
export function sha256Of(bytes: Uint8Array): string {
  return atOnce(sha256InSteps(bytes));
}

/** The same in steps. */
export function* sha256InSteps(bytes: Uint8Array): Steps<string> {
  const hash = createHash('sha256');
  yield* stepsOf(bytes.length, bytesAStep, (from, to) => hash.update(bytes.subarray(from, to)));
  return hash.digest('hex');
}

/** Joins strings into one column. */
export function packNames(names: readonly string[]): Names {
  return atOnce(packNamesInSteps(names));
}

/** The same in steps. */
export function* packNamesInSteps(names: readonly string[]): Steps<Names> {
  const offsets = new Uint32Array(names.length + 1);
  yield* stepsOf(names.length, namesAStep, (from, to) => {
    for (let i = from; i < to; i++) offsets[i + 1] = offsets[i] + Buffer.byteLength(names[i]);
  });
  const bytes = new Uint8Array(offsets[names.length]);
  const buffer = Buffer.from(bytes.buffer);
  yield* stepsOf(names.length, namesAStep, (from, to) => {
    for (let i = from; i < to; i++) buffer.write(names[i], offsets[i]);
  });
  return { bytes, offsets };
}

/** String i of a column. */
export function nameAt(names: Names, i: number): string {
  const { bytes, offsets } = names;
  // A third of what a TextDecoder takes for so few bytes.
  return Buffer.from(
    bytes.buffer as ArrayBuffer,
    bytes.byteOffset + offsets[i],
    offsets[i + 1] - offsets[i],
  ).toString();
}

function columnsOfIndex(of: string, index: NameIndex): Record<string, Numbers> {
  return {
    ...columnsOfDictionary(`${of}Index`, index),
    [`${of}OddLetters`]: index.oddLetters,
    ...columnsOfDictionary(`${of}Word`, index.words),
    ...columnsOfPostings(`${of}WithWord`, index.withWord),
    ...columnsOfPostings(`${of}WithSegment`, index.withSegment),
  };
}

function columnsOfDictionary(of: string, { bytes, blocks, lengths }: Dictionary) {
  return { [`${of}Bytes`]: bytes, [`${of}Blocks`]: blocks, [`${of}Lengths`]: lengths };
}

function columnsOfPostings(of: string, { offsets, names }: Postings) {
  return { [`${of}Offsets`]: offsets, [`${of}Names`]: names };
}
