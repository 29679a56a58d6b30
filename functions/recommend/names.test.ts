import t from 'tap';
import { modelOf, songOf } from './sample.ts';

/** Two pairs of names like each other, with a thousand others between them in any order of names. */
const far = ['aa yellow submarine', 'zz yellow submarine', 'aa quiller', 'zz quiller'];
const between = Array.from({ length: 1000 }, (_, i) => `miller ${i}`);
const model = await modelOf([[...far, ...between]]);
const { titles, snapshot } = model;
const nameOf = (title: string) => snapshot.titleOf[songOf(model, title)];
const namesOf = (some: readonly string[]) => some.map(nameOf).sort((a, b) => a - b);

t.test('a word is found in names that are far apart', async (t) => {
  t.strictSame([...titles.watchWith(titles.wordsWith('yellow'))], namesOf(far.slice(0, 2)));
  const more = [...titles.watchWith(titles.wordsWith('mill'))].sort((a, b) => a - b);
  t.strictSame(more, namesOf([...far.slice(0, 2), ...between]));
  t.ok(titles.wordsWith('quiller').bytes < titles.wordsWith('miller').bytes);
  titles.unwatch();
  t.strictSame([...titles.watchWith(titles.wordsWith('zzz'))], []);
});

t.test('names that are watched have the marks of all their words', async (t) => {
  titles.watch(nameOf(far[0]));
  titles.mark(titles.wordsWith('sub'), 1);
  titles.mark(titles.wordsWith('aa'), 4);
  t.equal(titles.marksOf(nameOf(far[0])), 5);
  t.equal(titles.marksOf(nameOf(far[1])), 0, 'and no other names');
  titles.unwatch();
  t.equal(titles.marksOf(nameOf(far[0])), 0);
});

t.test('names within two edits are found wherever they stand', async (t) => {
  t.strictSame(titles.similar('ab yellow submarine'), [
    { name: nameOf(far[0]), edits: 1 },
    { name: nameOf(far[1]), edits: 2 },
  ]);
});
