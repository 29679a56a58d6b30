import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { type Model, toModel } from './model.ts';
import { findSongs, recommend, recommendBriefly } from './recommend.ts';
import {
  anyPlaylists,
  anyScoring,
  inMemory,
  inWideColumns,
  modelOf,
  playlists,
  type SongName,
} from './sample.ts';
import type { RecommendRequest } from './schemas.ts';
import { writeAnswer, writeBriefAnswer } from './write.ts';

/** The same model with a kernel, and so with a writer. */
function withWriter({ head, snapshot }: Model): Model {
  return toModel(head, inMemory(snapshot));
}

/** Both texts are the JSON of what they stand for, the reasons by their plain twin. */
function assertWritten(model: Model, plain: Model, request: RecommendRequest): void {
  const found = findSongs(model, request);
  assert.equal(String(writeAnswer(model, found)), JSON.stringify(recommend(plain, request)));
  const brief = recommendBriefly(plain, request);
  for (const id of [undefined, null, 0, 'line "1"', { a: [1] }]) {
    const line = String(writeBriefAnswer(model, id, found));
    assert.equal(line, `${JSON.stringify({ id, ...brief })}\n`);
  }
}

const anyName = fc.string({ unit: 'grapheme', maxLength: 20 }).map((name) => `${name} - Ünï"\\`);

const anyQuestion = anyPlaylists.chain((some) =>
  fc.record({
    playlists: fc.constant(some),
    names: fc.array(anyName, { minLength: 2, maxLength: 5 }),
    songs: fc.array(
      fc.oneof(
        fc.constantFrom('xyzzy', 'A "quoted" one', ...some.flat()),
        fc.record({ track: fc.constantFrom(...some.flat()), artist: fc.string() }),
      ),
      { minLength: 1, maxLength: 6 },
    ),
    limit: fc.integer({ min: 1, max: 20 }),
    scoring: anyScoring,
    minSupport: fc.constantFrom(1, 2),
    maxLength: fc.constantFrom(2, 3),
    // How many rules are counted and how many listed.
    maxVisits: fc.constantFrom(0, 4, 8192),
  }),
);

t.test('the text of an answer is its JSON, with a kernel and without', async (t) => {
  let written = 0;
  await fc.assert(
    fc.asyncProperty(anyQuestion, async ({ playlists, names, songs, limit, ...settings }) => {
      const plain = await modelOf([...playlists, names], settings);
      const model = withWriter(plain);
      if (model.writer !== undefined) written++;
      for (const asked of [songs, [...songs, ...names]]) {
        assertWritten(plain, plain, { songs: asked, limit });
        assertWritten(model, plain, { songs: asked, limit });
      }
    }),
    { numRuns: 150 },
  );
  t.ok(written > 20, `${written} of 150 models have a writer`);
});

t.test('names are written as JSON has them', async () => {
  const signs = Array.from({ length: 160 }, (_, i) => String.fromCharCode(i)).join('');
  const named: SongName[][] = [
    ...playlists,
    ['Say "hi" - Back\\slash', 'Ünï\u2028 - \u0001\n\u007f', 'Yesterday - The Beatles', '𝄞 - 歌'],
    [`Signs ${signs} - ${signs}`, 'Yesterday - The Beatles', '1234567 - 12345678', '123456789 - '],
  ];
  const plain = await modelOf(named);
  for (const song of [
    'Say "hi"',
    'Yesterday',
    'Yesterday \ud800"\\',
    'Yesterdayy',
    'xyzzy',
    '𝄞',
    '1234567',
  ]) {
    assertWritten(withWriter(plain), plain, { songs: [song], limit: 200 });
  }
});

/** Playlists of so many songs of their own each, so that rules lead from each to the others. */
function many(count: number, songs: number, name = 'Song'): SongName[][] {
  return Array.from({ length: count }, (_, i) =>
    Array.from(
      { length: songs },
      (_, k) => `${name} ${(i * 7 + k) % (3 * songs)} - Artist ${k % 9}`,
    ),
  );
}

t.test('what the writer has no room for is written all the same', async (t) => {
  const plain = await modelOf(many(40, 100), { maxVisits: 0 });
  const model = withWriter(plain);
  t.ok(model.writer);
  const songs = Array.from({ length: 150 }, (_, i) => `Song ${i}`);
  // Antecedents times songs, and songs alone.
  for (const limit of [1, 50, 200, 290]) {
    assertWritten(model, plain, { songs, limit });
    assertWritten(model, plain, { songs: songs.slice(0, 3), limit });
  }
  const id = 'x'.repeat(2 ** 18);
  const found = findSongs(model, { songs: ['Song 1'] });
  t.equal(
    String(writeBriefAnswer(model, id, found)),
    `${JSON.stringify({ id, ...recommendBriefly(plain, { songs: ['Song 1'] }) })}\n`,
  );
  // Names that are long, and longer where they are escaped.
  for (const name of ['x'.repeat(400), '\u0001'.repeat(400), '"'.repeat(400)]) {
    const long = await modelOf(many(20, 70, name), { maxVisits: 0 });
    const written = withWriter(long);
    t.ok(written.writer);
    for (const limit of [20, 200]) {
      assertWritten(written, long, { songs: [`${name} 1`, `${name} 2`], limit });
    }
    assertWritten(written, long, { songs: [`${name} 1`, 'y'.repeat(2 ** 17)], limit: 20 });
  }
});

t.test('rules are told whether narrow columns tell them or not', async () => {
  const common = Array.from({ length: 900 }, (_, i) => ['A - X', 'B - Y', `C ${i % 40} - Z`]);
  const plain = await modelOf([...common, ['A - X', 'B - Y'], ['A - X'], ['B - Y']], {
    maxVisits: 0,
  });
  assert(plain.snapshot.frequentRules.length > 0 && plain.snapshot.heavyRules.length > 0);
  const model = withWriter(plain);
  assert(model.writer);
  for (const songs of [['A'], ['B'], ['A', 'C 1'], ['C 1', 'C 2']]) {
    assertWritten(model, plain, { songs, limit: 50 });
  }
  // A snapshot of an earlier version has them in one column.
  const wide = toModel(plain.head, inMemory(inWideColumns(plain.snapshot)));
  assert(wide.writer);
  assertWritten(wide, plain, { songs: ['A', 'C 1'], limit: 50 });
});

t.test('there is no writer for the highest confidence, nor without room', async (t) => {
  const plain = await modelOf(playlists);
  const full = inMemory(plain.snapshot);
  if (full.memory) full.memory.taken = full.memory.wasm.buffer.byteLength - 2 ** 18;
  t.equal(toModel(plain.head, full).writer, undefined);
});
