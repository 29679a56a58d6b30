import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { countItemsets, type EclatOptions, mine } from './eclat.ts';
import { anyRows, list, toTransactions } from './sample.ts';

/** An itemset as `list` writes it. */
interface Found {
  line: string;
  items: Set<string>;
  support: number;
}

function parsed(line: string): Found {
  const [items, support] = line.split(': ');
  return { line, items: new Set(items.split(' ')), support: Number(support) };
}

/** Which of all itemsets are wanted, by comparing each with all. */
function oracle(
  all: Found[],
  { target = 'all', item, minLength = 1, maxLength = Infinity }: EclatOptions,
) {
  return all.filter(
    ({ items, support }) =>
      items.size >= minLength &&
      items.size <= maxLength &&
      (item === undefined || items.has(String(item))) &&
      (target === 'all' ||
        !all.some(
          (other) =>
            other.items.size > items.size &&
            [...items].every((item) => other.items.has(item)) &&
            (target === 'maximal' || other.support === support),
        )),
  );
}

const lines = (found: Found[]) => found.map(({ line }) => line).sort();

t.test('closed, maximal and required items are those among all itemsets', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyRows,
      fc.record({
        target: fc.constantFrom('all', 'closed', 'maximal'),
        minSupport: fc.integer({ min: 2, max: 6 }),
        minLength: fc.integer({ min: 1, max: 3 }),
        item: fc.option(fc.nat(6), { nil: undefined }),
        threads: fc.constantFrom(1, 1, 1, 2),
      }),
      fc.constantFrom(0, 1, 2, Infinity),
      async (rows, given, more) => {
        const options = { ...given, maxLength: given.minLength + more };
        const { minSupport } = options;
        const transactions = toTransactions(rows);
        const all = list(await mine(transactions, { minSupport, threads: 1 })).map(parsed);
        const expected = oracle(all, options);
        assert.deepEqual(list(await mine(transactions, options)).sort(), lines(expected));
        const { total, byLength } = await countItemsets(transactions, options);
        assert.equal(total, expected.length);
        assert.equal(
          byLength.reduce((sum, count) => sum + count, 0),
          total,
        );
      },
    ),
    { numRuns: 150 },
  );
});

t.test(
  'the top itemsets are the first by support, with those as frequent as the last',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRows,
        fc.record({
          target: fc.constantFrom('all', 'closed'),
          top: fc.integer({ min: 1, max: 40 }),
          minLength: fc.integer({ min: 1, max: 2 }),
          item: fc.option(fc.nat(6), { nil: undefined }),
          threads: fc.constant(1),
        }),
        async (rows, options) => {
          const transactions = toTransactions(rows);
          const all = list(await mine(transactions, { minSupport: 1, threads: 1 })).map(parsed);
          const wanted = oracle(all, options).sort((a, b) => b.support - a.support);
          const least = wanted.at(options.top - 1)?.support ?? 1;
          const expected = wanted.filter(({ support }) => support >= least);
          assert.deepEqual(list(await mine(transactions, options)).sort(), lines(expected));
        },
      ),
      { numRuns: 40 },
    );
  },
);

t.test('options that contradict each other are refused', async (t) => {
  const transactions = toTransactions({ rows: [[0, 1]], itemCount: 2 });
  const cases: [options: EclatOptions, message: string][] = [
    [{}, 'minSupport must be a whole number from 1, not undefined.'],
    [{ top: 0 }, 'top must be a whole number from 1, not 0.'],
    [{ top: 1, minSupport: 1 }, 'Either minSupport or top must be given, not both.'],
    [
      { top: 1, target: 'maximal' },
      'top means nothing for maximal itemsets: they are others at each support.',
    ],
    [{ minSupport: 1, item: 2 }, 'item must be a code below 2, not 2.'],
    [{ minSupport: 1, threads: 65 }, 'threads must be a whole number from 1 to 64, not 65.'],
    [
      { minSupport: 1, target: 'free' as 'all' },
      'target must be one of all, closed, maximal, not free.',
    ],
  ];
  for (const [options, message] of cases) {
    await t.rejects(mine(transactions, options), { name: 'RangeError', message });
  }
});
