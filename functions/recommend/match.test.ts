import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { canonicalArtist, canonicalTitle } from '../../shared/song.ts';
import { type Asked, matchSongs } from './match.ts';
import { modelOf, nameOf, playlists } from './sample.ts';

const model = await modelOf([
  ...playlists,
  ['__proto__ - constructor', 'constructor - __proto__', 'toString', '??? - !!!'],
  ['Hello - Adele', 'Yesterday - Remix - Somebody'],
]);

/** Whom a song asked for is taken for. */
function found(asked: Asked): { song?: string; others?: number } {
  const { matched, unmatched } = matchSongs(model, [asked]);
  const [match] = matched;
  t.equal(matched.length + unmatched.length, 1);
  return match === undefined ? {} : { song: nameOf(model, match.song), others: match.others };
}

t.test('a title alone is the one in most playlists', async (t) => {
  t.same(found('Hello'), { song: 'Hello - Adele', others: 1 });
  t.same(found('YESTERDAY (Remastered 2009)'), { song: 'Yesterday - The Beatles', others: 0 });
  t.same(found({ track: 'hello' }), { song: 'Hello - Adele', others: 1 });
});

t.test('the artist decides among homonyms', async (t) => {
  t.same(found({ track: 'Hello', artist: 'lionel richie' }), {
    song: 'Hello - Lionel Richie',
    others: 1,
  });
  t.same(found({ track: 'Yesterday', artist: 'Beatles' }), {
    song: 'Yesterday - The Beatles',
    others: 0,
  });
  t.same(found({ track: 'Hello', artist: 'ABBA' }), {}, 'another artist is another song');
  t.same(found({ track: 'toString', artist: '' }), { song: 'toString', others: 0 });
});

t.test('a song as answers are printed is understood', async (t) => {
  t.same(found('Hello - Lionel Richie'), { song: 'Hello - Lionel Richie', others: 1 });
  t.same(found('hello - Adele'), { song: 'Hello - Adele', others: 1 });
  t.same(found('Yesterday - Remastered 2009'), { song: 'Yesterday - The Beatles', others: 0 });
  t.same(found('Yesterday - Remix - somebody'), {
    song: 'Yesterday - Remix - Somebody',
    others: 0,
  });
  t.same(found('Hello - ABBA'), {});
});

t.test('names that objects have for themselves are songs like any other', async (t) => {
  t.same(found('__proto__'), { song: '__proto__ - constructor', others: 0 });
  t.same(found('constructor'), { song: 'constructor - __proto__', others: 0 });
  t.same(found('toString'), { song: 'toString', others: 0 });
  t.same(found('hasOwnProperty'), {});
  t.same(found('???'), { song: '??? - !!!', others: 0 }, 'so are signs');
});

t.test(
  'matched and unmatched are in the order asked, and together are what was asked',
  async (t) => {
    const { matched, unmatched } = matchSongs(model, ['no', 'Hello', 'nor this', 'Easy', 'Hello']);
    t.same(
      matched.map(({ asked }) => asked),
      ['Hello', 'Easy', 'Hello'],
    );
    t.same(unmatched, ['no', 'nor this']);
  },
);

t.test('every song of a model is found by its title and artist', async () => {
  const anyName = fc.constantFrom('a', 'B', 'b', 'c d', 'É', 'feat. x', '!', '?!', '__proto__');
  const anySongs = fc.array(
    fc.tuple(anyName, anyName).map(([title, artist]) => `${title} - ${artist}`),
    { minLength: 1 },
  );
  await fc.assert(
    fc.asyncProperty(anySongs, async (songs) => {
      const some = await modelOf([songs]);
      for (const song of songs) {
        const [track, artist] = song.split(' - ');
        const [match] = matchSongs(some, [{ track, artist }]).matched;
        const [title, by] = nameOf(some, match.song).split(' - ');
        assert.equal(canonicalTitle(title), canonicalTitle(track));
        assert.equal(canonicalArtist(by), canonicalArtist(artist));
      }
    }),
    { numRuns: 50 },
  );
});
