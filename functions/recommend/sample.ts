/** What the tests of recommending share: small models, made by the pipeline itself. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SnapshotFacts } from '../../shared/facts.ts';
import { memoryFor } from '../../shared/memory.ts';
import { type Scoring, type SeedScoring, seedClasses, startScoring } from '../../shared/scoring.ts';
import { decodeSnapshot, encodeSnapshot, type Snapshot, sha256Of } from '../../shared/snapshot.ts';
import { writeSnapshot } from '../../shared/store/files.ts';
import type { Head } from '../../shared/store/heads.ts';
import { publish } from '../../shared/store/publish.ts';
import { fit } from '../retrain/fit.ts';
import { toSnapshot } from '../retrain/publish.ts';
import { addRow, emptyBatch, type RowBatch } from '../retrain/read/row.ts';
import { tabulate } from '../retrain/table.ts';
import { toTransactions } from '../retrain/transactions.ts';
import { artistOf, type Model, titleOf, toModel } from './model.ts';

/** A song: "Title", or "Title - Artist". */
export type SongName = string;

/** What a sample is fitted with. */
export interface SampleSettings {
  minSupport: number;
  maxLength: number;
  maxVisits: number;
  scoring: SampleScoring;
}

/** A scoring that is the same for any number of songs asked for. */
export type SampleScoring = Pick<Scoring, 'aggregation' | 'lengthExponent'> & SeedScoring;

/** Plain sums of confidences. */
export const plainScoring: SampleScoring = {
  aggregation: 'sum',
  lengthExponent: 0,
  shrinkage: 0,
  artistWeight: 0,
  artistShrinkage: 0,
  artistSpread: 0,
  spreadExponent: 0,
  popularityDamping: 0,
  longWeight: 1,
};

export const sampleSettings: SampleSettings = {
  minSupport: 1,
  maxLength: 2,
  maxVisits: 8192,
  scoring: {
    aggregation: 'sum',
    lengthExponent: 0.5,
    ...startScoring.bySeeds[1],
  },
};

/** Playlists that most tests can do with: two worlds that share one song, and two homonyms. */
export const playlists: SongName[][] = [
  ['Yesterday - The Beatles', 'Let It Be - The Beatles', 'Imagine - John Lennon'],
  ['Yesterday - The Beatles', 'Let It Be - The Beatles', 'Hey Jude - The Beatles'],
  ['Yesterday - The Beatles', 'Hey Jude - The Beatles', 'Hello - Adele'],
  ['Hello - Adele', 'Skyfall - Adele'],
  ['Hello - Lionel Richie', 'Easy - Commodores'],
  ['Alone - Heart'],
];

/** Playlists to the snapshot that a training would make of them. */
export async function snapshotOf(
  songs: readonly (readonly SongName[])[],
  { minSupport, maxLength, maxVisits, scoring }: SampleSettings = sampleSettings,
): Promise<Snapshot> {
  const { aggregation, lengthExponent, ...parameters } = scoring;
  const set = await toTransactions(await tabulate(rowsOf(songs)));
  const fitted = await fit(set, {
    minSupport,
    longSupport: minSupport,
    maxLength,
    maxItemsets: 1e6,
    lengthExponent,
    maxVisits,
    room: 1,
    threads: 1,
  });
  const facts: SnapshotFacts = {
    key: 'a'.repeat(64),
    datasets: [{ name: 'sample.csv', sha256: 'b'.repeat(64), bytes: 1 }],
    counts: { transactions: set.ids.length, rules: fitted.songRules },
    settings: { minSupport, maxLength },
    scoring: {
      aggregation,
      lengthExponent,
      weightScale: fitted.weightScale,
      bySeeds: seedClasses.map(() => parameters),
    },
    metrics: {},
    judged: null,
  };
  return toSnapshot(facts, set.catalogue, fitted.rules);
}

/** Playlists to a model that answers. */
export async function modelOf(
  songs: readonly (readonly SongName[])[],
  settings: Partial<SampleSettings> = {},
): Promise<Model> {
  const snapshot = await snapshotOf(songs, { ...sampleSettings, ...settings });
  const head: Head = {
    seq: 1,
    version: '1',
    file: 'none.msgpack',
    bytes: 1,
    sha256: 'c'.repeat(64),
    cause: 'published',
    created: '2026-01-02T03:04:05.678Z',
    sequence: '0'.repeat(26),
    key: snapshot.facts.key,
  };
  return toModel(head, snapshot);
}

/** The same snapshot, read into memory as from a file: a model of it has a kernel. */
export function inMemory(snapshot: Snapshot): Snapshot {
  const bytes = encodeSnapshot(snapshot);
  const memory = memoryFor(bytes.length);
  assert(memory !== undefined);
  const there = Buffer.from(memory.wasm.buffer, 0, bytes.length);
  bytes.copy(there);
  const sha256 = sha256Of(bytes);
  return decodeSnapshot(there, 'file', sha256, sha256, memory);
}

/** The same snapshot without rules that are told apart, as those of earlier versions are. */
export function inWideColumns(snapshot: Snapshot): Snapshot {
  const { frequentRules, frequentTogether, heavyRules, heavyWeights } = snapshot;
  const ruleTogether = Uint32Array.from(snapshot.ruleTogether);
  const ruleWeights = Uint32Array.from(snapshot.ruleWeights);
  for (const [i, rule] of frequentRules.entries()) ruleTogether[rule] = frequentTogether[i];
  for (const [i, rule] of heavyRules.entries()) ruleWeights[rule] = heavyWeights[i];
  const none = new Uint8Array();
  const nothingApart = { frequentRules: none, frequentTogether: none };
  return {
    ...{ ...snapshot, ruleTogether, ruleWeights },
    ...{ ...nothingApart, heavyRules: none, heavyWeights: none },
  };
}

/** Publishes a model of these playlists, as the newest upload. */
export async function publishSample(
  store: string,
  songs: readonly (readonly SongName[])[],
  maxLength = sampleSettings.maxLength,
): Promise<Head> {
  const snapshot = await snapshotOf(songs, { ...sampleSettings, maxLength });
  const file = await writeSnapshot(store, encodeSnapshot(snapshot));
  const sequence = String(Date.now()).padStart(26, '0');
  const { head } = await publish(store, file, { key: snapshot.facts.key, sequence });
  return head;
}

/** The name of a model's song. */
export function nameOf(model: Model, song: number): SongName {
  const artist = artistOf(model, song);
  return titleOf(model, song) + (artist === '' ? '' : ` - ${artist}`);
}

/** The song of a name; names of samples are unlike each other. */
export function songOf(model: Model, name: SongName): number {
  return Array.from(model.snapshot.supports, (_, song) => nameOf(model, song)).indexOf(name);
}

/** Playlists of a few songs, long and short, some of the same artist, some of nobody's; songs of the same playlist are different. */
export const anyPlaylists: fc.Arbitrary<SongName[][]> = fc.array(
  fc.uniqueArray(fc.constantFrom('A - X', 'B - X', 'C - X', 'D - Y', 'E - Y', 'F - Z', 'G', 'H'), {
    minLength: 1,
    maxLength: 6,
  }),
  { minLength: 1, maxLength: 14 },
);

/** Scorings, among them those that leave something out. */
export const anyScoring: fc.Arbitrary<SampleScoring> = fc.record({
  aggregation: fc.constantFrom('sum', 'max'),
  lengthExponent: fc.constantFrom(0, 0.5, 1),
  shrinkage: fc.constantFrom(0, 2.5, 10),
  artistWeight: fc.constantFrom(0, 1, 20),
  artistShrinkage: fc.constantFrom(0, 5),
  artistSpread: fc.constantFrom(0, 0.3, 1),
  spreadExponent: fc.constantFrom(0, 0.6, 1),
  popularityDamping: fc.constantFrom(0, 0.1, 1),
  longWeight: fc.constantFrom(0, 1, 2.5),
});

async function* rowsOf(songs: readonly (readonly SongName[])[]): AsyncGenerator<RowBatch> {
  const batch = emptyBatch('sample');
  for (const [i, playlist] of songs.entries()) {
    for (const song of playlist) {
      const dash = song.lastIndexOf(' - ');
      const [title, artist] =
        dash === -1 ? [song, ''] : [song.slice(0, dash), song.slice(dash + 3)];
      addRow(batch, i, String(i), title, artist, song);
    }
  }
  yield batch;
}
