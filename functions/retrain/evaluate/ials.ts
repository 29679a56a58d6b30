import { setImmediate } from 'node:timers/promises';
import { type Random, seededRandom } from '../../../shared/random.ts';
import type { Transactions } from '../eclat/eclat.ts';
import { invert, solve } from './linear.ts';
import type { Ranker } from './measure.ts';
import { positive } from './positive.ts';
import { transpose } from './transpose.ts';
import type { Baseline, Parameters } from './tune.ts';

/**
 * Implicit alternating least squares (Hu et al., 2008) as Rendle et al. tune it (Revisiting the
 * Performance of iALS, 2021): vectors w of playlists and h of songs that minimise
 *
 *     sum over songs in playlists of (w'h - 1)^2 + unobserved * sum over all of (w'h)^2
 *       + regularisation * sum over vectors of (count + unobserved * number of others) |vector|^2.
 *
 * A vector v solves (A + XDX') v = XD 1: the columns of X are the vectors of its songs or playlists,
 * D their weights, and A is the same for all vectors that have as many. With few columns that is
 * v = A^-1 X z, (D^-1 + X'A^-1 X) z = 1: for a song in three playlists a system of three.
 *
 * Songs in exactly the same playlists have the same vector, so they are one here, and weigh as much
 * as they are many: on sparse data that saves most of the work and changes nothing.
 */
export const ials: Baseline = {
  name: 'ials',
  grid: {
    unobserved: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1],
    regularisation: [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1],
    dimensions: [16, 32, 64, 128],
  },
  start: { unobserved: 0.03, regularisation: 0.01, dimensions: 64, iterations: 8 },
  budget: 10,
  prepare: ({ transactions }, signal) => {
    const merged = mergeTwins(transactions);
    return (parameters) => fit(merged, parameters, signal);
  },
};

/** Transactions in which songs that are in the same ones are one. */
interface Merged {
  transactions: Transactions;
  /** The new code of each song. */
  codes: Uint32Array;
  /** Songs of each new code. */
  weights: Float64Array;
}

/** The vectors of one side, end to end. */
interface Vectors {
  count: number;
  dimensions: number;
  values: Float64Array;
  weights: Float64Array;
}

/** For each vector, indexes of vectors of the other side. */
interface Lists {
  offsets: Uint32Array;
  values: Uint32Array;
}

async function fit(
  { transactions, codes, weights }: Merged,
  parameters: Parameters,
  signal: AbortSignal | undefined,
): Promise<Ranker['rank']> {
  const columns = transpose(transactions);
  const inPlaylists = { offsets: transactions.offsets, values: transactions.items };
  const ofSongs = { offsets: columns.offsets, values: columns.rows };
  const random = seededRandom(1);
  const equal = new Float64Array(transactions.offsets.length - 1).fill(1);
  const playlists = randomVectors(random, equal, parameters.dimensions);
  const songs = randomVectors(random, weights, parameters.dimensions);
  for (let iteration = 0; iteration < parameters.iterations; iteration++) {
    await setImmediate();
    signal?.throwIfAborted();
    solveAll(playlists, inPlaylists, songs, parameters);
    solveAll(songs, ofSongs, playlists, parameters);
  }
  return rankerOf(songs, codes, parameters);
}

/** Ranks by products with the vector of a new playlist, solved for from the songs shown. */
function rankerOf(songs: Vectors, codes: Uint32Array, parameters: Parameters): Ranker['rank'] {
  const { count, dimensions, values } = songs;
  const products = new Float64Array(count);
  const scores = new Float64Array(codes.length);
  const playlist = new Float64Array(dimensions);
  const shared = sharedPart(songs, parameters);
  // What is shown is one song, whatever songs share its vector.
  const single = { ...songs, weights: new Float64Array(count).fill(1) };
  const images = noImages(songs);
  const systems = new Map<number, System>();
  return ({ songs: shown }, limit) => {
    if (shown.length === 0) return { songs: [], scores: [] };
    const system = systems.get(shown.length) ?? systemOf(shown.length, shared, songs, parameters);
    systems.set(shown.length, system);
    solveOne(
      playlist,
      shown.map((song) => codes[song]),
      system,
      single,
      images,
    );
    for (let i = 0; i < count; i++) {
      products[i] = dot(playlist, 0, values, i * dimensions, dimensions);
    }
    for (let song = 0; song < codes.length; song++) scores[song] = products[codes[song]];
    return positive(scores, shown, limit);
  };
}

/** Songs in exactly the same playlists get one code. */
function mergeTwins(transactions: Transactions): Merged {
  const { offsets, items, itemCount } = transactions;
  const columns = transpose(transactions);
  const codeOf = new Map<string, number>();
  const codes = new Uint32Array(itemCount);
  for (let item = 0; item < itemCount; item++) {
    const key = columns.rows.subarray(columns.offsets[item], columns.offsets[item + 1]).join();
    const code = codeOf.get(key) ?? codeOf.size;
    codeOf.set(key, code);
    codes[item] = code;
  }
  const weights = new Float64Array(codeOf.size);
  for (const code of codes) weights[code]++;
  const mergedOffsets = new Uint32Array(offsets.length);
  const mergedItems = new Uint32Array(items.length);
  let length = 0;
  for (let row = 0; row + 1 < offsets.length; row++) {
    const merged = new Set(items.subarray(offsets[row], offsets[row + 1]).map((i) => codes[i]));
    mergedItems.set(
      [...merged].sort((a, b) => a - b),
      length,
    );
    length += merged.size;
    mergedOffsets[row + 1] = length;
  }
  return {
    transactions: {
      offsets: mergedOffsets,
      items: mergedItems.slice(0, length),
      itemCount: codeOf.size,
    },
    codes,
    weights,
  };
}

/** Small numbers, such that a vector has a length of about 0.1. */
export function randomVectors(random: Random, weights: Float64Array, dimensions: number): Vectors {
  const count = weights.length;
  const range = 0.1 * Math.sqrt(12 / dimensions);
  const values = Float64Array.from({ length: count * dimensions }, () => range * (random() - 0.5));
  return { count, dimensions, values, weights };
}

/** What the equations of all vectors with one count share. */
interface System {
  count: number;
  /** A */
  matrix: Float64Array;
  /** A^-1 */
  inverse: Float64Array;
}

/** A^-1 x for vectors x: kept, since many songs are in one playlist. */
interface Images {
  values: Float64Array;
  /** The count of the system that made each, plus 1. */
  madeFor: Uint32Array;
}

function noImages({ count, dimensions }: Vectors): Images {
  return { values: new Float64Array(count * dimensions), madeFor: new Uint32Array(count) };
}

/** Solves for every vector of one side, those with the same count one after the other. */
function solveAll(unknown: Vectors, lists: Lists, known: Vectors, parameters: Parameters): void {
  const { count, dimensions, values } = unknown;
  const shared = sharedPart(known, parameters);
  const images = noImages(known);
  const counts = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    for (let at = lists.offsets[i]; at < lists.offsets[i + 1]; at++) {
      counts[i] += known.weights[lists.values[at]];
    }
  }
  const order = Uint32Array.from(counts.keys()).sort((a, b) => counts[a] - counts[b]);
  let system: System | undefined;
  for (const i of order) {
    if (system?.count !== counts[i]) system = systemOf(counts[i], shared, known, parameters);
    const list = lists.values.subarray(lists.offsets[i], lists.offsets[i + 1]);
    const solution = values.subarray(i * dimensions, (i + 1) * dimensions);
    solveOne(solution, list, system, known, images);
  }
}

/** unobserved * sum of x x' over all vectors of the other side. */
function sharedPart(known: Vectors, { unobserved }: Parameters): Float64Array {
  const sum = new Float64Array(known.dimensions ** 2);
  addSquares(
    sum,
    known,
    Uint32Array.from({ length: known.count }, (_, i) => i),
  );
  return sum.map((value) => value * unobserved);
}

function systemOf(
  count: number,
  shared: Float64Array,
  known: Vectors,
  { unobserved, regularisation }: Parameters,
): System {
  const { dimensions, weights } = known;
  const others = weights.reduce((sum, weight) => sum + weight, 0);
  const matrix = shared.slice();
  for (let i = 0; i < dimensions; i++) {
    matrix[i * dimensions + i] += regularisation * (count + unobserved * others);
  }
  const inverse = matrix.slice();
  invert(inverse, dimensions);
  return { count, matrix, inverse };
}

/** The vector whose products with those of the list come nearest to 1. */
function solveOne(
  solution: Float64Array,
  list: Uint32Array,
  system: System,
  known: Vectors,
  images: Images,
): void {
  // About as many steps for both where a list has half as many vectors as there are dimensions.
  if (list.length * 2 < known.dimensions) solveFew(solution, list, system, known, images);
  else solveMany(solution, list, system, known);
}

/** v = A^-1 X z with (D^-1 + X' A^-1 X) z = 1. */
function solveFew(
  solution: Float64Array,
  list: Uint32Array,
  { count, inverse }: System,
  { dimensions, values, weights }: Vectors,
  images: Images,
): void {
  const n = list.length;
  const inner = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const image = list[i] * dimensions;
    if (images.madeFor[list[i]] !== count + 1) {
      images.madeFor[list[i]] = count + 1;
      for (let row = 0; row < dimensions; row++) {
        images.values[image + row] = dot(inverse, row * dimensions, values, image, dimensions);
      }
    }
    for (let j = 0; j <= i; j++) {
      inner[j * n + i] = dot(images.values, image, values, list[j] * dimensions, dimensions);
    }
    inner[i * n + i] += 1 / weights[list[i]];
  }
  const z = new Float64Array(n).fill(1);
  solve(inner, n, z);
  solution.fill(0);
  for (let i = 0; i < n; i++) {
    const image = list[i] * dimensions;
    for (let row = 0; row < dimensions; row++) solution[row] += z[i] * images.values[image + row];
  }
}

/** v = (A + XDX')^-1 XD 1 */
function solveMany(
  solution: Float64Array,
  list: Uint32Array,
  { matrix }: System,
  known: Vectors,
): void {
  const { dimensions, values, weights } = known;
  const sum = matrix.slice();
  addSquares(sum, known, list);
  solution.fill(0);
  for (const i of list) {
    for (let row = 0; row < dimensions; row++) {
      solution[row] += weights[i] * values[i * dimensions + row];
    }
  }
  solve(sum, dimensions, solution);
}

/** Adds weight * x x' of some vectors in the upper triangle, four at once as in linear.ts. */
function addSquares(
  sum: Float64Array,
  { dimensions, values, weights }: Vectors,
  list: Uint32Array,
): void {
  for (let i = 0; i < list.length; i += 4) {
    const at = (k: number) => (i + k < list.length ? list[i + k] : list[i]);
    const weight = (k: number) => (i + k < list.length ? weights[list[i + k]] : 0);
    const [x0, x1, x2, x3] = [at(0), at(1), at(2), at(3)].map((x) => x * dimensions);
    const [w0, w1, w2, w3] = [weight(0), weight(1), weight(2), weight(3)];
    for (let row = 0; row < dimensions; row++) {
      const m0 = w0 * values[x0 + row];
      const m1 = w1 * values[x1 + row];
      const m2 = w2 * values[x2 + row];
      const m3 = w3 * values[x3 + row];
      const start = row * dimensions;
      for (let column = row; column < dimensions; column++) {
        sum[start + column] +=
          m0 * values[x0 + column] +
          m1 * values[x1 + column] +
          m2 * values[x2 + column] +
          m3 * values[x3 + column];
      }
    }
  }
}

/** The product of two vectors that begin somewhere in arrays. */
function dot(
  a: Float64Array,
  aStart: number,
  b: Float64Array,
  bStart: number,
  length: number,
): number {
  let [first, second] = [0, 0];
  let i = 0;
  // Two sums: an addition need not wait for the one before it.
  for (; i + 1 < length; i += 2) {
    first += a[aStart + i] * b[bStart + i];
    second += a[aStart + i + 1] * b[bStart + i + 1];
  }
  if (i < length) first += a[aStart + i] * b[bStart + i];
  return first + second;
}
