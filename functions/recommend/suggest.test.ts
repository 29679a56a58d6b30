import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { edited } from '../../shared/sample.ts';
import { forgiven } from '../../shared/segments.ts';
import { canonicalArtist, canonicalTitle } from '../../shared/song.ts';
import { edits } from './edits.ts';
import { artistOf, type Model, titleOf } from './model.ts';
import { modelOf, nameOf, playlists } from './sample.ts';
import { suggest } from './suggest.ts';
import { mostWords } from './words.ts';

/** The classes of `suggest`, by looking at every song for each of them. */
function plainSuggest(model: Model, typed: string, limit: number): number[] {
  const title = canonicalTitle(typed);
  const artist = canonicalArtist(typed);
  if (title === '') return [];
  const beginning = typed === typed.trimEnd() ? title : `${title} `;
  const words = title.split(' ');
  const near = (text: string, distance: number) => {
    const most = forgiven(text.length);
    return (name: string) => distance <= most && edits(text, name, most) === distance;
  };
  const titleNear = [1, 2].map((distance) => near(title, distance));
  const artistNear = [1, 2].map((distance) => near(artist, distance));
  const classes: ((t: string, a: string) => boolean)[] = [
    (t) => t === title,
    (t) => t.startsWith(beginning),
    (_, a) => a.startsWith(artist),
    (t, a) => words.length <= mostWords && areWordsOf(words, t, a),
    (t) => titleNear[0](t),
    (_, a) => artistNear[0](a),
    (t) => titleNear[1](t),
    (_, a) => artistNear[1](a),
  ];
  const songs = Array.from({ length: model.songs }, (_, song) => song);
  const found = classes.flatMap((is) =>
    songs.filter((song) =>
      is(canonicalTitle(titleOf(model, song)), canonicalArtist(artistOf(model, song))),
    ),
  );
  if (found.length === 0) {
    const beginnings = words.map((_, i) => words.slice(0, words.length - 1 - i).join(' '));
    const titles = songs.map((song) => canonicalTitle(titleOf(model, song)));
    const longest = beginnings.find((one) => one !== '' && titles.includes(one));
    found.push(...songs.filter((song) => titles[song] === longest));
  }
  return [...new Set(found)].slice(0, limit);
}

function areWordsOf(words: readonly string[], title: string, artist: string): boolean {
  return [...words, ''].some((_, i) => {
    const [first, rest] = [words.slice(0, i), words.slice(i)];
    return (
      (beginWords(first, title) && beginWords(rest, artist)) ||
      (beginWords(first, artist) && beginWords(rest, title))
    );
  });
}

function beginWords(words: readonly string[], name: string): boolean {
  return words.every((word) => name.startsWith(word) || name.includes(` ${word}`));
}

const letter = fc.constantFrom('a', 'b', 'c', 'd', 'é', 'カ', ' ', ' ');
const anyName = fc.string({ unit: letter, minLength: 1, maxLength: 20 });
/** Names that are alike, and a few that objects have for themselves. */
const anySong = fc.tuple(
  fc.oneof(anyName, fc.constantFrom('abcd abcd', 'abcd  dcba', '__proto__', '???', 'constructor')),
  fc.oneof(fc.constantFrom('', 'abab', 'abcd', 'the abcd', 'ba ab'), anyName),
);
const anySongs = fc
  .array(anySong, { minLength: 1, maxLength: 30 })
  .map((songs) => songs.map(([title, artist]) => `${title.trim() || 'a'} - ${artist.trim()}`));

/** What is typed: anything, or a part of a name or of both, rightly or not. */
const anyTyping = fc.record({
  from: fc.nat(),
  anything: fc.option(anyName),
  parts: fc.constantFrom('title', 'artist', 'both'),
  start: fc.nat({ max: 3 }),
  end: fc.integer({ min: 1, max: 20 }),
  edits: fc.array(fc.record({ place: fc.nat({ max: 20 }), kind: fc.nat({ max: 3 }), letter }), {
    maxLength: 2,
  }),
});

function typing(songs: string[], { from, anything, parts, start, end, edits }: Typing): string {
  if (anything !== null) return anything;
  const [title, artist] = songs[from % songs.length].split(' - ');
  const name = { title, artist, both: `${title} ${artist}` }[parts].slice(start, start + end);
  return edits.reduce(edited, name);
}
type Typing = typeof anyTyping extends fc.Arbitrary<infer Value> ? Value : never;

t.test('suggestions equal a look at every song', async () => {
  await fc.assert(
    fc.asyncProperty(
      anySongs,
      fc.array(anyTyping, { minLength: 20, maxLength: 20 }),
      fc.integer({ min: 1, max: 12 }),
      async (songs, typings, limit) => {
        const model = await modelOf([songs, songs.slice(0, 3), songs.slice(1, 2)]);
        for (const typed of typings.map((one) => typing(songs, one))) {
          const found = suggest(model, typed, limit);
          const plain = plainSuggest(model, typed, limit);
          const names = (list: number[]) => list.map((song) => nameOf(model, song));
          assert.deepEqual(names(found), names(plain), `"${typed}"`);
        }
      },
    ),
    { numRuns: 60 },
  );
});

t.test('a person finds songs', async (t) => {
  const model = await modelOf([
    ...playlists,
    ['Yellow Submarine - The Beatles', 'Beat It - Michael Jackson', 'Yellow - Coldplay'],
    ['Beat It - Michael Jackson', '夜に駆ける - YOASOBI', 'حبيبي - Nancy Ajram', '??? - Signs'],
    ['🔥 - Somebody', '__proto__ - constructor', 'Déjame - Manolo', 'Oh My - One', 'Ohio - Two'],
    ['Ohio - Two', 'Yellow Submarine in the Sea - X'],
  ]);
  const names = (typed: string, limit?: number) =>
    suggest(model, typed, limit).map((song) => nameOf(model, song));
  const first = (typed: string) => names(typed, 1)[0];
  t.same(names('BEAT', 3), [
    'Beat It - Michael Jackson',
    'Yesterday - The Beatles',
    'Let It Be - The Beatles',
  ]);
  t.equal(first('the beatles'), 'Yesterday - The Beatles');
  t.same(names('hello'), ['Hello - Adele', 'Hello - Lionel Richie']);
  t.equal(first('submarine'), 'Yellow Submarine - The Beatles', 'by a word in the middle');
  t.equal(first('subm'), 'Yellow Submarine - The Beatles');
  t.equal(first('richie hello'), 'Hello - Lionel Richie', 'by artist and title');
  t.equal(first('hello lio'), 'Hello - Lionel Richie', 'while the artist is typed');
  t.equal(first('yesterdya'), 'Yesterday - The Beatles', 'with a slip');
  t.equal(first('yelow submarine in teh sea'), 'Yellow Submarine in the Sea - X', 'with two slips');
  t.equal(first('micheal jackson'), 'Beat It - Michael Jackson');
  t.same(names('oh'), ['Ohio - Two', 'Oh My - One']);
  t.same(names('oh '), ['Oh My - One', 'Ohio - Two'], 'a blank ends the word');
  t.equal(first('夜に'), '夜に駆ける - YOASOBI');
  t.equal(first('夜に駆る'), '夜に駆ける - YOASOBI');
  t.equal(first('حبيب'), 'حبيبي - Nancy Ajram');
  t.equal(first('🔥'), '🔥 - Somebody');
  t.equal(first('??'), '??? - Signs');
  t.equal(first('__proto__'), '__proto__ - constructor');
  t.equal(first('constr'), '__proto__ - constructor');
  t.equal(first('dejame'), 'Déjame - Manolo');
  t.equal(first('yesterday ba beetels'), 'Yesterday - The Beatles', 'with a slip behind the title');
  t.same(names('zzzzzz'), []);
  t.same(names(' '), []);
  t.same(names('zz '.repeat(80)), [], 'a long text is no trouble');
});

t.test('words that many names have are told from rare ones', async (t) => {
  const many = Array.from({ length: 600 }, (_, i) => `Love Song ${i} - Love Band ${i % 200}`);
  const few = ['Quartz Love - Band', 'Love Quartz - Lovers', 'Song - Quartz Love', 'Tune - Quartz'];
  const model = await modelOf([
    [...many, ...few, 'Other - Love Quartz Band', 'Quartz Song - Love'],
  ]);
  for (const typed of [
    ...['quartz love', 'love quartz', 'quartz love band', 'song love quartz', 'lov qu', 'qu lov'],
    ...['band quartz', 'love 7 quartz', 'band love quartz song', 'love quartz song', 'song 7 love'],
    ...['love song love', 'band 7 lov', '17 love b', 'quartz quartz love', 'love quartz love'],
  ]) {
    t.strictSame(suggest(model, typed, 10), plainSuggest(model, typed, 10), typed);
  }
});

t.test('an empty model suggests nothing', async (t) => {
  t.same(suggest(await modelOf([]), 'yesterday'), []);
});
