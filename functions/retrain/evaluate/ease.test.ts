import fc from 'fast-check';
import t from 'tap';
import { ease } from './ease.ts';
import { lettersSet, nearly, scoresOf, someLists } from './sample.ts';

t.test('weights worked by hand, in the dual form', async (t) => {
  // X'X + I is [2 1 0, 1 3 1, 0 1 2], its inverse [5 -2 1, -2 4 -2, 1 -2 5] / 8: b's weight from a
  // is 2/4, c's is -1/5, which leads to no recommendation, and a's from b is 2/5.
  const set = await lettersSet(['ab', 'bc']);
  t.ok(nearly(await scoresOf(ease, set, 'a', { lambda: 1 }), { b: 1 / 2 }));
  t.ok(nearly(await scoresOf(ease, set, 'b', { lambda: 1 }), { a: 2 / 5, c: 2 / 5 }));
  t.ok(nearly(await scoresOf(ease, set, 'ac', { lambda: 1 }), { b: 1 }));
});

t.test('the same in the primal form', async (t) => {
  // Every playlist twice and lambda doubled: the same weights, and more playlists than songs.
  const set = await lettersSet(['ab', 'bc', 'ab', 'bc']);
  t.ok(nearly(await scoresOf(ease, set, 'a', { lambda: 2 }), { b: 1 / 2 }));
  t.ok(nearly(await scoresOf(ease, set, 'ac', { lambda: 2 }), { b: 1 }));
});

t.test('primal and dual form agree', async () => {
  await fc.assert(
    fc.asyncProperty(someLists, fc.double({ min: 0.1, max: 50 }), async (lists, lambda) => {
      // Three times the playlists and three times lambda give the same weights.
      const once = await lettersSet(lists);
      const thrice = await lettersSet([...lists, ...lists, ...lists]);
      const shown = lists[0].slice(0, 2);
      const one = await scoresOf(ease, once, shown, { lambda });
      const three = await scoresOf(ease, thrice, shown, { lambda: 3 * lambda });
      return nearly(one, three, 1e-6);
    }),
    { numRuns: 50 },
  );
});

t.test('a matrix that is too large is refused before it is made', async (t) => {
  const set = await lettersSet(['ab']);
  const many = {
    ...set,
    ids: Array.from({ length: 10_001 }, (_, id) => `${id}`),
    transactions: { ...set.transactions, itemCount: 10_001 },
  };
  t.throws(() => ease.prepare(many), {
    code: 'usage',
    message: /--against popularity,item-knn,ials/,
  });
});
