import fc from 'fast-check';
import t from 'tap';
import { seededRandom } from '../../../shared/random.ts';
import { rowsOf } from '../sample.ts';
import type { TransactionSet } from '../transactions.ts';
import { ials, randomVectors } from './ials.ts';
import { lettersSet, nearly, scoresOf, someLists } from './sample.ts';

t.test('a model of one dimension worked by hand', async (t) => {
  // One playlist of two songs. At the minimum w = h and (1 + u)(h^2 + r) = 1, so with u = 1/4 and
  // r = 3/10 h^2 is 1/2. A playlist that shows a solves w (h^2 + 2 u h^2 + r (1 + 2 u)) = h, that
  // is 1.2 w = h, and gives b the score wh = 1/2 / 1.2.
  const set = await lettersSet(['ab']);
  const parameters = { dimensions: 1, iterations: 300, unobserved: 0.25, regularisation: 0.3 };
  t.ok(nearly(await scoresOf(ials, set, 'a', parameters), { b: 1 / 2.4 }, 1e-6));
});

t.test('nothing shown, nothing said', async (t) => {
  const set = await lettersSet(['ab']);
  t.same(await scoresOf(ials, set, '', { dimensions: 1, iterations: 1 }), {});
});

t.test('a fit can be aborted', async (t) => {
  const fit = ials.prepare(await lettersSet(['ab']), AbortSignal.abort(new Error('enough')));
  await t.rejects(fit({ ...ials.start }), { message: 'enough' });
});

t.test('equal to the plain equations solved for each song and playlist', async () => {
  const anyParameters = fc.record({
    dimensions: fc.integer({ min: 1, max: 12 }),
    iterations: fc.integer({ min: 1, max: 4 }),
    unobserved: fc.double({ min: 0.01, max: 1, noNaN: true }),
    regularisation: fc.double({ min: 0.01, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(someLists, anyParameters, async (lists, parameters) => {
      const set = await lettersSet(lists);
      const shown = lists[0].slice(0, 3);
      const found = await scoresOf(ials, set, shown, parameters);
      return nearly(found, plainScores(set, shown, parameters), 1e-6);
    }),
    { numRuns: 100 },
  );
});

type PlainParameters = Record<
  'dimensions' | 'iterations' | 'unobserved' | 'regularisation',
  number
>;

/** The same model without merged songs, by Gauss's elimination. */
function plainScores(
  set: TransactionSet,
  shown: string,
  { dimensions, iterations, unobserved, regularisation }: PlainParameters,
): Record<string, number> {
  const rows = rowsOf(set);
  const { titles } = set.catalogue;
  const rowsWith = titles.map((_, song) =>
    [...rows.keys()].filter((row) => rows[row].includes(song)),
  );
  // Songs in the same playlists begin with the same vector.
  const keys = [...new Set(rowsWith.map(String))];
  const random = seededRandom(1);
  const begin = (count: number) => {
    const { values } = randomVectors(random, new Float64Array(count).fill(1), dimensions);
    return Array.from({ length: count }, (_, i) => [
      ...values.subarray(i * dimensions, (i + 1) * dimensions),
    ]);
  };
  let playlists = begin(rows.length);
  const distinct = begin(keys.length);
  let songs = rowsWith.map((some) => distinct[keys.indexOf(String(some))]);
  const solveFor = (list: number[], known: number[][]) => {
    const matrix = Array.from({ length: dimensions }, (_, i) =>
      Array.from({ length: dimensions }, (_, j) => {
        const all = known.reduce((sum, x) => sum + unobserved * x[i] * x[j], 0);
        const own = list.reduce((sum, at) => sum + known[at][i] * known[at][j], 0);
        const weight = regularisation * (list.length + unobserved * known.length);
        return all + own + (i === j ? weight : 0);
      }),
    );
    return eliminate(
      matrix,
      Array.from({ length: dimensions }, (_, i) => list.reduce((sum, at) => sum + known[at][i], 0)),
    );
  };
  for (let i = 0; i < iterations; i++) {
    playlists = rows.map((row) => solveFor(row, songs));
    songs = rowsWith.map((some) => solveFor(some, playlists));
  }
  const playlist = solveFor(
    [...shown].map((letter) => titles.indexOf(letter)),
    songs,
  );
  const scores = songs.map((song) => song.reduce((sum, x, i) => sum + x * playlist[i], 0));
  return Object.fromEntries(
    titles
      .map((title, song): [string, number] => [title, scores[song]])
      .filter(([title, score]) => score > 0 && !shown.includes(title)),
  );
}

function eliminate(matrix: number[][], right: number[]): number[] {
  const n = right.length;
  for (let k = 0; k < n; k++) {
    for (let i = k + 1; i < n; i++) {
      const factor = matrix[i][k] / matrix[k][k];
      for (let j = k; j < n; j++) matrix[i][j] -= factor * matrix[k][j];
      right[i] -= factor * right[k];
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) right[i] -= matrix[i][j] * right[j];
    right[i] /= matrix[i][i];
  }
  return right;
}
