import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { canonicalArtist, canonicalTitle } from '../../shared/song.ts';
import { type Asked, matchSongs, mostCorrections } from './match.ts';
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

t.test('of homonyms the other songs asked for decide', async (t) => {
  const pop = ['Hello - Adele', 'Skyfall - Adele', 'Halo - Beyoncé'];
  const soul = ['Hello - Lionel Richie', 'Easy - Commodores', 'Truly - Lionel Richie'];
  const some = await modelOf([pop, pop, pop.slice(0, 2), soul, soul, ['Alone - Heart']]);
  const meant = (...asked: Asked[]) =>
    matchSongs(some, asked).matched.map(({ song }) => nameOf(some, song));
  t.same(meant('Hello'), ['Hello - Adele'], 'the one in most playlists where none is given');
  t.same(meant('Hello', 'Alone'), ['Hello - Adele', 'Alone - Heart']);
  t.same(meant('Hello', 'Easy')[0], 'Hello - Lionel Richie');
  t.same(meant('Easy', 'Alone', 'hello')[2], 'Hello - Lionel Richie', 'in any order');
  t.same(meant('Hello', 'Halo')[0], 'Hello - Adele');
  t.same(meant({ track: 'Hello', artist: 'Adele' }, 'Easy')[0], 'Hello - Adele');
  const [{ others }] = matchSongs(some, ['Hello', 'Easy']).matched;
  t.equal(others, 1);
  const strangers = await modelOf([['Hello - A'], ['Hello - A'], ['Hello - B'], ['Truly - B']]);
  const [hello] = matchSongs(strangers, ['Hello', 'Truly']).matched;
  t.equal(nameOf(strangers, hello.song), 'Hello - B', 'who made another of them decides, too');
});

t.test(
  'a misspelt name is corrected where only one is as near, and the answer says so',
  async (t) => {
    const some = await modelOf([
      ['Yesterday - The Beatles', 'Hello - Adele', 'Hello - Lionel Richie', 'Hallo - Somebody'],
      ['夜に駆ける - YOASOBI', '__proto__ - constructor', '??? - Signs'],
    ]);
    const cases: [Asked, string | undefined][] = [
      ['Yestreday', 'Yesterday - The Beatles'],
      ['Yesterday - The Beatels', 'Yesterday - The Beatles'],
      ['Yestreday - Beatles', 'Yesterday - The Beatles'],
      [{ track: 'Yestarday', artist: 'the beatles' }, 'Yesterday - The Beatles'],
      [{ track: 'Yesterday', artist: 'Beattles' }, 'Yesterday - The Beatles'],
      [{ track: 'Helo', artist: 'Adele' }, 'Hello - Adele'],
      [{ track: 'Hello', artist: 'Lionel Ritchie' }, 'Hello - Lionel Richie'],
      ['夜に駆けろ', '夜に駆ける - YOASOBI'],
      ['__protto__', '__proto__ - constructor'],
      ['????', '??? - Signs'],
      // Two titles are as near, or none is.
      ['Hxllo', undefined],
      ['Tomorrow', undefined],
      ['??', undefined],
      [{ track: 'Yestreday', artist: 'ABBA' }, undefined],
      [{ track: 'Yesterday', artist: 'ABBA' }, undefined],
    ];
    for (const [asked, expected] of cases) {
      const [match] = matchSongs(some, [asked]).matched;
      t.equal(match && nameOf(some, match.song), expected, JSON.stringify(asked));
      t.equal(match?.corrected, expected === undefined ? undefined : true);
    }
    t.equal(matchSongs(some, ['The Beatles - Yesterday']).matched[0].corrected, false);
    const many = Array.from({ length: mostCorrections + 1 }, () => 'Yestreday');
    t.equal(matchSongs(some, many).matched.length, mostCorrections, 'so many of a request are');
    t.equal(matchSongs(some, [...many, 'Yesterday']).matched.length, mostCorrections + 1);
  },
);

t.test('the artist of an unknown song is known by name', async (t) => {
  const artists = (...asked: Asked[]) =>
    matchSongs(model, asked).artists.map((artist) => model.artists.names.nameAt(artist));
  t.same(artists({ track: 'xyzzy', artist: 'The Beatles' }), ['beatles']);
  t.same(artists('xyzzy - Adele', 'Heart - xyzzy', 'xyzzy - adele'), ['adele', 'heart']);
  t.same(artists('xyzzy', { track: 'xyzzy', artist: 'Nobody' }), []);
  t.same(artists({ track: 'Hello', artist: 'Adele' }), [], 'only of those');
});

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
