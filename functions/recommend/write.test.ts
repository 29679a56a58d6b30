import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { JsonBytes, literal } from './json.ts';
import { find, findSongs, recommend, recommendBriefly } from './recommend.ts';
import { anyPlaylists, anyScoring, modelOf, playlists } from './sample.ts';
import { writeAnswer, writeBriefAnswer } from './write.ts';

t.test('the text of an answer is its JSON', async () => {
  const anyRequest = anyPlaylists.chain((some) =>
    fc.record({
      playlists: fc.constant(some),
      songs: fc.array(
        fc.oneof(
          fc.constantFrom('xyzzy', 'A "quoted" one', ...some.flat()),
          fc.record({ track: fc.constantFrom(...some.flat()), artist: fc.string() }),
        ),
        { minLength: 1, maxLength: 6 },
      ),
      limit: fc.integer({ min: 1, max: 20 }),
      scoring: anyScoring,
    }),
  );
  await fc.assert(
    fc.asyncProperty(anyRequest, async ({ playlists, songs, limit, scoring }) => {
      const model = await modelOf(playlists, { scoring });
      const request = { songs, limit };
      const text = JSON.stringify(recommend(model, request));
      assert.equal(String(writeAnswer(model, find(model, request))), text);
      const brief = recommendBriefly(model, request);
      for (const id of [undefined, null, 0, 'line "1"', { a: [1] }]) {
        const line = String(writeBriefAnswer(model, id, findSongs(model, request)));
        assert.equal(line, `${JSON.stringify({ id, ...brief })}\n`);
      }
    }),
    { numRuns: 100 },
  );
});

t.test('names are written as JSON has them', async (t) => {
  const named = [
    ...playlists,
    ['Say "hi" - Back\\slash', 'Ünï\u2028 - \u0001\n\u007f', 'Yesterday - The Beatles', '𝄞 - 歌'],
  ];
  const model = await modelOf(named);
  for (const song of ['Say "hi"', 'Yesterday', 'Yesterdayy', 'xyzzy', '𝄞']) {
    const request = { songs: [song], limit: 200 };
    const text = JSON.stringify(recommend(model, request));
    t.equal(String(writeAnswer(model, find(model, request))), text);
  }
});

t.test('numbers are written as JavaScript does', async (t) => {
  const json = new JsonBytes();
  const counts = [0, 1, 9, 10, 99, 100, 12_345, 2 ** 31 - 1];
  const decimals = [0, 0.0001, 0.001, 0.01, 0.1, 0.5, 0.9999, 1, 1.5, 123.456, 1e6, 99_999.9999];
  for (const count of counts) t.equal(String(json.take(() => json.count(count))), String(count));
  for (const value of [...decimals, 1e11, 1e15, 1.5e15, 2 ** 60, Number.POSITIVE_INFINITY]) {
    t.equal(String(json.take(() => json.decimal(value))), String(value));
  }
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 1e11, noNaN: true }), (count, value) => {
      assert.equal(String(json.take(() => json.count(count))), String(count));
      const rounded = Math.round(value * 10_000) / 10_000;
      assert.equal(String(json.take(() => json.decimal(rounded))), String(rounded));
    }),
    { numRuns: 2000 },
  );
});

t.test('what does not fit is written again where it does', async (t) => {
  const json = new JsonBytes();
  const long = literal('x'.repeat(50_000));
  for (const times of [1, 2, 7, 3]) {
    const written = json.take(() => {
      for (let i = 0; i < times; i++) json.literal(long);
      json.value('end');
    });
    t.equal(String(written), `${'x'.repeat(50_000 * times)}"end"`);
  }
});
