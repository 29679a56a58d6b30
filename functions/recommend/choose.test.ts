import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { Ranking } from './best.ts';
import { choose, longestRun } from './choose.ts';
import { artistOf, type Model } from './model.ts';
import { modelOf, songOf } from './sample.ts';

const artists = ['A', 'A', 'A', 'A', 'A', 'B', 'B', 'C', '', '', ''];
const names = artists.map((artist, i) => (artist === '' ? `Song ${i}` : `Song ${i} - ${artist}`));
const model = await modelOf([names]);
const ranked = names.map((name) => songOf(model, name));
const all: Ranking = { songs: ranked, scores: ranked.map((_, i) => 1 - i / 100) };
const ranking = (most: number): Ranking => ({
  songs: all.songs.slice(0, most),
  scores: all.scores.slice(0, most),
});

const anyChoice = fc.record({
  limit: fc.integer({ min: 1, max: 12 }),
  excluded: fc.uniqueArray(fc.constantFrom(...ranked)).map((songs) => new Set(songs)),
  diversity: fc.constantFrom(0, 0.2, 0.3, 0.5, 0.7, 1),
});

t.test('an answer has the best songs, none of them twice or excluded', async () => {
  fc.assert(
    fc.property(anyChoice, (choice) => {
      const { songs, scores } = choose(model, ranking, choice);
      const allowed = ranked.filter((song) => !choice.excluded.has(song));
      assert.equal(songs.length, Math.min(choice.limit, allowed.length));
      assert.equal(new Set(songs).size, songs.length);
      assert.ok(songs.every((song) => allowed.includes(song)));
      songs.forEach((song, i) => {
        assert.equal(scores[i], all.scores[ranked.indexOf(song)]);
      });
      if (choice.diversity === 0) assert.deepEqual(songs, allowed.slice(0, choice.limit));
    }),
  );
});

t.test('no artist has a longer run than diversity allows, while there is another', async () => {
  fc.assert(
    fc.property(anyChoice, (choice) => {
      const { songs } = choose(model, ranking, choice);
      const pool = ranking(choice.limit * 5 + choice.excluded.size).songs;
      const longest = longestRun(choice.diversity);
      for (let end = longest; end < songs.length; end++) {
        const run = new Set(songs.slice(end - longest, end + 1).map((s) => artistOf(model, s)));
        if (run.size > 1 || run.has('')) continue;
        const left = pool.filter(
          (s) => !choice.excluded.has(s) && !songs.slice(0, end).includes(s),
        );
        assert.ok(left.every((song) => run.has(artistOf(model, song))));
      }
    }),
  );
});

t.test('each place goes to the best song that may have it', async (t) => {
  const order = (diversity: number, of: Model = model) =>
    choose(of, ranking, { limit: 7, excluded: new Set(), diversity })
      .songs.map((song) => ranked.indexOf(song))
      .join(' ');
  t.equal(order(0), '0 1 2 3 4 5 6');
  t.equal(order(1), '0 5 1 6 2 7 3');
  t.equal(order(0.5), '0 1 5 2 3 6 4');
  t.equal(order(0.26), '0 1 2 5 3 4 6');
  t.equal(order(0.2), '0 1 2 3 4 5 6');
});
