import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import t from 'tap';
import { type GenerateOptions, generatePlaylists } from './generate.ts';
import { readScenes, readSongs, type Song } from './songs.ts';

const here = import.meta.dirname;
const songs = readSongs(join(here, 'songs.csv'));
const scenes = readScenes(join(here, 'scenes.csv'));
const sample = gunzipSync(readFileSync(join(here, 'sample.csv.gz'))).toString();
const rows = parse(sample, { columns: true }) as Record<string, string>[];

const generate = (list: readonly Song[], options: Partial<GenerateOptions> = {}) =>
  Array.from(generatePlaylists(list, { playlists: 20, seed: 1, scenes, ...options }));

const run = (...options: string[]) =>
  spawnSync(process.execPath, [join(here, 'generate.ts'), ...options], {
    encoding: 'utf8',
    maxBuffer: 2 ** 25,
  });

/** Any list of songs without repeats, with genres known and not, some by artists of scenes. */
const anySongs: fc.Arbitrary<Song[]> = fc.uniqueArray(
  fc.record({
    title: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    artist: fc.constantFrom('The Beatles', 'The Kinks', 'ABBA', 'A, "B"', 'C\nD', '__proto__'),
    year: fc.integer({ min: 1900, max: 2026 }),
    genre: fc.constantFrom('rock', 'pop', 'disco', 'metal', 'polka', 'constructor'),
  }),
  { selector: ({ title, artist }) => JSON.stringify([title, artist]), maxLength: 60 },
);
const anySeed = fc.integer({ min: 0, max: 2 ** 32 - 1 });

t.test('a playlist has 5 to 60 of the songs, none twice', (t) => {
  fc.assert(
    fc.property(anySongs, anySeed, (list, seed) => {
      const known = new Set(list);
      const playlists = generate(list, { seed });
      if (playlists.length !== (list.length === 0 ? 0 : 20)) return false;
      return playlists.every(({ pid, songs }, index) => {
        const enough = songs.length >= Math.min(5, list.length) && songs.length <= 60;
        const distinct = new Set(songs).size === songs.length;
        return pid === index && enough && distinct && songs.every((song) => known.has(song));
      });
    }),
  );
  t.end();
});

t.test('as many playlists as songs have every song', (t) => {
  fc.assert(
    fc.property(anySongs, anySeed, (list, seed) => {
      const playlists = generate(list, { seed, playlists: list.length });
      return new Set(playlists.flatMap(({ songs }) => songs)).size === list.length;
    }),
  );
  t.end();
});

t.test('the same seed gives the same playlists, fewer are the beginning of more', (t) => {
  fc.assert(
    fc.property(anySeed, (seed) => {
      const few = generate(songs, { seed, playlists: 5 });
      t.strictSame(few, generate(songs, { seed, playlists: 10 }).slice(0, 5));
    }),
    { numRuns: 5 },
  );
  t.end();
});

t.test('other seeds give other playlists', (t) => {
  const texts = [0, 1, 2, 2 ** 31, 2 ** 32 - 1].map((seed) =>
    JSON.stringify(generate(songs, { seed, playlists: 2 })),
  );
  t.equal(new Set(texts).size, texts.length);
  t.end();
});

t.test('the sample is what the generator makes with the seed of the README', (t) => {
  const [, ...options] =
    /^node datasets\/generate\.ts (\S+ \d+) (\S+ \d+) \| gzip/m.exec(
      readFileSync(join(here, 'README.md'), 'utf8'),
    ) ?? [];
  const { stdout, stderr, status } = run(...options.join(' ').split(' '));
  t.equal(status, 0, stderr);
  t.ok(stdout === sample, 'byte for byte');
  t.ok(readFileSync(join(here, 'sample.csv.gz')).length < 2 ** 20, 'less than 1 MiB');
  t.end();
});

t.test('without options the seed is that of the sample', (t) => {
  const { stdout } = run('--playlists', '20');
  t.ok(sample.startsWith(`${stdout}20,`));
  t.end();
});

t.test('the sample looks like playlists', (t) => {
  const lengths = [...Map.groupBy(rows, (row) => row.pid).values()].map(({ length }) => length);
  t.equal(lengths.length, 3000);
  t.ok(Math.min(...lengths) >= 5 && Math.max(...lengths) <= 60);
  const mean = rows.length / lengths.length;
  t.ok(mean > 18 && mean < 24, `${mean} songs on average`);

  const counts = [...Map.groupBy(rows, (row) => `${row.track_name}|${row.artist_name}`).values()]
    .map(({ length }) => length)
    .sort((one, other) => other - one);
  t.equal(counts.length, songs.length, 'every song is somewhere');
  const tenth = counts.slice(0, Math.round(counts.length / 10));
  const share = tenth.reduce((sum, count) => sum + count, 0) / rows.length;
  t.ok(share > 0.3 && share < 0.6, `a tenth of the songs has ${share} of the rows`);
  t.end();
});

t.test('songs that are together in the sample belong together', (t) => {
  const playlists = [...Map.groupBy(rows, (row) => row.pid).values()];
  const near = (title: string, artist: string) => {
    const counts = new Map<string, number>();
    for (const playlist of playlists) {
      if (!playlist.some((row) => row.track_name === title && row.artist_name === artist)) continue;
      for (const row of playlist) {
        const other = JSON.stringify([row.track_name, row.artist_name]);
        counts.set(other, (counts.get(other) ?? 0) + 1);
      }
    }
    counts.delete(JSON.stringify([title, artist]));
    const nearest = [...counts].sort(([, one], [, other]) => other - one).slice(0, 15);
    return nearest.map(([key]) => {
      const [title, artist] = JSON.parse(key) as [string, string];
      return songs.find((song) => song.title === title && song.artist === artist)!;
    });
  };
  for (const [title, artist, genres, from, to] of [
    ['Yesterday', 'The Beatles', ['rock', 'folk', 'pop'], 1956, 1976],
    ['Enter Sandman', 'Metallica', ['metal', 'rock'], 1970, 2010],
    ['Dancing Queen', 'ABBA', ['disco', 'pop', 'soul'], 1965, 1990],
    ['Alright', 'Kendrick Lamar', ['hip-hop', 'r&b'], 2000, 2026],
  ] as const) {
    const songs = near(title, artist);
    const fit = songs.filter(
      ({ genre, year }) =>
        (genres as readonly string[]).includes(genre) && year >= from && year <= to,
    );
    t.ok(fit.length >= 14, `${title}: ${songs.map((song) => song.title).join('; ')}`);
    t.ok(
      songs.some((song) => song.artist === artist),
      `${title}: its artist`,
    );
  }
  t.end();
});

t.test('names with commas, quotes and line breaks come back as they were', (t) => {
  const folder = t.testdir({
    'songs.csv': 'title,artist,year,genre\n"A ""B"", C","D\nE",1999,pop\nF,G,2000,pop\n',
  });
  const { stdout } = run('--playlists', '1', '--songs', join(folder, 'songs.csv'));
  const read = parse(stdout) as string[][];
  t.strictSame(read[0], ['pid', 'track_name', 'artist_name']);
  t.strictSame(read.slice(1).sort(), [
    ['0', 'A "B", C', 'D\nE'],
    ['0', 'F', 'G'],
  ]);
  t.end();
});

t.test('what cannot be done is said in one line', (t) => {
  const cases: [options: string[], status: number, says: RegExp][] = [
    [['--playlists', '0'], 64, /--playlists is a whole number from 1 .*, not "0"/],
    [['--playlists', '1e3'], 64, /--playlists .*"1e3"/],
    [['--playlists', '999999999999'], 64, /--playlists/],
    [['--seed', '4294967296'], 64, /--seed is a whole number from 0 to 4294967295/],
    [['--seed=-1'], 64, /--seed/],
    [['--seed'], 64, /--seed.*Usage/],
    [['--seeds', '1'], 64, /--seeds.*Usage/],
    [['more'], 64, /more.*Usage/],
    [['--songs', '/nowhere/songs.csv'], 66, /\/nowhere\/songs\.csv does not exist/],
    [['--songs', join(here, 'scenes.csv')], 65, /header/],
  ];
  for (const [options, expected, says] of cases) {
    const { status, stdout, stderr } = run(...options);
    t.equal(status, expected, options.join(' '));
    t.match(stderr, says);
    t.match(stderr, /^generate: [^\n]+\n$/);
    t.equal(stdout, '');
  }
  t.end();
});

t.test('a reader that has enough ends it without an error', async (t) => {
  const child = spawn(process.execPath, [join(here, 'generate.ts'), '--playlists', '20000']);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [status] = await once(child, 'close');
  t.equal(errors, '');
  t.equal(status, 0);
});
