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
  t.strictSame([...titles.withWord('yellow')], namesOf(far.slice(0, 2)));
  t.ok(far.slice(0, 2).every((title) => titles.isMarked(nameOf(title))));
  t.notOk(titles.isMarked(nameOf('miller 1')));
  t.strictSame([...titles.withWord('miller')], namesOf(between));
});

t.test(
  'what is rare in a word sorts names out, however frequent its other parts are',
  async (t) => {
    const found = [...titles.withWord('quiller')];
    t.strictSame(found, namesOf(far.slice(2)));
    t.ok(titles.cost('quiller') < titles.cost('miller'));
  },
);

t.test('names within two edits are found wherever they stand', async (t) => {
  t.strictSame(titles.similar('ab yellow submarine'), [
    { name: nameOf(far[0]), edits: 1 },
    { name: nameOf(far[1]), edits: 2 },
  ]);
});
