import t from 'tap';
import { settingsWith } from '../sample.ts';
import { ease } from './ease.ts';
import { type Evaluation, evaluate, type Method } from './evaluate.ts';
import { foldsOf } from './folds.ts';
import { ials } from './ials.ts';
import { itemKnn } from './itemKnn.ts';
import { popularity } from './popularity.ts';
import { lettersOf, lettersSet, queryOf } from './sample.ts';
import { served } from './served.ts';
import { type Baseline, tuned } from './tune.ts';

/** Two groups of songs that are heard together, and playlists of one of them. */
const lists = Array.from({ length: 60 }, (_, i) => {
  const songs = i % 2 ? 'abcdefgh' : 'ijklmnop';
  return [...songs].filter((_, at) => (i + at) % 5 !== 0).join('');
});

/** Knows the groups. */
const oracle: Method = {
  name: 'oracle',
  fit: async ({ catalogue }) => ({
    rank: ({ songs }) => {
      const near = (song: number) =>
        catalogue.titles[song] < 'i' === catalogue.titles[songs[0]] < 'i';
      const known = [...catalogue.titles.keys()].filter(near);
      return { songs: known, scores: known.map(() => 1) };
    },
    parameters: { which: 'none' },
  }),
};

/** With three fits. */
const quickly = (baseline: Baseline): Method => tuned({ ...baseline, budget: 3 });

const run = async (methods: readonly Method[]): Promise<Evaluation> =>
  evaluate(await lettersSet(lists), methods, { folds: 3, ks: [1, 3], seeds: 'random' });

t.test('every method finds groups that are plain to see', async (t) => {
  const { methods, comparisons, ...facts } = await run([
    served(settingsWith()),
    popularity,
    ...[itemKnn, ease, { ...ials, start: { ...ials.start, dimensions: 8 } }].map(quickly),
    oracle,
  ]);
  t.same(facts, { playlists: 60, songs: 16, folds: 3, seeds: 'random' });
  const [segue, popular, ...others] = methods;
  for (const { name, average } of [segue, ...others]) {
    t.ok(average.ndcg100 > 1.2 * popular.average.ndcg100, name);
    t.ok(average.rPrecision > 0.5, name);
  }
  for (const { name, byK, average, parameters } of methods) {
    t.same(
      byK.map(({ k, playlists }) => [k, playlists]),
      [
        [1, 60],
        [3, 60],
      ],
      name,
    );
    t.equal(average.ndcg20, (byK[0].scores.ndcg20 + byK[1].scores.ndcg20) / 2);
    t.equal(parameters.length, 3);
    t.ok(average.coverage > 0 && average.coverage <= 1);
  }
  t.same(
    comparisons.map(({ method, against }) => `${method} ${against}`),
    ['popularity', 'item-knn', 'ease', 'ials', 'oracle'].map((name) => `segue ${name}`),
  );
  for (const { average, byK, against } of comparisons) {
    const other = methods.find(({ name }) => name === against)!;
    t.equal(average.ratio.toFixed(9), (segue.average.ndcg100 / other.average.ndcg100).toFixed(9));
    for (const [i, { k, ratio }] of byK.entries()) {
      const means = [segue, other].map(({ byK }) => byK[i].scores.ndcg100);
      t.equal(k, [1, 3][i]);
      t.equal(ratio.ratio.toFixed(9), (means[0] / means[1]).toFixed(9));
      t.ok(ratio.low <= ratio.ratio && ratio.ratio <= ratio.high);
    }
  }
});

t.test('no method sees what is held out', async (t) => {
  const whole = await lettersSet(lists);
  const folds = await foldsOf(whole, 3);
  let fold = 0;
  const spy: Method = {
    name: 'spy',
    fit: async (training, options) => {
      const expected = whole.ids.filter((_, row) => folds[row] !== fold);
      t.same(training.ids, expected);
      fold++;
      return oracle.fit(training, options);
    },
  };
  await run([spy]);
  t.equal(fold, 3);
});

t.test('the fits of each method and fold are told', async (t) => {
  const seen: string[] = [];
  const progress = ({ fold, method, fits }: { fold: number; method: string; fits: number }) =>
    seen.push(`${fold} ${method} ${fits}`);
  const set = await lettersSet(lists);
  const options = { folds: 2, ks: [1], seeds: 'first', onProgress: progress } as const;
  await evaluate(set, [served(settingsWith()), oracle], options);
  t.same(seen, [
    ...['0 segue 0', '0 segue 1', '0 oracle 0'],
    ...['1 segue 0', '1 segue 1', '1 oracle 0'],
  ]);
});

t.test('too few playlists are refused', async (t) => {
  const set = await lettersSet(['abc', 'abd']);
  const ask = (ks: number[]) => evaluate(set, [oracle], { folds: 2, ks, seeds: 'random' });
  await t.rejects(ask([3]), { code: 'too-few-playlists' });
});

t.test('tuning chooses for each number of songs shown, within its budget', async (t) => {
  const set = await lettersSet(lists);
  const tried: string[] = [];
  /** Right for one song shown where x is 2, and for more where y is 2. */
  const fussy: Baseline = {
    name: 'fussy',
    grid: { x: [1, 2], y: [1, 2] },
    start: { x: 1, y: 1 },
    budget: 4,
    prepare:
      ({ catalogue }) =>
      async (parameters) => {
        tried.push(`${parameters.x}${parameters.y}`);
        return (query) => {
          const { songs } = query;
          const right = songs.length === 1 ? parameters.x === 2 : parameters.y === 2;
          const near = (song: number) =>
            catalogue.titles[song] < 'i' === catalogue.titles[songs[0]] < 'i';
          const ranking = [...catalogue.titles.keys()].filter((song) => near(song) === right);
          return { songs: ranking, scores: [] };
        };
      },
  };
  let fits = 0;
  const ranker = await tuned(fussy).fit(set, {
    ks: [3, 1, 50],
    seeds: 'random',
    onFit: () => fits++,
  });
  t.match(ranker.parameters, { 'k = 1': /^x 2/, 'k = 3': /y 2$/ });
  t.equal(fits, new Set(tried).size);
  t.ok(fits <= 4);
  const found = (shown: string) => lettersOf(set, ranker.rank(queryOf(set, shown), 20).songs);
  t.match(found('a'), /^[a-h]+$/);
  t.match(found('abcd'), /^[a-h]+$/);
  t.match(found('i'), /^[i-p]+$/);
  t.match(found(''), /^[a-p]+$/, 'no song shown is like one');
});
