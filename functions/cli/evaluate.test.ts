import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { segue } from './sample.ts';

/** Playlists of six songs of eight, of one of two groups. */
const rows = Array.from({ length: 40 }, (_, i) =>
  [0, 1, 2, 3, 4, 5].map((at) => `${i},${i % 2 ? 'a' : 'b'}${(i + at) % 8}`).join('\n'),
).join('\n');
const folder = t.testdir({
  'good.csv': `pid,track_name\n${rows}\n`,
  'short.csv': 'pid,track_name\n1,Yesterday\n2,Yesterday\n',
});
const good = join(folder, 'good.csv');

t.test('a person sees a table, and ratios with their intervals', async (t) => {
  const plot = join(folder, 'plot.svg');
  const { code, stdout, stderr } = await segue([
    ...['evaluate', good, '--k', '5,1,1', '--folds', '2', '--seeds', 'first'],
    ...['--against', 'item-knn,popularity', '--plot', plot],
  ]);
  t.equal(code, 0);
  t.match(stdout, /^40 playlists of 16 songs, each held out once in 2 folds, first songs shown\n/);
  t.match(stdout, /\nk = 1 \(40\) +NDCG@20 +NDCG@100 +R-prec\. +HR@10 +HR@20 +coverage +novelty\n/);
  t.match(stdout, /\nk = 5 \(40\) /);
  t.match(stdout, /\naverage .*\nsegue +0\.\d{4} .*\npopularity +0\.\d{4} .*\nitem-knn +0\.\d{4} /);
  t.match(stdout, /\nsegue's NDCG@100 to that of +average +k = 1 +k = 5\n/);
  t.match(stdout, /\npopularity +\d\.\d{3} \(\d\.\d{3}-\d\.\d{3}\)/);
  t.match(stderr, /^fold 1 of 2, segue, after [\d.]+ m?s\nfold 1 of 2, popularity, /);
  const svg = readFileSync(plot, 'utf8');
  t.match(svg, /^<svg.*NDCG@100.*<\/svg>\s*$/s);
  for (const name of ['segue', 'popularity', 'item-knn', 'songs shown']) t.match(svg, name);
});

t.test('a program gets all figures', async (t) => {
  const parameters = ['evaluate', good, '--json', '--k', '1', '--folds', '2', '--against'];
  const { code, stdout } = await segue([...parameters, 'popularity']);
  t.equal(code, 0);
  const { methods, comparisons, ...facts } = JSON.parse(stdout);
  t.same(facts, { playlists: 40, songs: 16, folds: 2, seeds: 'random' });
  t.match(methods, [{ name: 'segue', byK: [{ k: 1, playlists: 40 }] }, { name: 'popularity' }]);
  t.match(comparisons, [{ method: 'segue', against: 'popularity' }]);
});

t.test('an unknown method is refused with those that are known', async (t) => {
  const { code, stderr } = await segue(['evaluate', good, '--against', 'deep-learning']);
  t.equal(code, 64);
  t.match(stderr, '--against knows popularity, item-knn, ease, ials, not "deep-learning".');
});

t.test('what cannot be evaluated is refused with a reason', async (t) => {
  const few = await segue(['evaluate', join(folder, 'short.csv')]);
  t.equal(few.code, 65);
  t.match(few.stderr, '2 playlists cannot be parted into 5 folds');
  const once = await segue(['evaluate', good, '--folds', '1']);
  t.equal(once.code, 64);
  const nowhere = ['--plot', join(folder, 'no/such/folder.svg')];
  const unwritable = await segue(['evaluate', good, ...nowhere]);
  t.equal(unwritable.code, 73);
});
