import t from 'tap';
import { setOf } from '../sample.ts';
import { pairedRatio } from './bootstrap.ts';
import type { Case } from './folds.ts';
import { meansByK, measure, type Ranker } from './measure.ts';
import { measureRanking } from './metrics.ts';
import { popularity } from './popularity.ts';

const supports = Uint32Array.of(8, 4, 2, 1, 1);

t.test('metrics of a ranking worked by hand', async (t) => {
  // Songs 3 and 1 are hidden, and one more that training does not know. 1 comes second, 3 fourth.
  const found = measureRanking(
    [0, 1, 2, 3],
    { hidden: Uint32Array.of(1, 3), hiddenCount: 3 },
    supports,
    8,
  );
  const ideal = 1 + 1 / Math.log2(3) + 1 / Math.log2(4);
  const gain = 1 / Math.log2(3) + 1 / Math.log2(5);
  t.match(found, { rPrecision: 1 / 3, hitRate10: 1, hitRate20: 1 });
  t.ok(Math.abs(found.ndcg20 - gain / ideal) < 1e-12);
  t.ok(Math.abs(found.ndcg100 - gain / ideal) < 1e-12);
  t.equal(found.novelty, (0 + 1 + 2 + 3) / 4);
});

t.test('how far down a metric looks', async (t) => {
  const ranking = Array.from({ length: 200 }, (_, i) => i);
  const many = new Uint32Array(200).fill(1);
  const hiddenAt = (position: number) =>
    measureRanking(ranking, { hidden: Uint32Array.of(position), hiddenCount: 1 }, many, 2);
  t.match(hiddenAt(0), { ndcg20: 1, ndcg100: 1, rPrecision: 1, hitRate10: 1, hitRate20: 1 });
  t.match(hiddenAt(9), { rPrecision: 0, hitRate10: 1, hitRate20: 1 });
  t.match(hiddenAt(10), { hitRate10: 0, hitRate20: 1 });
  t.match(hiddenAt(20), { ndcg20: 0, ndcg100: 1 / Math.log2(22), hitRate20: 0 });
  t.match(hiddenAt(99), { ndcg100: 1 / Math.log2(101) });
  t.match(hiddenAt(100), { ndcg100: 0, novelty: 1 });
  const all = measureRanking(
    ranking,
    { hidden: Uint32Array.from(ranking), hiddenCount: 200 },
    many,
    2,
  );
  t.match(all, { ndcg20: 1, ndcg100: 1, rPrecision: 1 });
});

t.test('songs shown do not count, and short rankings are filled up', async (t) => {
  const set = await setOf([
    ['1', 'a', ''],
    ['1', 'b', ''],
    ['1', 'c', ''],
    ['2', 'a', ''],
    ['2', 'b', ''],
    ['3', 'a', ''],
  ]);
  const one: Case = {
    k: 1,
    row: 0,
    query: { songs: Uint32Array.of(0), artists: new Uint32Array() },
    hidden: Uint32Array.of(1),
    hiddenCount: 1,
    shown: Uint32Array.of(),
    hiddenSongs: Uint32Array.of(),
  };
  const { values, recommended } = await measure(
    await popularity.fit(set, { ks: [1], seeds: 'random' }),
    set,
    [one],
  );
  t.equal(values.ndcg100[0], 1, 'b is first: a was shown');
  t.same(recommended.get(1), new Set([1, 2]));
  const shownAgain: Ranker = {
    rank: () => ({ songs: [0, 2, 2], scores: [3, 2, 1] }),
    parameters: {},
  };
  const again = await measure(shownAgain, set, [one]);
  t.equal(again.values.ndcg100[0], 1 / Math.log2(3), 'c and then b');
});

t.test('measuring can be aborted', async (t) => {
  const set = await setOf([['1', 'a', '']]);
  const slow: Ranker = {
    rank: () => {
      const until = performance.now() + 30;
      while (performance.now() < until);
      return { songs: [], scores: [] };
    },
    parameters: {},
  };
  const one = {
    k: 1,
    row: 0,
    query: { songs: new Uint32Array(), artists: new Uint32Array() },
    hidden: Uint32Array.of(0),
    hiddenCount: 1,
    shown: Uint32Array.of(),
    hiddenSongs: Uint32Array.of(),
  };
  const stopped = measure(slow, set, [one, one], AbortSignal.abort(new Error('enough')));
  await t.rejects(stopped, { message: 'enough' });
});

const casesOf = (playlists: number, ks: readonly number[]) =>
  Array.from({ length: playlists }, (_, row) => ks.map((k) => ({ row, k }))).flat();

t.test('means are taken for each k', async (t) => {
  const cases = casesOf(2, [5, 1]).map((unit) => ({ ...unit }) as Case);
  t.same(
    [...meansByK(cases, Float64Array.of(1, 2, 3, 6))],
    [
      [1, 4],
      [5, 2],
    ],
  );
});

t.test('the ratio of averages over k, each k counting the same', async (t) => {
  const cases = [...casesOf(2, [1]), { row: 0, k: 5 }];
  // k = 1: 2 against 1; k = 5: 6 against 3.
  const { ratio, low, high } = pairedRatio(
    cases,
    Float64Array.of(1, 3, 6),
    Float64Array.of(1, 1, 3),
  );
  t.equal(ratio, 2);
  t.ok(low <= ratio && ratio <= high);
});

t.test(
  'intervals of pairs: exact where the ratio is constant, wider with fewer playlists',
  async (t) => {
    const noise = (length: number) =>
      Float64Array.from({ length }, (_, i) => 1 + ((i * 7919) % 13));
    const double = pairedRatio(
      casesOf(50, [1]),
      noise(50).map((x) => 2 * x),
      noise(50),
    );
    t.same(double, { ratio: 2, low: 2, high: 2 });
    const width = (playlists: number) => {
      const other = noise(playlists).map((x, i) => x * (i % 2 ? 1.5 : 0.5));
      const { low, high } = pairedRatio(casesOf(playlists, [1]), other, noise(playlists));
      return high - low;
    };
    t.ok(width(50) > 2 * width(2000));
  },
);
