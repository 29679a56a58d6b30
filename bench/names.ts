/**
 * `make bench-names`: how well songs are found by their names, how fast, and in how many bytes; who
 * is meant by a title that several songs have; what diversity costs. Writes names.md beside this
 * file. Times are those of one process on a machine that does other things, too: look at ratios.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { choose } from '../functions/recommend/choose.ts';
import { matchSongs } from '../functions/recommend/match.ts';
import { type Model, titleOf } from '../functions/recommend/model.ts';
import { rank } from '../functions/recommend/score.ts';
import { suggest } from '../functions/recommend/suggest.ts';
import { type Case, foldsOf, split } from '../functions/retrain/evaluate/folds.ts';
import { measure } from '../functions/retrain/evaluate/measure.ts';
import { fitServed } from '../functions/retrain/evaluate/served.ts';
import { read } from '../functions/retrain/read/read.ts';
import { addRow, emptyBatch, type RowBatch } from '../functions/retrain/read/row.ts';
import { trainSettings } from '../functions/retrain/settings.ts';
import { tabulate } from '../functions/retrain/table.ts';
import { type TransactionSet, toTransactions } from '../functions/retrain/transactions.ts';
import { type Random, seededRandom } from '../shared/random.ts';
import { canonicalTitle } from '../shared/song.ts';

const playlists = join(import.meta.dirname, '../../shared/data/playlists');
const files = ['playlist-sample-ds1.csv', 'playlist-sample-ds2.csv', 'mpd_sample_1000'];
const asked = 500;
const shown = 10;

/** Half a million songs of a hundred thousand artists, in words of syllables; hits come first. */
async function* generated(songs: number): AsyncGenerator<RowBatch> {
  const random = seededRandom(500);
  const pick = (count: number) => Math.floor(count ** random()) - 1;
  const syllables = 'ka lo mi ve ran su ti be no shi der al in to wa ler qui po fe gan'.split(' ');
  const words = Array.from({ length: 60_000 }, () =>
    Array.from({ length: 1 + Math.floor(random() * 4) }, () => syllables[pick(20)]).join(''),
  );
  const name = (longest: number) =>
    Array.from({ length: 1 + Math.floor(random() * longest) }, () => words[pick(60_000)]).join(' ');
  const artists = Array.from({ length: songs / 5 }, () => name(3));
  const batch = emptyBatch('generated');
  for (let song = 0; song < songs; song++) {
    addRow(batch, song, `${song % 5000}`, name(5), artists[pick(artists.length)], '');
  }
  yield batch;
}

/** A name with one letter left out, put in, replaced or swapped with the next one. */
function misspell(name: string, random: Random): string {
  for (let tries = 0; tries < 100; tries++) {
    const at = Math.floor(random() * name.length);
    const letter = String.fromCharCode(97 + Math.floor(random() * 26));
    const [before, here, after] = [name.slice(0, at), name[at], name.slice(at + 1)];
    const slips = [
      before + after,
      before + letter + here + after,
      before + letter + after,
      before + after.slice(0, 1) + here + after.slice(1),
    ];
    const slip = slips[Math.floor(random() * 4)];
    if (canonicalTitle(slip) !== canonicalTitle(name)) return slip;
  }
  return name;
}

/** Draws songs: all alike, or as often as playlists have them. */
function drawers(model: Model, random: Random): Record<string, () => number> {
  const { supports } = model.snapshot;
  const ends = new Float64Array(supports.length);
  let total = 0;
  supports.forEach((support, song) => {
    total += support;
    ends[song] = total;
  });
  return {
    'any song': () => Math.floor(random() * supports.length),
    'as in playlists': () => {
      const place = random() * total;
      let low = 0;
      for (let high = ends.length - 1; low < high; ) {
        const middle = (low + high) >>> 1;
        if (ends[middle] > place) high = middle;
        else low = middle + 1;
      }
      return low;
    },
  };
}

/**
 * The share of songs, drawn all alike or by playlists, that are among the ten of most playlists of
 * those for which the same is typed. Whoever knows no more than that cannot show more in ten places.
 */
function possible(model: Model, drawn: string, typedOf: (song: number) => string): string {
  const { supports } = model.snapshot;
  const before = new Map<string, number>();
  let [shownWeight, weight] = [0, 0];
  // Songs come by popularity.
  for (let song = 0; song < model.songs; song++) {
    const typed = typedOf(song);
    const key = canonicalTitle(typed) + (/\s$/u.test(typed) ? ' ' : '');
    const place = before.get(key) ?? 0;
    before.set(key, place + 1);
    const own = drawn === 'any song' ? 1 : supports[song];
    weight += own;
    if (place < shown) shownWeight += own;
  }
  return share(shownWeight, weight);
}

function typeahead(model: Model): string[][] {
  const random = seededRandom(7);
  const rows: string[][] = [];
  for (const [drawn, draw] of Object.entries(drawers(model, random))) {
    const songs = Array.from({ length: asked }, draw);
    const title = (song: number) => titleOf(model, song);
    const typings: Record<string, (song: number) => string> = {
      'first 5 letters': (song) => title(song).slice(0, 5),
      'first 7 letters': (song) => title(song).slice(0, 7),
      'first 10 letters': (song) => title(song).slice(0, 10),
      'a slip in the title': (song) => misspell(title(song), random),
      'a word in the middle': (song) => title(song).split(' ').at(-1) as string,
      'title and artist': (song) =>
        `${canonicalTitle(title(song))} ${model.artists.names.nameAt(model.snapshot.artistOf[song])}`,
    };
    for (const [typing, typedOf] of Object.entries(typings)) {
      const times: number[] = [];
      let first = 0;
      let found = 0;
      for (const song of songs) {
        const typed = typedOf(song);
        const began = performance.now();
        const suggested = suggest(model, typed, shown);
        times.push((performance.now() - began) * 1000);
        const { titleOf: titles } = model.snapshot;
        if (titles[suggested[0]] === titles[song]) first++;
        if (suggested.includes(song)) found++;
      }
      times.sort((a, b) => a - b);
      const quantile = (q: number) => `${Math.round(times[Math.floor(q * (asked - 1))])}`;
      const best = typing.startsWith('first ') ? possible(model, drawn, typedOf) : '';
      const [p50, p99] = [quantile(0.5), quantile(0.99)];
      rows.push([drawn, typing, share(first, asked), share(found, asked), best, p50, p99]);
    }
  }
  return rows;
}

/** The columns in a part of a snapshot. */
function views(part: object): ArrayBufferView[] {
  return Object.values(part).flatMap((one) => (ArrayBuffer.isView(one) ? [one] : views(one)));
}

/** Bytes of the columns of names, a song. */
function bytesOf({ snapshot, songs }: Model): string[][] {
  const { titles, artists, titleIndex, artistIndex } = snapshot;
  const groups: Record<string, ArrayBufferView[]> = {
    'titles as spelled': [titles.bytes, titles.offsets],
    'artists as spelled': [artists.bytes, artists.offsets, snapshot.artistOf],
    'index of titles': views(titleIndex),
    'songs of titles': [snapshot.titleOf, snapshot.titleOffsets, snapshot.titleSongs],
    'index of artists': views(artistIndex),
    'songs of artists': [snapshot.artistOffsets, snapshot.artistSongs],
  };
  const rows = Object.entries(groups).map(([name, columns]): [string, number] => [
    name,
    columns.reduce((sum, { byteLength }) => sum + byteLength, 0) / songs,
  ]);
  const total = rows.reduce((sum, [, bytes]) => sum + bytes, 0);
  return [...rows, ['all', total] as const].map(([name, bytes]) => [name, bytes.toFixed(1)]);
}

/** Titles alone of held-out playlists: whom they are taken for. */
function homonyms(model: Model, cases: readonly Case[]): string[][] {
  const { titleOf: titles, titleOffsets, titleSongs } = model.snapshot;
  return [...Map.groupBy(cases, ({ k }) => k)].map(([k, some]) => {
    let ambiguous = 0;
    let popular = 0;
    let decided = 0;
    let all = 0;
    for (const { query } of some) {
      const songs = [...new Map(Array.from(query.songs, (s) => [titles[s], s])).values()];
      const { matched } = matchSongs(
        model,
        songs.map((song) => titleOf(model, song)),
      );
      songs.forEach((song, i) => {
        all++;
        const title = titles[song];
        if (titleOffsets[title + 1] - titleOffsets[title] === 1) return;
        ambiguous++;
        if (titleSongs[titleOffsets[title]] === song) popular++;
        if (matched[i]?.song === song) decided++;
      });
    }
    return [
      `${k}`,
      share(ambiguous, all),
      share(popular, ambiguous),
      share(decided, ambiguous),
      share(decided - popular, ambiguous - popular),
    ];
  });
}

/** Misspelt titles asked for alone. */
function corrections(model: Model): string {
  const random = seededRandom(11);
  const songs = Array.from({ length: asked }, drawers(model, random)['as in playlists']);
  let right = 0;
  let wrong = 0;
  for (const song of songs) {
    const [match] = matchSongs(model, [misspell(titleOf(model, song), random)]).matched;
    if (match === undefined) continue;
    if (model.snapshot.titleOf[match.song] === model.snapshot.titleOf[song]) right++;
    else wrong++;
  }
  return `Of ${asked} titles with one slip, asked for alone, ${share(right, asked)} are taken for what they are, ${share(wrong, asked)} for another title, and the others are said to be unknown.`;
}

async function diversity(model: Model, training: TransactionSet, cases: readonly Case[]) {
  const rows: string[][] = [];
  let plain: Record<string, number> = {};
  for (const wanted of [0, 0.25, 0.5, 1]) {
    const choice = { excluded: new Set<number>(), diversity: wanted };
    const { values } = await measure(
      {
        rank: (query, limit) =>
          choose(model, (most) => rank(model, query, most), { ...choice, limit }),
        parameters: {},
      },
      training,
      cases,
    );
    const means = Object.fromEntries(
      Object.entries(values).map(([name, all]) => [
        name,
        all.reduce((a, b) => a + b, 0) / all.length,
      ]),
    );
    if (wanted === 0) plain = means;
    const ratio = (name: string) => (means[name] / plain[name]).toFixed(3);
    rows.push([`${wanted}`, ratio('ndcg20'), ratio('ndcg100'), ratio('hitRate10')]);
  }
  return rows;
}

function share(part: number, whole: number): string {
  return whole === 0 ? '' : (part / whole).toFixed(3);
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n');
}

const typeaheadHeading = [
  'drawn',
  'typed',
  'title first',
  `song in ${shown}`,
  'possible',
  'p50 us',
  'p99 us',
];

async function main(): Promise<void> {
  const sections = [
    '# Names',
    'Made by `make bench-names` ([names.ts](names.ts)). Bytes are those in memory: the file has narrower columns. Times are in microseconds of the clock: where p99 is a hundred times p50, the machine did other things.',
    `Of ${asked} songs, drawn all alike or as often as playlists have them, the share that is found. "Possible" is the bound: so many songs are among the ten in most playlists of all for whose titles the same letters are typed. No list of ten songs shows more, in whatever order, unless it knows more than the letters; a share above it is the luck of the draw. Where it is below 0.900, nine in ten cannot be found by any search.`,
  ];
  const paths = files.map((file) => join(playlists, file));
  // Names do not depend on the score: it need not be tuned for them.
  const settings = trainSettings({ MIN_SUPPORT: '2', TUNING_FITS: '0' });
  if (paths.every((path) => existsSync(path))) {
    const set = await toTransactions(await tabulate(read(paths)));
    const folds = await foldsOf(set, 5);
    const { training, cases } = await split(set, (row) => folds[row] === 0, {
      ks: [1, 5, 10, 25],
      seeds: 'random',
    });
    const model = await fitServed(training, settings);
    sections.push(
      `## Data A (see quality.md), ${model.songs} songs of four fifths of the playlists`,
      table(typeaheadHeading, typeahead(model)),
      table(['bytes a song', ''], bytesOf(model)),
      '## Titles alone, of held-out playlists',
      'Of the songs shown, those whose title other songs have, too; how many of them are the one in most playlists, and how many the other songs decide rightly.',
      table(
        ['songs shown', 'have homonyms', 'most popular is right', 'decided rightly', 'won back'],
        homonyms(model, cases),
      ),
      corrections(model),
      '## What diversity costs',
      'Metrics on held-out playlists, in ratio to those without diversity.',
      table(['diversity', 'NDCG@20', 'NDCG@100', 'HR@10'], await diversity(model, training, cases)),
    );
    await write(sections);
  } else process.stderr.write('Data A is left out: ../shared/data is not there.\n');
  const many = await toTransactions(await tabulate(generated(500_000)));
  const model = await fitServed(many, trainSettings({ MIN_SUPPORT: '1000', TUNING_FITS: '0' }));
  sections.push(
    `## Generated names, ${model.songs} songs`,
    table(typeaheadHeading, typeahead(model)),
    table(['bytes a song', ''], bytesOf(model)),
  );
  await write(sections);
}

async function write(sections: readonly string[]): Promise<void> {
  await writeFile(join(import.meta.dirname, 'names.md'), `${sections.join('\n\n')}\n`);
}

await main();
