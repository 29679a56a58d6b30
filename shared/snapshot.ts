import { createHash } from 'node:crypto';
import { Packr, Unpackr } from 'msgpackr';
import { blocksFor, type Dictionary } from './dictionary.ts';
import { problem } from './problems.ts';
import { bucketsFor } from './trigrams.ts';

/**
 * The snapshot: what a training leaves and a recommender loads, in one immutable file. It is a
 * msgpack map that any language's msgpack library reads: facts as plain values, and columns as
 * little-endian arrays with their type named, so that loading copies columns and builds no object
 * per song or rule. Equal input and settings give equal bytes: its date and version stand in the
 * head that publishes it.
 */
export const snapshotFormat = 'segue-snapshot';
export const snapshotFormatVersion = 2;

/** A data set that a model was made from. */
export interface DatasetDigest {
  name: string;
  /** Hexadecimal SHA-256 of the file as it was given. */
  sha256: string;
  bytes: number;
}

/** Strings end to end: string i is UTF-8 in bytes `offsets[i]` to `offsets[i + 1]`. */
export interface Names {
  bytes: Uint8Array;
  offsets: Uint32Array;
}

/**
 * Canonical names (see `song.ts`), and for each bucket of trigrams the numbers of the names that
 * have one: ascending, each as its distance to the one before it less 1, in varints.
 */
export interface NameIndex extends Dictionary {
  trigramOffsets: Uint32Array;
  trigramNames: Uint8Array;
}

/** How a fit weighs and a recommender adds up (see `functions/recommend/score.ts`). */
export interface Scoring {
  /** Sum over the songs asked for, or only the strongest. */
  aggregation: 'sum' | 'max';
  /** Lambda: playlists added to an antecedent's count, so that rare songs claim less. */
  shrinkage: number;
  /** Gamma: a playlist of length l counts l^-gamma. */
  lengthExponent: number;
  /** b: a song in n playlists is divided by n^b. */
  popularityDamping: number;
}

/** What a model was made from and how. */
export interface SnapshotFacts {
  /** The training's key: digest of data set digests, settings and pipeline version. */
  key: string;
  datasets: DatasetDigest[];
  /** Rows read, accepted, rejected; playlists; songs; artists; itemsets; rules. */
  counts: Record<string, number>;
  settings: { minSupport: number; maxLength: number };
  scoring: Scoring;
  metrics: Record<string, number>;
}

/**
 * Songs by descending support (song 0 is in most playlists), and the rules between them.
 * `songs` below is the number of songs.
 */
export interface Snapshot {
  facts: SnapshotFacts;
  titles: Names;
  artists: Names;
  /** Index into `artists` and `artistIndex`, one a song. */
  artistOf: Uint32Array;
  /** Playlists that hold the song, one a song. */
  supports: Uint32Array;
  /** Canonical titles, and which of them each song has. */
  titleIndex: NameIndex;
  titleOf: Uint32Array;
  /** Songs of title t, by descending support: `titleSongs[titleOffsets[t]...]`. */
  titleOffsets: Uint32Array;
  titleSongs: Uint32Array;
  /** Canonical names of artists. */
  artistIndex: NameIndex;
  /** Songs of artist a, by descending support: `artistSongs[artistOffsets[a]...]`. */
  artistOffsets: Uint32Array;
  artistSongs: Uint32Array;
  /**
   * Antecedents of more than one song, in ascending order of their songs. Antecedent number a is
   * the single song a where a < songs, and else number a - songs of these.
   */
  longOffsets: Uint32Array;
  longSongs: Uint32Array;
  longSupports: Uint32Array;
  /** Rules by antecedent (`songs` + long antecedents + 1 offsets), consequents ascending. */
  ruleOffsets: Uint32Array;
  ruleConsequents: Uint32Array;
  /** Playlists that hold antecedent and consequent. */
  ruleTogether: Uint32Array;
  /** The same, each playlist counted as its length to the power of -gamma. */
  ruleWeights: Float32Array;
}

const columnTypes = { u8: Uint8Array, u32: Uint32Array, f32: Float32Array } as const;
type ColumnType = keyof typeof columnTypes;
type Column = Uint8Array | Uint32Array | Float32Array;

const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });

/** The bytes of a snapshot; equal snapshots give equal bytes, whatever the order of their keys. */
export function encodeSnapshot(snapshot: Snapshot): Buffer {
  const { facts, titles, artists, titleIndex, artistIndex, ...columns } = snapshot;
  return packr.pack({
    format: snapshotFormat,
    formatVersion: snapshotFormatVersion,
    ...(sortKeys(facts) as object),
    columns: sortKeys({
      titleNameBytes: packColumn(titles.bytes),
      titleNameOffsets: packColumn(titles.offsets),
      artistNameBytes: packColumn(artists.bytes),
      artistNameOffsets: packColumn(artists.offsets),
      ...packIndex('title', titleIndex),
      ...packIndex('artist', artistIndex),
      ...Object.fromEntries(
        Object.entries(columns).map(([name, column]) => [name, packColumn(column)]),
      ),
    }),
  });
}

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
 * @throws `snapshot-invalid` for other bytes, another format or version, or columns that do not
 * fit together.
 */
export function decodeSnapshot(bytes: Uint8Array, path: string, sha256: string): Snapshot {
  const refuse = (reason: string) => problem('snapshot-invalid', { path, reason });
  const found = sha256Of(bytes);
  if (found !== sha256) throw refuse(`its SHA-256 is ${found} instead of ${sha256}`);
  let map: Record<string, unknown>;
  try {
    map = unpackr.unpack(bytes);
  } catch (error) {
    throw Object.assign(refuse('it is not msgpack'), { cause: error });
  }
  if (map?.format !== snapshotFormat) throw refuse('it is no snapshot of Segue');
  if (map.formatVersion !== snapshotFormatVersion) {
    throw refuse(
      `its format is version ${map.formatVersion}, this program reads version ${snapshotFormatVersion}`,
    );
  }
  const fault = findFaultyFact(map);
  if (fault !== undefined) throw refuse(`its ${fault} is not as it must be`);
  const packed = (map.columns ?? {}) as Record<string, unknown>;
  const u32 = (name: string) => unpackColumn(packed[name], 'u32', name, refuse) as Uint32Array;
  const u8 = (name: string) => unpackColumn(packed[name], 'u8', name, refuse) as Uint8Array;
  const index = (of: 'title' | 'artist'): NameIndex => ({
    bytes: u8(`${of}IndexBytes`),
    blocks: u32(`${of}IndexBlocks`),
    lengths: u8(`${of}IndexLengths`),
    trigramOffsets: u32(`${of}TrigramOffsets`),
    trigramNames: u8(`${of}TrigramNames`),
  });
  const snapshot: Snapshot = {
    facts: {
      key: map.key as string,
      datasets: map.datasets as DatasetDigest[],
      counts: map.counts as Record<string, number>,
      settings: map.settings as SnapshotFacts['settings'],
      scoring: map.scoring as Scoring,
      metrics: map.metrics as Record<string, number>,
    },
    titles: {
      bytes: u8('titleNameBytes'),
      offsets: u32('titleNameOffsets'),
    },
    artists: {
      bytes: u8('artistNameBytes'),
      offsets: u32('artistNameOffsets'),
    },
    artistOf: u32('artistOf'),
    supports: u32('supports'),
    titleIndex: index('title'),
    titleOf: u32('titleOf'),
    titleOffsets: u32('titleOffsets'),
    titleSongs: u32('titleSongs'),
    artistIndex: index('artist'),
    artistOffsets: u32('artistOffsets'),
    artistSongs: u32('artistSongs'),
    longOffsets: u32('longOffsets'),
    longSongs: u32('longSongs'),
    longSupports: u32('longSupports'),
    ruleOffsets: u32('ruleOffsets'),
    ruleConsequents: u32('ruleConsequents'),
    ruleTogether: u32('ruleTogether'),
    ruleWeights: unpackColumn(packed.ruleWeights, 'f32', 'ruleWeights', refuse) as Float32Array,
  };
  const misfit = findMisfit(snapshot);
  if (misfit !== undefined) throw refuse(misfit);
  return snapshot;
}

/** Hexadecimal SHA-256. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Joins strings into one column. */
export function packNames(names: readonly string[]): Names {
  const encoded = names.map((name) => Buffer.from(name));
  const offsets = new Uint32Array(names.length + 1);
  encoded.forEach((bytes, i) => {
    offsets[i + 1] = offsets[i] + bytes.length;
  });
  return { bytes: new Uint8Array(Buffer.concat(encoded)), offsets };
}

const decoder = new TextDecoder();

/** String i of a column. */
export function nameAt(names: Names, i: number): string {
  return decoder.decode(names.bytes.subarray(names.offsets[i], names.offsets[i + 1]));
}

function packIndex(of: 'title' | 'artist', index: NameIndex): Record<string, unknown> {
  return {
    [`${of}IndexBytes`]: packColumn(index.bytes),
    [`${of}IndexBlocks`]: packColumn(index.blocks),
    [`${of}IndexLengths`]: packColumn(index.lengths),
    [`${of}TrigramOffsets`]: packColumn(index.trigramOffsets),
    [`${of}TrigramNames`]: packColumn(index.trigramNames),
  };
}

function packColumn(column: Column): { type: ColumnType; data: Buffer } {
  const type = column instanceof Uint8Array ? 'u8' : column instanceof Uint32Array ? 'u32' : 'f32';
  return { type, data: Buffer.from(column.buffer, column.byteOffset, column.byteLength) };
}

/** A column in memory of its own: msgpack does not align its data, typed arrays must be. */
function unpackColumn(
  packed: unknown,
  type: ColumnType,
  name: string,
  refuse: (reason: string) => Error,
): Column {
  const { type: found, data } = (packed ?? {}) as { type?: unknown; data?: unknown };
  if (found !== type || !(data instanceof Uint8Array)) throw refuse(`it has no column ${name}`);
  const Type = columnTypes[type];
  if (data.byteLength % Type.BYTES_PER_ELEMENT !== 0) throw refuse(`column ${name} is cut short`);
  return new Type(new Uint8Array(data).buffer);
}

/** Which facts have another shape than `SnapshotFacts`, or undefined. */
function findFaultyFact(map: Record<string, unknown>): string | undefined {
  const { key, datasets, counts, settings, scoring, metrics } = map;
  if (typeof key !== 'string') return 'key';
  if (!Array.isArray(datasets) || !datasets.every(isDataset)) return 'datasets';
  if (!hasNumbers(counts, [])) return 'counts';
  if (!hasNumbers(metrics, [])) return 'metrics';
  if (!hasNumbers(settings, ['minSupport', 'maxLength'])) return 'settings';
  const { aggregation, ...numbers } = (scoring ?? {}) as Partial<Scoring>;
  const known = aggregation === 'sum' || aggregation === 'max';
  const needed = ['shrinkage', 'lengthExponent', 'popularityDamping'];
  return known && hasNumbers(numbers, needed) ? undefined : 'scoring';
}

function isDataset(value: unknown): boolean {
  const { name, sha256, bytes } = (value ?? {}) as Partial<DatasetDigest>;
  return [name, sha256].every((text) => typeof text === 'string') && typeof bytes === 'number';
}

/** Whether a value maps names to numbers, these among them. */
function hasNumbers(value: unknown, names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((number) => typeof number === 'number') &&
    names.every((name) => Object.hasOwn(value, name))
  );
}

/** What does not fit in a snapshot's columns, or undefined: readers index them unchecked. */
function findMisfit(s: Snapshot): string | undefined {
  const songs = s.supports.length;
  const artists = s.artists.offsets.length - 1;
  const rules = s.ruleConsequents.length;
  const titles = s.titleIndex.lengths.length;
  const lengths: [string, number, number][] = [
    ['titleNameOffsets', s.titles.offsets.length, songs + 1],
    ['artistOf', s.artistOf.length, songs],
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
    ['ruleOffsets', s.ruleOffsets.length, songs + s.longSupports.length + 1],
    ['ruleTogether', s.ruleTogether.length, rules],
    ['ruleWeights', s.ruleWeights.length, rules],
  ];
  for (const [name, found, expected] of lengths) {
    if (found !== expected) return `column ${name} has ${found} entries instead of ${expected}`;
  }
  const offsets: [string, Uint32Array, number][] = [
    ['titleNameOffsets', s.titles.offsets, s.titles.bytes.length],
    ['artistNameOffsets', s.artists.offsets, s.artists.bytes.length],
    ['titleTrigramOffsets', s.titleIndex.trigramOffsets, s.titleIndex.trigramNames.length],
    ['artistTrigramOffsets', s.artistIndex.trigramOffsets, s.artistIndex.trigramNames.length],
    ['titleOffsets', s.titleOffsets, songs],
    ['artistOffsets', s.artistOffsets, songs],
    ['longOffsets', s.longOffsets, s.longSongs.length],
    ['ruleOffsets', s.ruleOffsets, rules],
  ];
  for (const [name, column, end] of offsets) {
    if (column[0] !== 0 || column[column.length - 1] !== end || !ascends(column)) {
      return `column ${name} does not ascend from 0 to ${end}`;
    }
  }
  const indexes: [string, Uint32Array, number][] = [
    ['artistOf', s.artistOf, artists],
    ['titleIndexBlocks', s.titleIndex.blocks, s.titleIndex.bytes.length],
    ['titleOf', s.titleOf, titles],
    ['titleSongs', s.titleSongs, songs],
    ['artistIndexBlocks', s.artistIndex.blocks, s.artistIndex.bytes.length],
    ['artistSongs', s.artistSongs, songs],
    ['longSongs', s.longSongs, songs],
    ['ruleConsequents', s.ruleConsequents, songs],
  ];
  for (const [name, column, end] of indexes) {
    if (!allBelow(column, end)) return `column ${name} has an index of ${end} or more`;
  }
  return undefined;
}

function ascends(column: Uint32Array): boolean {
  for (let i = 1; i < column.length; i++) if (column[i] < column[i - 1]) return false;
  return true;
}

function allBelow(column: Uint32Array, end: number): boolean {
  for (let i = 0; i < column.length; i++) if (column[i] >= end) return false;
  return true;
}
