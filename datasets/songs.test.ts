import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { songKey } from '../shared/song.ts';
import { moods } from './moods.ts';
import { readScenes, readSongs } from './songs.ts';

const songsFile = join(import.meta.dirname, 'songs.csv');
const songs = readSongs(songsFile);
const scenes = readScenes(join(import.meta.dirname, 'scenes.csv'));
const genres = new Set(
  'afrobeat blues chanson country disco electronic folk hip-hop indie jazz latin metal pop punk r&b reggae rock soul'.split(
    ' ',
  ),
);

/** A file with this text, gone after the test. */
function fileOf(t: Test, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'segue-songs-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'list.csv');
  writeFileSync(file, text);
  return file;
}

t.test('songs.csv is as its README says', (t) => {
  const text = readFileSync(songsFile, 'utf8');
  t.ok(text.startsWith('title,artist,year,genre\n'), 'header');
  t.ok(text.endsWith('\n'), 'the last line ends');
  t.equal(text, text.normalize('NFC'), 'Unicode in the composed form');
  t.notMatch(text, /[\r\t\ufffd’]/u, 'no odd signs');
  t.ok(songs.length >= 800, `${songs.length} songs`);

  const collator = new Intl.Collator('en');
  const sorted = songs.toSorted(
    (one, other) =>
      collator.compare(one.artist, other.artist) ||
      one.year - other.year ||
      collator.compare(one.title, other.title),
  );
  t.strictSame(songs, sorted, 'sorted by artist, year and title');
  t.end();
});

t.test('every song of songs.csv', (t) => {
  const bad = (wrong: (song: (typeof songs)[number]) => boolean) => songs.filter(wrong);
  t.strictSame(
    bad(({ year }) => year < 1900 || year > 2026),
    [],
    'has a year that can be',
  );
  t.strictSame(
    bad(({ genre }) => !genres.has(genre)),
    [],
    'has a genre of the list',
  );
  t.strictSame(
    bad(({ title, artist }) => `${title}|${artist}` !== `${title.trim()}|${artist.trim()}`),
    [],
    'has no blanks around its names',
  );
  const byKey = Map.groupBy(songs, ({ title, artist }) => songKey(title, artist));
  t.strictSame(
    [...byKey.values()].filter((same) => same.length > 1),
    [],
    'is there once',
  );
  const byArtist = Map.groupBy(songs, ({ artist }) => songKey('', artist));
  const spellings = [...byArtist.values()].map((own) => new Set(own.map(({ artist }) => artist)));
  t.strictSame(
    spellings.filter((names) => names.size > 1),
    [],
    'spells its artist as the others',
  );
  t.end();
});

t.test('songs.csv has what examples speak of', (t) => {
  const has = (title: string, artist: string) =>
    t.ok(
      songs.some((song) => song.title === title && song.artist === artist),
      title,
    );
  for (const title of ['Yesterday', 'Hey Jude', 'Let It Be']) has(title, 'The Beatles');
  for (const artist of ['Johnny Cash', 'Nine Inch Nails']) has('Hurt', artist);
  for (const artist of ['Adele', 'Lionel Richie']) has('Hello', artist);
  for (const artist of ['Radiohead', 'TLC', 'Stone Temple Pilots']) has('Creep', artist);
  t.end();
});

t.test('scenes and moods speak of songs that are there', (t) => {
  const artists = new Set(songs.map(({ artist }) => artist));
  for (const { scene, from, to, artists: members } of scenes) {
    t.strictSame(
      members.filter((name) => !artists.has(name)),
      [],
      scene,
    );
    t.equal(new Set(members).size, members.length, `${scene}: nobody twice`);
    const own = songs.filter(
      ({ artist, year }) => members.includes(artist) && year >= from && year <= to,
    );
    t.ok(own.length >= 5, `${scene} has songs`);
    const present = new Set(own.map(({ artist }) => artist));
    t.strictSame(
      members.filter((name) => !present.has(name)),
      [],
      `${scene}: in those years`,
    );
  }
  for (const mood of moods) {
    const unknown = [...(mood.genres ?? [])].filter(([genre]) => !genres.has(genre));
    t.strictSame(unknown, [], `genres of ${mood.name}`);
    for (const [artist, titles] of mood.songs ?? []) {
      const own = songs.filter((song) => song.artist === artist).map(({ title }) => title);
      t.strictSame(
        titles.filter((title) => !own.includes(title)),
        [],
        `${mood.name}: ${artist}`,
      );
    }
  }
  t.end();
});

t.test('a list that cannot be read says why', (t) => {
  const cases: [text: string, code: string, says: RegExp][] = [
    ['title,artist,genre\nHello,Adele,soul\n', 'dataset-corrupt', /header is "title,artist,genre"/],
    ['title,artist,year,genre\n', 'dataset-empty', /no playlist/],
    ['', 'dataset-empty', /no playlist/],
    ['title,artist,year,genre\nHello,Adele,2015\n', 'dataset-corrupt', /line 2/],
    ['title,artist,year,genre\nHello,,2015,soul\n', 'dataset-corrupt', /row 1 has no artist/],
    ['title,artist,year,genre\nHello,Adele,15,soul\n', 'dataset-corrupt', /"15" is no year/],
  ];
  for (const [text, code, message] of cases) {
    t.throws(() => readSongs(fileOf(t, text)), { code, message }, JSON.stringify(text));
  }
  t.throws(() => readSongs('/nowhere/songs.csv'), { code: 'dataset-missing' });
  t.throws(() => readScenes(fileOf(t, 'scene,from\n')), { code: 'dataset-corrupt' });
  t.end();
});

t.test('a list with a byte-order mark and quotes is read', (t) => {
  const file = fileOf(t, '\ufefftitle,artist,year,genre\r\n"A ""B"", C",D,1999,pop\r\n');
  t.strictSame(readSongs(file), [{ title: 'A "B", C', artist: 'D', year: 1999, genre: 'pop' }]);
  t.end();
});
