/**
 * Playlists of any number with the statistics that make mining hard or easy: themes, hits and a
 * long tail. For benchmarks; `datasets/` has what looks real to a person.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { normal } from '../datasets/random.ts';
import { asProblem, problem } from '../shared/problems.ts';
import { type Random, seededRandom } from '../shared/random.ts';

/** What the playlists are like. */
export interface Recipe {
  playlists: number;
  tracks: number;
  /** Songs in a playlist before they are cut to 5 to 376: the mean of a log-normal distribution. */
  meanLength: number;
  /** Lists of tracks that go together. */
  scenes: number;
  sceneTracks: number;
  /** Of a scene's tracks the i-th is picked by (i + shift)^-exponent. */
  exponent: number;
  shift: number;
  /** Tracks that fit everywhere. */
  chartTracks: number;
  /** Share of picks from the chart. */
  chartShare: number;
  /** Share of picks from all tracks alike. */
  tailShare: number;
}

/** A small data set, as one person uploads it, and a large one, as a streaming service has it. */
export const recipes = {
  S: {
    playlists: 2_306,
    tracks: 5_586,
    meanLength: 106,
    scenes: 60,
    sceneTracks: 500,
    exponent: 0.9,
    shift: 10,
    chartTracks: 400,
    chartShare: 0.2,
    tailShare: 0.1,
  },
  M: {
    playlists: 1_000_000,
    tracks: 2_262_292,
    meanLength: 69.7,
    scenes: 3_000,
    sceneTracks: 4_000,
    exponent: 0.9,
    shift: 10,
    chartTracks: 3_000,
    chartShare: 0.25,
    tailShare: 0.2,
  },
} satisfies Record<string, Recipe>;

const shortest = 5;
const longest = 376;
const deviation = 0.9;
/** Of the playlists with two scenes, the picks that come from the second. */
const secondShare = 0.3;

/**
 * Makes playlists one after the other. A playlist has one scene, or for half of them two; a pick is
 * a track of the scene, of the chart or any track; none comes twice. The same recipe and seed give
 * the same playlists, and fewer of them are the beginning of more.
 *
 * @param seed A whole number from 0 to 2^32 - 1.
 * @returns Numbers of tracks from 0; the array is used again for the next playlist.
 */
export function* generateBaskets(recipe: Recipe, seed: number): Generator<Uint32Array> {
  const { tracks, scenes, sceneTracks, chartTracks, chartShare, tailShare } = recipe;
  const random = seededRandom(seed);
  const sceneOf = weighted(scenes, (scene) => power(scene + 3, -0.7));
  const placeOf = weighted(sceneTracks, (place) => power(place + recipe.shift, -recipe.exponent));
  const seen = new Uint32Array(tracks);
  let stamp = 0;

  /** Different tracks, all alike. */
  function anyTracks(into: Uint32Array): Uint32Array {
    stamp++;
    for (let i = 0; i < into.length; ) {
      const track = Math.floor(random() * tracks);
      if (seen[track] === stamp) continue;
      seen[track] = stamp;
      into[i++] = track;
    }
    return into;
  }

  const chart = anyTracks(new Uint32Array(chartTracks));
  const tracksOf = Array.from({ length: scenes }, () => anyTracks(new Uint32Array(sceneTracks)));
  const basket = new Uint32Array(Math.min(longest, tracks));
  const location = Math.log(recipe.meanLength) - (deviation * deviation) / 2;
  for (let playlist = 0; playlist < recipe.playlists; playlist++) {
    const asked = Math.round(Math.exp(location + deviation * normal(random)));
    const length = Math.min(Math.max(asked, shortest), basket.length);
    const first = tracksOf[sceneOf(random)]!;
    const second = random() < 0.5 ? tracksOf[sceneOf(random)]! : first;
    stamp++;
    for (let i = 0; i < length; ) {
      const kind = random();
      let track: number;
      if (kind < tailShare) track = Math.floor(random() * tracks);
      else if (kind < tailShare + chartShare) {
        track = chart[Math.floor(chartTracks * power(random(), 1.6))]!;
      } else track = (random() < secondShare ? second : first)[placeOf(random)]!;
      if (seen[track] === stamp) continue;
      seen[track] = stamp;
      basket[i++] = track;
    }
    yield basket.subarray(0, length);
  }
}

/**
 * Drawing by weight at constant cost: the alias method (M. D. Vose: A Linear Algorithm for
 * Generating Random Numbers with a Given Distribution, IEEE Transactions on Software Engineering
 * 17(9), 1991).
 */
function weighted(count: number, weight: (index: number) => number): (random: Random) => number {
  const weights = Float64Array.from({ length: count }, (_, index) => weight(index));
  const total = weights.reduce((sum, one) => sum + one, 0);
  const share = weights.map((one) => (one / total) * count);
  const alias = Uint32Array.from(share.keys());
  const small: number[] = [];
  const large: number[] = [];
  for (const [index, one] of share.entries()) (one < 1 ? small : large).push(index);
  while (small.length > 0 && large.length > 0) {
    const less = small.pop()!;
    const more = large.at(-1)!;
    alias[less] = more;
    share[more] = share[more]! - (1 - share[less]!);
    if (share[more]! < 1) small.push(large.pop()!);
  }
  return (random) => {
    const at = random() * count;
    const index = Math.floor(at);
    return at - index < share[index]! ? index : alias[index]!;
  };
}

/** Not Math.pow, whose last digit depends on the machine. */
function power(base: number, exponent: number): number {
  return Math.exp(exponent * Math.log(base));
}

/** How the playlists are written. */
export type BasketFormat = 'dat' | 'csv';

const blockBytes = 1 << 20;
/** A line of .dat has at most 11 bytes a track, one of CSV about 80. */
const roomBytes = 1 << 16;

/**
 * The playlists as text, in blocks of about a MiB.
 *
 * @param format `dat`: a line a playlist, numbers of tracks in the order picked. `csv`: a row a
 *   track, with a header `pid,track_name,artist_name`; each track has a name of its own, and one
 *   in 32 a comma in it.
 */
export function* basketText(
  baskets: Iterable<Uint32Array>,
  format: BasketFormat,
): Generator<Buffer> {
  const write = format === 'dat' ? writeDatLine : writeCsvRows;
  let block = Buffer.allocUnsafe(blockBytes + roomBytes);
  let at = format === 'csv' ? block.write('pid,track_name,artist_name\n', 'latin1') : 0;
  let playlist = 0;
  for (const basket of baskets) {
    at = write(block, at, basket, playlist++);
    if (at < blockBytes) continue;
    yield block.subarray(0, at);
    block = Buffer.allocUnsafe(blockBytes + roomBytes);
    at = 0;
  }
  if (at > 0) yield block.subarray(0, at);
}

function writeDatLine(block: Buffer, at: number, basket: Uint32Array): number {
  for (let i = 0; i < basket.length; i++) {
    if (i > 0) block[at++] = 0x20;
    at = writeNumber(block, at, basket[i]!);
  }
  block[at++] = 0x0a;
  return at;
}

function writeNumber(block: Buffer, at: number, number: number): number {
  let end = at + 1;
  for (let rest = number; rest >= 10; rest = Math.floor(rest / 10)) end++;
  let rest = number;
  for (let i = end - 1; i >= at; i--) {
    block[i] = 0x30 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return end;
}

function writeCsvRows(block: Buffer, at: number, basket: Uint32Array, playlist: number): number {
  const rows = Array.from(basket, (track) => `${playlist},${trackField(track)}\n`);
  return at + block.write(rows.join(''), at, 'latin1');
}

/** Title and artist of a track, which no other track has. About seven tracks have one artist. */
function trackField(track: number): string {
  const [first, second] = [words(track, 3), words(track % 977, 2)];
  const title = track % 32 === 7 ? `"${second}, ${first}"` : `${second} ${first}`;
  return `${title},The ${words(Math.floor(track / 7) + 401, 3)}`;
}

const syllables = 'ka lo mi ter an zu ri pel sho da ven ix or ba que nil tam fo wy gre'.split(' ');

/** A number as a word of so many syllables at least; different numbers give different words. */
function words(number: number, length: number): string {
  let word = '';
  for (let rest = number; rest > 0 || length > 0; length--) {
    word += syllables[rest % syllables.length]!;
    rest = Math.floor(rest / syllables.length);
  }
  return word[0]!.toUpperCase() + word.slice(1);
}

/** Writes text to a file, which is there as a whole or not at all. */
export async function writeText(path: string, text: Iterable<Buffer>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.unfinished`;
  const file = createWriteStream(unfinished);
  for (const block of text) if (!file.write(block)) await once(file, 'drain');
  file.end();
  await finished(file);
  await rename(unfinished, path);
}

/** The path of a benchmark's data set, which is made when it is not there: `bench/data/M-1.dat`. */
export async function benchData(
  name: keyof typeof recipes,
  format: BasketFormat,
  { seed = 1, playlists = recipes[name].playlists, folder = `${import.meta.dirname}/data` } = {},
): Promise<string> {
  const some = playlists === recipes[name].playlists ? '' : `-${playlists}`;
  const path = `${folder}/${name}${some}-${seed}.${format}`;
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    await writeText(
      path,
      basketText(generateBaskets({ ...recipes[name], playlists }, seed), format),
    );
  }
  return path;
}

const usage =
  'node bench/baskets.ts --out FILE.dat|FILE.csv [--recipe S|M] [--seed N] [--playlists N] [--tracks N]';

async function main(): Promise<void> {
  const { recipe, seed, playlists, tracks, out } = readArguments();
  const chosen = recipes[recipe as keyof typeof recipes];
  const format = /\.(dat|csv)$/.exec(out)?.[1] as BasketFormat | undefined;
  if (chosen === undefined || format === undefined)
    throw problem('usage', { reason: `Usage: ${usage}` });
  const fewest = Math.max(longest, chosen.sceneTracks, chosen.chartTracks);
  const wanted: Recipe = {
    ...chosen,
    playlists: wholeNumber('playlists', playlists, 1, 1e9) ?? chosen.playlists,
    tracks: wholeNumber('tracks', tracks, fewest, 2 ** 31) ?? chosen.tracks,
  };
  const baskets = generateBaskets(wanted, wholeNumber('seed', seed, 0, 2 ** 32 - 1) ?? 1);
  await writeText(out, basketText(baskets, format));
}

function readArguments() {
  const option = { type: 'string' } as const;
  try {
    return parseArgs({
      options: {
        recipe: { ...option, default: 'S' },
        out: { ...option, default: '' },
        seed: option,
        playlists: option,
        tracks: option,
      },
    }).values;
  } catch (error) {
    throw problem('usage', { reason: `${(error as Error).message}. Usage: ${usage}` });
  }
}

function wholeNumber(
  name: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  const reason = `--${name} is a whole number from ${least} to ${most}, not "${text}"`;
  throw problem('usage', { reason });
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    const { message, exitCode } = asProblem(error);
    process.stderr.write(`baskets: ${message}\n`);
    process.exitCode = exitCode;
  }
}
