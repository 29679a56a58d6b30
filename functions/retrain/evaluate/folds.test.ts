import t from 'tap';
import type { Row } from '../read/sample.ts';
import { rowsOf, setOf } from '../sample.ts';
import { foldsOf, type SeedChoice, split, subset } from './folds.ts';
import { lettersOf, lettersSet } from './sample.ts';

t.test('a playlist falls in the same fold whatever else is in the data set', async (t) => {
  const row = (id: string): Row => [id, 'a', ''];
  const small = await setOf(['one', 'two'].map(row));
  const large = await setOf(['zero', 'two', 'three', 'one'].map(row));
  const [one, two] = await foldsOf(small, 5);
  const folds = await foldsOf(large, 5);
  t.equal(folds[3], one);
  t.equal(folds[1], two);
});

t.test('folds are about equal, and others with another salt', async (t) => {
  const ids = Array.from({ length: 5000 }, (_, i) => `${i}`);
  const set = { ...(await setOf([])), ids };
  const folds = await foldsOf(set, 5);
  const counts = [0, 1, 2, 3, 4].map((fold) => folds.filter((one) => one === fold).length);
  for (const count of counts) t.ok(count > 900 && count < 1100, `${counts}`);
  const others = await foldsOf(set, 5, { salt: 'another' });
  const same = ids.filter((_, i) => folds[i] === others[i]).length;
  t.ok(same > 900 && same < 1100, `${same} of 5000 in the same fold`);
});

t.test('some rows become a set with songs by their support among them', async (t) => {
  const whole = await lettersSet(['abc', 'ab', 'dca', 'dc']);
  const { set, codes } = await subset(whole, Uint32Array.of(2, 3));
  t.equal(lettersOf(set, rowsOf(set)[0]), 'cda');
  t.equal(lettersOf(set, rowsOf(set)[1]), 'cd');
  t.equal(lettersOf(set, set.listed!), 'dcadc');
  t.same(set.catalogue.supports, [2, 2, 1]);
  t.same(set.ids, ['2', '3']);
  const b = whole.catalogue.titles.indexOf('b');
  t.equal(codes[b], -1);
  for (const [song, code] of codes.entries()) {
    if (code < 0) continue;
    t.equal(set.catalogue.titles[code], whole.catalogue.titles[song]);
    t.equal(set.catalogue.artistOf[code], whole.catalogue.artistOf[song]);
  }
});

t.test('a held-out playlist is split into songs shown and songs looked for', async (t) => {
  const whole = await lettersSet(['ab', 'abc', 'xcyabc']);
  const ask = (seeds: SeedChoice) => split(whole, (row) => row === 2, { ks: [1, 2, 5], seeds });
  const { training, cases } = await ask('first');
  t.same(training.ids, ['0', '1']);
  // Five songs: nothing is left to be found after five of them.
  t.same(
    cases.map(({ k }) => k),
    [1, 2],
  );
  const artists = (codes: Uint32Array) =>
    [...codes].map((code) => training.catalogue.artists[code]).join('');
  t.equal(artists(cases[0].query.artists), 'X');
  t.equal(lettersOf(training, cases[0].query.songs), '');
  t.equal(lettersOf(training, cases[0].hidden), 'abc');
  t.equal(cases[0].hiddenCount, 4, 'y counts, which training does not know');
  t.equal(lettersOf(training, cases[1].query.songs), 'c');
  t.equal(artists(cases[1].query.artists), 'X');
  t.equal(lettersOf(training, cases[1].hidden), 'ab');
  t.equal(cases[1].hiddenCount, 3);

  const shown = (await ask('random')).cases.map(({ query }) => query);
  t.same(
    shown.map((query) => query.songs.length + query.artists.length),
    [1, 2],
  );
  t.same((await ask('random')).cases, (await ask('random')).cases, 'the same draw each time');
});

t.test('the first songs of a playlist need its order', async (t) => {
  const set = await setOf([
    ['1', 'a', ''],
    ['1', 'b', ''],
  ]);
  const first = { ks: [1], seeds: 'first' } as const;
  await t.rejects(
    split(set, (row) => row === 0, first),
    RangeError,
  );
});
