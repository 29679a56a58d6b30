import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { allocate, memoryFor } from '../../shared/memory.ts';
import type { Numbers } from '../../shared/packing.ts';
import { type Model, tablesFor, toModel, toTables } from './model.ts';
import {
  anyPlaylists,
  anyScoring,
  inMemory,
  inWideColumns,
  modelOf,
  plainScoring,
  sampleSettings,
} from './sample.ts';
import { rank } from './score.ts';
import { scoreWasm } from './score.wasm.ts';

/** Whatever is asked, both give the same songs with the same bits, and clear up. */
function assertEqual(kernel: Model, plain: Model, songs: number[], limit: number): void {
  assert(kernel.kernel !== undefined && plain.kernel === undefined);
  assert.deepStrictEqual(tablesFor(kernel, songs.length), tablesFor(plain, songs.length));
  for (let turn = 0; turn < 2; turn++) {
    const seeds = { songs, artists: [] };
    assert.deepStrictEqual(rank(kernel, seeds, limit), rank(plain, seeds, limit));
  }
}

const anyQuestion = fc.record({
  playlists: anyPlaylists,
  scoring: anyScoring,
  minSupport: fc.constantFrom(1, 2),
  // How many rules are counted and how many listed.
  maxVisits: fc.constantFrom(0, 4, 8192),
  seed: fc.nat(),
  limit: fc.constantFrom(0, 1, 3, 100, 5000),
});

t.test('the kernel gives the bits of its plain twin', async () => {
  await fc.assert(
    fc.asyncProperty(anyQuestion, async ({ playlists, seed, limit, ...settings }) => {
      const plain = await modelOf(playlists, settings);
      const kernel = toModel(plain.head, inMemory(plain.snapshot));
      const songs = [seed % plain.songs, (seed >> 8) % plain.songs];
      assertEqual(kernel, plain, [...new Set(songs)], limit);
    }),
    { numRuns: 150 },
  );
});

t.test('columns may be of any width', async () => {
  const types = [Uint8Array, Uint16Array, Uint32Array];
  const songs = Array.from({ length: 120 }, (_, i) => `Song ${i} - Artist ${i % 17}`);
  const playlists = fc.sample(fc.shuffledSubarray(songs, { minLength: 20, maxLength: 40 }), {
    numRuns: 30,
    seed: 7,
  });
  // Every playlist counts 1, so that all weights fit into a byte.
  const plain = await modelOf(playlists, { maxVisits: 0 });
  const weights = plain.snapshot.ruleWeights.map((weight) => weight % 251);
  const snapshot = { ...plain.snapshot, ruleWeights: weights };
  for (const Consequents of types) {
    for (const Weights of types) {
      for (const Artists of types) {
        const read = inMemory(snapshot);
        const wide = {
          ruleConsequents: allocate<Numbers>(read.memory, Consequents, weights.length),
          ruleWeights: allocate<Numbers>(read.memory, Weights, weights.length),
          artistOf: allocate<Numbers>(read.memory, Artists, plain.songs),
        };
        wide.ruleConsequents.set(read.ruleConsequents);
        wide.ruleWeights.set(weights);
        wide.artistOf.set(read.artistOf);
        const kernel = toModel(plain.head, { ...read, ...wide });
        for (const limit of [1, 7, 20, 300]) {
          assertEqual(kernel, toModel(plain.head, snapshot), [0, 5, 90], limit);
        }
      }
    }
  }
});

t.test('heavy rules count what they weigh', async () => {
  const common = Array.from({ length: 900 }, (_, i) => ['A - X', 'B - Y', `C ${i % 40} - Z`]);
  for (const aggregation of ['sum', 'max'] as const) {
    const scoring = { ...sampleSettings.scoring, aggregation };
    const plain = await modelOf([...common, ['A - X'], ['B - Y']], { maxVisits: 0, scoring });
    assert(plain.snapshot.heavyRules.length > 0);
    const wide = toModel(plain.head, inWideColumns(plain.snapshot));
    const kernel = toModel(plain.head, inMemory(plain.snapshot));
    for (const songs of [[0], [1], [0, 1, 2], [2, 3]]) {
      assertEqual(kernel, wide, songs, 50);
      assertEqual(kernel, plain, songs, 50);
    }
  }
});

t.test('no song is passed over that its artist lifts among the best', async () => {
  // Of 1 song to 35, so that what an artist gives differs from song to song.
  const songs = Array.from(
    { length: 324 },
    (_, i) => `Song ${i} - Artist ${Math.floor(Math.sqrt(i))}`,
  );
  const playlists = fc.sample(fc.shuffledSubarray(songs, { minLength: 5, maxLength: 20 }), {
    numRuns: 200,
    seed: 11,
  });
  const scoring = { ...plainScoring, artistSpread: 20, artistShrinkage: 1, spreadExponent: 1 };
  const plain = await modelOf(playlists, { maxVisits: 0, scoring });
  const kernel = toModel(plain.head, inMemory(plain.snapshot));
  for (let song = 0; song < 120; song += 3) {
    for (const limit of [1, 2, 8]) assertEqual(kernel, plain, [song, song + 1, song + 2], limit);
  }
});

t.test('parameters that are only tried need not be in the memory', async (t) => {
  const plain = await modelOf([['A - X', 'B - X', 'C - Y'], ['A - X', 'C - Y'], ['B - X']]);
  const kernel = toModel(plain.head, inMemory(plain.snapshot));
  t.ok(kernel.kernel);
  const tables = toTables(kernel.snapshot, kernel.scoring.bySeeds[0]);
  const seeds = { songs: [0], artists: [] };
  t.not(tables.ofSong.buffer, tablesFor(kernel, 1).ofSong.buffer);
  t.same(rank(kernel, seeds, 5, tables), rank(kernel, seeds, 5));
});

t.test(
  'without room or with columns elsewhere there is no kernel, and answers all the same',
  async (t) => {
    const plain = await modelOf([['A', 'B', 'C'], ['A', 'C'], ['B']]);
    const full = inMemory(plain.snapshot);
    if (full.memory) full.memory.taken = full.memory.wasm.buffer.byteLength;
    const seeds = { songs: [0], artists: [] };
    const elsewhere = { ...inMemory(plain.snapshot), artistOf: plain.snapshot.artistOf };
    for (const snapshot of [full, elsewhere]) {
      const model = toModel(plain.head, snapshot);
      t.equal(model.kernel, undefined);
      t.same(rank(model, seeds, 5), rank(plain, seeds, 5));
    }
    t.equal(memoryFor(2 ** 32), undefined, 'a file of 4 GiB is too large');
  },
);

t.test('the kernel that is run is the one that is written', async (t) => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  const out = join(t.testdir(), 'score.wasm');
  const [command, ...parameters] = scripts['wasm:score'].split(' ');
  const { status, stderr } = spawnSync(command, [...parameters, '--outFile', out]);
  t.equal(status, 0, String(stderr));
  t.equal(readFileSync(out).toString('base64'), scoreWasm);
});
