import fc from 'fast-check';
import t from 'tap';
import { itemKnn } from './itemKnn.ts';
import { lettersSet, nearly, scoresOf, someLists } from './sample.ts';

t.test('similarities worked by hand', async (t) => {
  // a is in 2 playlists, b in 3, c in 3; a and b together in 2, a and c in 1, b and c in 2.
  const set = await lettersSet(['ab', 'abc', 'bc', 'c']);
  const ask = (shown: string, shrink: number, exponent: number, neighbours = Infinity) =>
    scoresOf(itemKnn, set, shown, { shrink, exponent, neighbours });
  t.ok(nearly(await ask('a', 0, 0.5), { b: 2 / Math.sqrt(6), c: 1 / Math.sqrt(6) }), 'cosine');
  t.ok(nearly(await ask('a', 1, 1), { b: 2 / (2 + 1), c: 1 / (2 + 1) }), 'shrunk confidence');
  t.ok(nearly(await ask('c', 2, 0), { b: 2 / (3 + 2), a: 1 / (2 + 2) }));
  const both = { c: 1 / (Math.sqrt(6) + 1) + 2 / (3 + 1) };
  t.ok(nearly(await ask('ab', 1, 0.5), both), 'sum over the songs shown, which are left out');
  t.ok(nearly(await ask('a', 0, 0.5, 1), { b: 2 / Math.sqrt(6) }), 'the nearest neighbour');
});

t.test('equal to counting each pair of songs in all playlists', async () => {
  const anyParameters = fc.record({
    shrink: fc.nat({ max: 20 }),
    exponent: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(someLists, anyParameters, async (lists, { shrink, exponent }) => {
      const count = (letters: string) =>
        lists.filter((list) => [...letters].every((letter) => list.includes(letter))).length;
      const shown = lists[0].slice(0, 2);
      const expected: Record<string, number> = {};
      for (const letter of new Set(lists.join(''))) {
        if (shown.includes(letter)) continue;
        for (const one of shown) {
          const norm = count(one) ** exponent * count(letter) ** (1 - exponent);
          expected[letter] = (expected[letter] ?? 0) + count(one + letter) / (norm + shrink);
        }
      }
      const set = await lettersSet(lists);
      const found = await scoresOf(itemKnn, set, shown, { shrink, exponent });
      return nearly(found, expected);
    }),
    { numRuns: 50 },
  );
});
