import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { canonicalArtist, canonicalTitle } from '../../shared/song.ts';
import { artistOf, type Model, titleOf } from './model.ts';
import { modelOf, nameOf, playlists } from './sample.ts';
import { suggest } from './suggest.ts';

/** The same by looking at every song. */
function plainSuggest(model: Model, typed: string, limit: number): number[] {
  const songs = Array.from({ length: model.songs }, (_, song) => song);
  const begins = (name: string, beginning: string) =>
    beginning !== '' && name.startsWith(beginning);
  const byTitle = songs
    .filter((song) => begins(canonicalTitle(titleOf(model, song)), canonicalTitle(typed)))
    .slice(0, limit);
  const byArtist = songs.filter((song) =>
    begins(canonicalArtist(artistOf(model, song)), canonicalArtist(typed)),
  );
  return [...new Set([...byTitle, ...byArtist])].slice(0, limit);
}

const anyName = fc.string({ unit: fc.constantFrom('a', 'b', 'B', 'é', ' ', '?'), maxLength: 4 });

t.test('suggestions equal a look at every song', async () => {
  const anySong = fc
    .tuple(anyName, anyName)
    .map(([title, artist]) => `x${title} - ${artist}`.slice(title === '' ? 0 : 1));
  const anyPlaylists = fc.array(fc.array(anySong, { minLength: 1, maxLength: 8 }), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(
      anyPlaylists,
      anyName,
      fc.integer({ min: 1, max: 6 }),
      async (songs, typed, limit) => {
        const model = await modelOf([['a'], ...songs]);
        const found = suggest(model, typed, limit);
        assert.deepEqual(found, plainSuggest(model, typed, limit));
        assert.ok(found.length <= limit);
        assert.equal(new Set(found).size, found.length, 'none twice');
      },
    ),
    { numRuns: 200 },
  );
});

t.test('titles go before artists, popular songs before others', async (t) => {
  const model = await modelOf([...playlists, ['Beat It - Michael Jackson']]);
  const names = (typed: string, limit?: number) =>
    suggest(model, typed, limit).map((song) => nameOf(model, song));
  t.same(names('BEAT'), [
    'Beat It - Michael Jackson',
    'Yesterday - The Beatles',
    'Let It Be - The Beatles',
    'Hey Jude - The Beatles',
  ]);
  t.same(names('beat', 2), ['Beat It - Michael Jackson', 'Yesterday - The Beatles']);
  t.same(names('the beatles', 1), ['Yesterday - The Beatles']);
  t.same(names('hello'), ['Hello - Adele', 'Hello - Lionel Richie']);
  t.same(names('zz'), []);
  t.same(names(' '), []);
});

t.test('an artist of very many songs is no trouble', async (t) => {
  const songs = Array.from({ length: 200_000 }, (_, i) => i);
  const model = await modelOf([['Song - Prolific']]);
  const { snapshot } = model;
  const many: Model = {
    ...model,
    snapshot: {
      ...snapshot,
      artistOffsets: Uint32Array.of(0, songs.length),
      artistSongs: Uint32Array.from(songs),
    },
  };
  t.same(suggest(many, 'prolific', 3), [0, 1, 2]);
});
