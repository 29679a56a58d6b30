/** What the tests of `shared` share: snapshots, stores with them, and processes of their own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { type Dictionary, packDictionary, sortNames } from './dictionary.ts';
import type { SnapshotFacts } from './facts.ts';
import { type SeedScoring, seedClasses, seedParameters, startScoring } from './scoring.ts';
import { bucketsFor } from './segments.ts';
import {
  encodeSnapshot,
  type NameIndex,
  type Names,
  type Postings,
  packNames,
  type Snapshot,
} from './snapshot.ts';
import { atOnce } from './steps.ts';
import { type SnapshotFile, writeSnapshot } from './store/files.ts';
import { type Publication, publish } from './store/publish.ts';

/** fast-check's records have no prototype half of the time, which msgpack does not keep. */
const record = <Model extends object>(model: { [Key in keyof Model]: fc.Arbitrary<Model[Key]> }) =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<Model>;

const anyName = fc.string({ unit: 'grapheme', maxLength: 8 });
const anyNumber = fc.double({ noNaN: true }).map((number) => number + 0); // -0 is 0 in msgpack
const anyNumbers = fc.dictionary(fc.stringMatching(/^[a-z]\w{0,8}$/), anyNumber, {
  maxKeys: 20,
  noNullPrototype: true,
});
const anyAmount = fc.double({ noNaN: true, min: 0 });
const anySeedScoring: fc.Arbitrary<SeedScoring> = record(
  Object.fromEntries(seedParameters.map((name) => [name, anyAmount])) as {
    [Name in keyof SeedScoring]: fc.Arbitrary<number>;
  },
);
const maxU32 = 2 ** 32 - 1;

const anyFacts: fc.Arbitrary<SnapshotFacts> = record({
  key: fc.string(),
  datasets: fc.array(record({ name: anyName, sha256: fc.string(), bytes: fc.maxSafeNat() }), {
    maxLength: 3,
  }),
  counts: anyNumbers,
  settings: record({ minSupport: fc.nat(), maxLength: fc.nat() }),
  scoring: record({
    aggregation: fc.constantFrom('sum' as const, 'max' as const),
    lengthExponent: anyAmount,
    weightScale: anyAmount,
    bySeeds: fc.array(anySeedScoring, {
      minLength: seedClasses.length,
      maxLength: seedClasses.length,
    }),
  }),
  metrics: anyNumbers,
  judged: fc.option(record({ sha256: fc.string(), bytes: fc.maxSafeNat() })),
});

function names(length: number): fc.Arbitrary<Names> {
  return fc.array(anyName, { minLength: length, maxLength: length }).map(packNames);
}

function column(length: number, max: number): fc.Arbitrary<Uint32Array> {
  return fc
    .array(fc.nat({ max: Math.max(0, max) }), { minLength: length, maxLength: length })
    .map((values) => Uint32Array.from(values));
}

/** Where each of so many lists begins, and the end. */
function offsets(lists: number, end: number): fc.Arbitrary<Uint32Array> {
  if (lists === 0) return fc.constant(Uint32Array.of(0));
  return column(lists - 1, end).map((inner) => Uint32Array.of(0, ...inner.sort(), end));
}

/** An index of so many names; what is in its lists is anything. */
function index(names: number): fc.Arbitrary<NameIndex> {
  return record({
    names: fc.uniqueArray(anyName, { minLength: names, maxLength: names }),
    words: fc.uniqueArray(anyName, { maxLength: 3 }),
  }).chain(({ names: different, words }) =>
    record({
      names: fc.constant(dictionaryOf(different)),
      oddLetters: column(names, 65_535),
      words: fc.constant(dictionaryOf(words)),
      withWord: postings(words.length),
      withSegment: postings(bucketsFor(names)),
    }).map(({ names: dictionary, ...lists }) => ({ ...dictionary, ...lists })),
  );
}

function postings(keys: number): fc.Arbitrary<Postings> {
  return fc
    .uint8Array({ maxLength: keys === 0 ? 0 : 9 })
    .chain((names) => offsets(keys, names.length).map((offsets) => ({ offsets, names })));
}

/** Snapshots whose columns fit together, the empty one among them. */
export const anySnapshot: fc.Arbitrary<Snapshot> = record({
  songs: fc.nat({ max: 5 }),
  titles: fc.integer({ min: 1, max: 3 }),
  artists: fc.integer({ min: 1, max: 3 }),
  long: fc.nat({ max: 3 }),
  longSongs: fc.nat({ max: 6 }),
  rules: fc.nat({ max: 8 }),
  frequent: fc.nat({ max: 3 }),
  heavy: fc.nat({ max: 3 }),
  rows: fc.nat({ max: 3 }),
  rowSongs: fc.nat({ max: 6 }),
  entries: fc.nat({ max: 5 }),
})
  .map((sizes) =>
    sizes.songs === 0
      ? { ...sizes, songs: 0, titles: 0, artists: 0, long: 0, rules: 0, rows: 0, entries: 0 }
      : sizes,
  )
  .chain(
    ({ songs, titles, artists, long, longSongs, rules, rows, rowSongs, entries, ...apart }) => {
      const frequent = Math.min(apart.frequent, rules);
      const heavy = Math.min(apart.heavy, rules);
      return record({
        facts: anyFacts,
        titles: names(songs),
        artists: names(artists),
        artistOf: column(songs, artists - 1),
        supports: column(songs, maxU32),
        artistSupports: column(artists, maxU32),
        titleIndex: index(titles),
        titleOf: column(songs, titles - 1),
        titleOffsets: offsets(titles, songs),
        titleSongs: column(songs, songs - 1),
        artistIndex: index(artists),
        artistOffsets: offsets(artists, songs),
        artistSongs: column(songs, songs - 1),
        longOffsets: offsets(long, long === 0 ? 0 : longSongs),
        longSongs: column(long === 0 ? 0 : longSongs, songs - 1),
        longSupports: column(long, maxU32),
        ruleOffsets: offsets(songs + artists + long, rules),
        ruleConsequents: column(rules, songs - 1),
        ruleTogether: column(rules, maxU32),
        ruleWeights: column(rules, maxU32),
        frequentRules: column(frequent, rules - 1).map((some) => some.sort()),
        frequentTogether: column(frequent, maxU32),
        heavyRules: column(heavy, rules - 1).map((some) => some.sort()),
        heavyWeights: column(heavy, maxU32),
        rowOffsets: offsets(rows, rows === 0 ? 0 : rowSongs),
        rowSongs: column(rows === 0 ? 0 : rowSongs, songs - 1),
        rowWeights: column(rows, maxU32),
        antecedentRowOffsets: offsets(songs + artists, rows === 0 ? 0 : entries),
        antecedentRows: column(rows === 0 ? 0 : entries, 2 * rows - 1),
        playlistHashes: column(entries, maxU32).map((hashes) => hashes.sort()),
      });
    },
  );

/** A value with its columns as plain lists: the same numbers in a narrower type are the same column. */
export function plainly(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint32Array);
  if (Array.isArray(value)) return value.map(plainly);
  if (typeof value !== 'object' || value === null) return value;
  // Where a snapshot was read to is no part of it.
  const entries = Object.entries(value).filter(([key]) => key !== 'memory');
  return Object.fromEntries(entries.map(([key, inner]) => [key, plainly(inner)]));
}

/** Three songs of two artists, and rules; another key makes other bytes. */
export function smallSnapshot(key = 'key'): Snapshot {
  return {
    facts: {
      key,
      datasets: [{ name: 'songs.csv', sha256: '0'.repeat(64), bytes: 100 }],
      counts: { transactions: 9, songs: 3 },
      settings: { minSupport: 2, maxLength: 3 },
      scoring: { ...startScoring, weightScale: 1024 },
      metrics: {},
      judged: null,
    },
    titles: packNames(['Yesterday', 'Let It Be', 'Waterloo']),
    artists: packNames(['ABBA', 'The Beatles']),
    artistOf: Uint32Array.of(1, 1, 0),
    supports: Uint32Array.of(8, 6, 4),
    artistSupports: Uint32Array.of(4, 9),
    titleIndex: smallIndex(['let it be', 'waterloo', 'yesterday']),
    titleOf: Uint32Array.of(2, 0, 1),
    titleOffsets: Uint32Array.of(0, 1, 2, 3),
    titleSongs: Uint32Array.of(1, 2, 0),
    artistIndex: smallIndex(['abba', 'beatles']),
    artistOffsets: Uint32Array.of(0, 1, 3),
    artistSongs: Uint32Array.of(2, 0, 1),
    longOffsets: Uint32Array.of(0, 2),
    longSongs: Uint32Array.of(0, 1),
    longSupports: Uint32Array.of(5),
    ruleOffsets: Uint32Array.of(0, 1, 2, 2, 2, 2, 3),
    ruleConsequents: Uint32Array.of(1, 0, 2),
    ruleTogether: Uint32Array.of(5, 5, 2),
    ruleWeights: Uint32Array.of(2560, 2560, 1024),
    frequentRules: Uint32Array.of(),
    frequentTogether: Uint32Array.of(),
    heavyRules: Uint32Array.of(),
    heavyWeights: Uint32Array.of(),
    rowOffsets: Uint32Array.of(0, 2),
    rowSongs: Uint32Array.of(0, 2),
    rowWeights: Uint32Array.of(724),
    antecedentRowOffsets: Uint32Array.of(0, 0, 0, 1, 1, 1),
    antecedentRows: Uint32Array.of(0),
    playlistHashes: Uint32Array.of(),
  };
}

function dictionaryOf(names: readonly string[]): Dictionary {
  return atOnce(packDictionary(atOnce(sortNames(packNames(names))).sorted));
}

/** These names, which no word and no part leads to. */
function smallIndex(names: string[]): NameIndex {
  const none = (keys: number) => ({ offsets: new Uint32Array(keys + 1), names: new Uint8Array() });
  return {
    ...dictionaryOf(names),
    oddLetters: new Uint16Array(names.length),
    words: dictionaryOf([]),
    withWord: none(0),
    withSegment: none(bucketsFor(names.length)),
  };
}

/** Writes the small snapshot of this key. */
export function writeSmall(store: string, key: string): Promise<SnapshotFile> {
  return writeSnapshot(store, encodeSnapshot(smallSnapshot(key)));
}

/** Writes and publishes it. */
export async function publishSmall(
  store: string,
  key: string,
  sequence: string,
): Promise<Publication> {
  return publish(store, await writeSmall(store, key), { key, sequence });
}

/** Publishes A, B, ... as versions 1, 2, ... in a folder; gives it back. */
export async function fillStore(store: string, keys: string): Promise<string> {
  for (const [i, key] of [...keys].entries()) await publishSmall(store, key, `0${i}`);
  return store;
}

/** A process of its own that runs a module, which may import what stands in this folder. */
export interface Script {
  process: ChildProcess;
  /** How it ended, and all that it wrote. */
  ended: Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>;
}

/** Starts a module given as text; `shared('x.ts')` in it is the address of a file here. */
export function startScript(
  code: string,
  environment: Record<string, string> = {},
  shell = 'exec "$@"',
): Script {
  const shared = `const shared = (name) => new URL(name, ${JSON.stringify(import.meta.url)}).href;`;
  const node = [process.execPath, '--input-type=module', '-e', `${shared}\n${code}`];
  const child = spawn('bash', ['-c', shell, 'bash', ...node], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([stdout, stderr, [status, signal]]) => ({ code: status, signal, stdout, stderr }),
  );
  return { process: child, ended };
}

/** What somebody does to a name who types it wrong; `place` is taken round its length. */
export interface Edit {
  /** A letter is left out, put in, another one, or changes places with the next. */
  kind: number;
  place: number;
  letter: string;
}

/** A name with one edit. */
export function edited(name: string, { kind, place, letter }: Edit): string {
  const at = place % (name.length + 1);
  const [before, here, next, after] = [
    name.slice(0, at),
    name.slice(at, at + 1),
    name.slice(at + 1, at + 2),
    name.slice(at + 2),
  ];
  return [
    before + next + after,
    before + letter + here + next + after,
    before + letter + next + after,
    before + next + here + after,
  ][kind];
}
