import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { asProblem, problem } from '../shared/problems.ts';
import { type Random, seededRandom } from '../shared/random.ts';
import { draw, drawSeveral, normal, shuffle } from './random.ts';
import { readScenes, readSongs, type Scene, type Song } from './songs.ts';
import { themesOf } from './themes.ts';

/** Songs in the order in which they were added, none of them twice. */
export interface Playlist {
  /** Counted from 0. */
  pid: number;
  songs: Song[];
}

export interface GenerateOptions {
  /** How many playlists. */
  playlists: number;
  /** A whole number from 0 to 2^32 - 1; the same seed gives the same playlists. */
  seed: number;
  /** Artists who are liked together; those that are not among the songs are passed over. */
  scenes: readonly Scene[];
}

/** Playlists have this many songs, as far as there are so many. */
const shortest = 5;
const longest = 60;

/** The fit of songs that do not fit: they come when nothing else is left, and hardly before. */
const leastFit = 1e-6;

/**
 * Makes playlists that look like those of listeners: each begins with one song, goes on with what
 * fits it, known songs more often than others, and ends with one that does not fit. Those last ones
 * go round the list from its least known song on, so that every song is in some playlist if there
 * are as many playlists as songs, and in practice long before.
 *
 * Popularity follows B. Mandelbrot's form of Zipf's law, 1 / (rank + shift)^exponent; lengths are
 * log-normal.
 * @param songs None twice. Without any there are no playlists.
 */
export function* generatePlaylists(
  songs: readonly Song[],
  { playlists, seed, scenes }: GenerateOptions,
): Generator<Playlist> {
  if (songs.length === 0) return;
  const random = seededRandom(seed);
  const ranking = rank(songs, random);
  const popularity = popularityOf(ranking);
  const themes = themesOf(songs, scenes);
  for (let pid = 0; pid < playlists; pid++) {
    const first = draw(random, popularity);
    const last = ranking.at(-1 - (pid % ranking.length))!;
    const ends = new Set([first, last]);
    const weights = themes(first, random);
    const length = Math.min(songs.length, lengthOf(random, weights));
    for (const [index, known] of popularity.entries()) {
      weights[index] = ends.has(index) ? 0 : (weights[index]! + leastFit) * known;
    }
    const between = drawSeveral(random, weights, length - ends.size);
    const chosen = new Set([first, ...between, last]);
    yield { pid, songs: [...chosen].map((index) => songs[index]!) };
  }
}

/** Indexes from the best known song on; artists with many songs in the list tend to be up. */
function rank(songs: readonly Song[], random: Random): number[] {
  const songsOf = Map.groupBy(songs, (song) => song.artist);
  const fame = songs.map((song) => songsOf.get(song.artist)!.length);
  return shuffle(random, fame);
}

function popularityOf(ranking: readonly number[]): Float64Array {
  const shift = 30;
  const exponent = 0.9;
  const popularity = new Float64Array(ranking.length);
  for (const [position, index] of ranking.entries()) {
    // Not Math.pow, whose last digit depends on the machine; the sample must not.
    popularity[index] = Math.exp(-exponent * Math.log(position + 1 + shift));
  }
  return popularity;
}

/** Nobody's playlist is longer than its theme has songs, so what does not fit stays rare. */
function lengthOf(random: Random, weights: Float64Array): number {
  const fitting = weights.reduce((sum, weight) => sum + weight, 0);
  for (;;) {
    const length = Math.round(Math.exp(3.1 + 0.5 * normal(random)));
    if (length >= shortest && length <= longest) {
      return Math.max(shortest, Math.min(length, Math.floor(0.7 * fitting)));
    }
  }
}

function* csv(playlists: Iterable<Playlist>): Generator<string> {
  yield 'pid,track_name,artist_name\n';
  for (const { pid, songs } of playlists) {
    yield songs.map(({ title, artist }) => `${pid},${field(title)},${field(artist)}\n`).join('');
  }
}

/** A field by RFC 4180. */
function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const usage = 'node datasets/generate.ts [--playlists N] [--seed N] [--songs FILE]';

async function main(): Promise<void> {
  const { playlists, seed, songs } = readArguments();
  const scenes = readScenes(beside('scenes.csv'));
  await pipeline(
    csv(
      generatePlaylists(readSongs(songs), {
        playlists: wholeNumber('playlists', playlists, 1, 100_000_000),
        seed: wholeNumber('seed', seed, 0, 2 ** 32 - 1),
        scenes,
      }),
    ),
    process.stdout,
  );
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        playlists: { type: 'string', default: '3000' },
        seed: { type: 'string', default: '1' },
        songs: { type: 'string', default: beside('songs.csv') },
      },
    }).values;
  } catch (error) {
    throw problem('usage', { reason: `${(error as Error).message}. Usage: ${usage}` });
  }
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  const reason = `--${name} is a whole number from ${least} to ${most}, not "${text}"`;
  throw problem('usage', { reason });
}

function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    // Who reads, as `head` does, may have enough before the end.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') {
      const { message, exitCode } = asProblem(error);
      process.stderr.write(`generate: ${message}\n`);
      process.exitCode = exitCode;
    }
  }
}
