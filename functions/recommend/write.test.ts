import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { find, recommend } from './recommend.ts';
import { anyPlaylists, anyScoring, modelOf, playlists } from './sample.ts';
import { writeAnswer } from './write.ts';

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
      assert.equal(writeAnswer(model, find(model, request)), text);
      assert.equal(writeAnswer(model, find(model, request)), text, 'and so is it of the next one');
    }),
    { numRuns: 100 },
  );
});

t.test('names are written as JSON has them, be they kept or not', async (t) => {
  const named = [
    ...playlists,
    ['Say "hi" - Back\\slash', 'Ünï\u2028 - \u0001', 'Yesterday - The Beatles'],
  ];
  const model = await modelOf(named);
  for (const kept of [Number.POSITIVE_INFINITY, 2, 0]) {
    const { titles, artists } = model.json;
    titles.length = Math.min(titles.length, kept);
    artists.length = Math.min(artists.length, kept);
    for (const song of ['Say "hi"', 'Yesterday', 'Yesterdayy', 'xyzzy']) {
      const request = { songs: [song], limit: 200 };
      t.equal(writeAnswer(model, find(model, request)), JSON.stringify(recommend(model, request)));
    }
  }
});
