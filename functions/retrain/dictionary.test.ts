import fc from 'fast-check';
import t from 'tap';
import { Dictionary, PairCodes } from './dictionary.ts';

const names = fc.array(fc.constantFrom('', 'a', 'b', '__proto__', 'constructor', 'é', '\u0000'));

t.test('a name has the number of names before its first appearance', async (t) => {
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 4 }), (names, keysAMap) => {
      const dictionary = new Dictionary(keysAMap);
      const distinct = [...new Set(names)];
      t.strictSame(
        names.map((name) => dictionary.code(name)),
        names.map((name) => distinct.indexOf(name)),
      );
      t.strictSame(dictionary.names(), distinct);
    }),
    { numRuns: 50 },
  );
});

t.test('pairs, too, however many', async (t) => {
  const codes = new PairCodes();
  const known = new Map<string, number>();
  let wrong = 0;
  for (let i = 0; i < 20_000; i++) {
    const [first, second] = [(i * i) % 211, (i * 7) % 97];
    const key = `${first} ${second}`;
    if (!known.has(key)) known.set(key, known.size);
    if (codes.code(first, second) !== known.get(key)) wrong++;
  }
  t.equal(wrong, 0);
  const { firsts, seconds } = codes.pairs();
  t.strictSame(
    Array.from(firsts, (first, code) => `${first} ${seconds[code]}`),
    [...known.keys()],
  );
});
