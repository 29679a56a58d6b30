import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import t from 'tap';
import { songKey } from '../shared/song.ts';
import { basketText, benchData, generateBaskets, type Recipe, recipes } from './baskets.ts';

const small: Recipe = { ...recipes.S, playlists: 40, tracks: 600 };

const generate = (recipe: Recipe, seed = 1): number[][] =>
  Array.from(generateBaskets(recipe, seed), (basket) => [...basket]);

const textOf = (format: 'dat' | 'csv', recipe = small): string =>
  Buffer.concat([...basketText(generateBaskets(recipe, 1), format)]).toString();

const run = (...options: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'baskets.ts'), ...options], {
    encoding: 'utf8',
  });

t.test('a playlist has 5 to 376 of the tracks, none twice', (t) => {
  fc.assert(
    fc.property(
      fc.record({
        playlists: fc.nat(20),
        tracks: fc.integer({ min: 500, max: 900 }),
        meanLength: fc.integer({ min: 1, max: 400 }),
        chartShare: fc.double({ min: 0, max: 0.5, noNaN: true }),
        tailShare: fc.double({ min: 0.01, max: 0.5, noNaN: true }),
      }),
      fc.nat(),
      (some, seed) => {
        const recipe = { ...small, ...some };
        const baskets = generate(recipe, seed);
        return (
          baskets.length === recipe.playlists &&
          baskets.every(
            (basket) =>
              basket.length >= 5 &&
              basket.length <= 376 &&
              new Set(basket).size === basket.length &&
              basket.every((track) => track >= 0 && track < recipe.tracks),
          )
        );
      },
    ),
    { numRuns: 30 },
  );
  t.end();
});

t.test('the seed decides, and fewer playlists are the beginning of more', (t) => {
  const all = generate(small);
  t.same(generate(small), all);
  t.not(JSON.stringify(generate(small, 2)), JSON.stringify(all));
  t.same(generate({ ...small, playlists: 7 }), all.slice(0, 7));
  t.end();
});

t.test('picks come from the chart, the tail and the scenes as the recipe says', (t) => {
  const distinct = (recipe: Partial<Recipe>): number =>
    new Set(generate({ ...recipes.S, playlists: 1_000, meanLength: 20, ...recipe }).flat()).size;
  t.equal(distinct({ chartShare: 1, tailShare: 0 }), 400, 'the chart alone');
  t.equal(distinct({ chartShare: 0, tailShare: 0, scenes: 1 }), 500, 'one scene alone');
  t.ok(distinct({ chartShare: 0, tailShare: 1 }) > 3_000, 'all tracks');

  const counts = new Map<number, number>();
  const one = { ...recipes.S, scenes: 1, chartShare: 0, tailShare: 0, meanLength: 6 };
  for (const track of generate(one).flat()) counts.set(track, (counts.get(track) ?? 0) + 1);
  const byCount = [...counts.values()].sort((a, b) => b - a);
  // (10 / 209)^-.9 is 15.4; that none comes twice makes the first a little rarer.
  const ratio = byCount[0]! / byCount[199]!;
  t.ok(ratio > 8 && ratio < 20, `the first of a scene is ${ratio} times as frequent as the 200th`);
  t.end();
});

t.test('both formats say the same, and each track is a song of its own', (t) => {
  const lines = textOf('dat').trimEnd().split('\n');
  t.same(
    lines.map((line) => line.split(' ').map(Number)),
    generate(small),
  );
  const [header, ...rows] = parse(textOf('csv')) as string[][];
  t.same(header, ['pid', 'track_name', 'artist_name']);
  t.same(
    rows.map(([pid]) => Number(pid)),
    generate(small).flatMap((basket, playlist) => basket.map(() => playlist)),
  );
  const numberOf = new Map<string, number>();
  const tracks = generate(small).flat();
  rows.forEach(([, title, artist], i) => {
    numberOf.set(songKey(title!, artist!), tracks[i]!);
  });
  t.same(new Set(numberOf.values()), new Set(tracks));
  t.equal(numberOf.size, new Set(tracks).size);
  t.ok(rows.some(([, title]) => title!.includes(',')));
  t.end();
});

t.test('text of many blocks has no seam', (t) => {
  const text = textOf('csv', { ...recipes.S, playlists: 800 });
  t.ok(text.length > 2 ** 21);
  t.equal((parse(text) as string[][]).at(-1)![0], '799');
  t.end();
});

t.test('the command writes a file', async (t) => {
  const folder = t.testdir();
  const out = join(folder, 'made', 'small.dat');
  const done = run('--out', out, '--playlists', '40', '--tracks', '600', '--seed', '1');
  t.equal(done.stderr, '');
  t.equal(readFileSync(out, 'utf8'), textOf('dat'));

  const mistakes: [reason: RegExp, ...options: string[]][] = [
    [/Usage/, '--out', join(folder, 'x.json')],
    [/Usage/, '--recipe', 'XL', '--out', out],
    [/Unknown option.*Usage/, '--size', '3'],
    [/--playlists is a whole number from 1/, '--out', out, '--playlists', 'many'],
    [/--tracks is a whole number from 500/, '--out', out, '--tracks', '3'],
    [/defect/, '--out', join(out, 'below-a-file.dat')],
  ];
  for (const [reason, ...options] of mistakes) {
    const { stderr, status } = run(...options);
    t.match(stderr, reason);
    t.not(status, 0);
  }
});

t.test('data of a benchmark is made once', async (t) => {
  const folder = t.testdir();
  const path = await benchData('S', 'dat', { seed: 3, playlists: 10, folder });
  t.equal(readFileSync(path, 'utf8').split('\n').length, 11);
  t.notOk(existsSync(`${path}.unfinished`));
  t.equal(await benchData('S', 'dat', { seed: 3, playlists: 10, folder }), path);
  t.match(await benchData('S', 'csv', { folder }), /S-1\.csv$/);
});
