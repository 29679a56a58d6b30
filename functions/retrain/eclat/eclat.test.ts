import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import {
  countItemsets,
  EclatError,
  type EclatOptions,
  type ItemsetCounts,
  mine,
  type Transactions,
} from './eclat.ts';
import { anyRows, list, toTransactions } from './sample.ts';

const minSupports = fc.integer({ min: 1, max: 5 });

/** The same by counting every subset of every row. */
function bruteForce(rows: number[][], minSupport: number): string[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const items = row.toSorted((a, b) => a - b);
    for (let subset = 1; subset < 2 ** items.length; subset++) {
      const key = items.filter((_, i) => subset & (1 << i)).join(' ');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([, support]) => support >= minSupport)
    .map(([key, support]) => `${key}: ${support}`);
}

function lengthOf(line: string): number {
  return line.split(':')[0].split(' ').length;
}

function supportOf(line: string): number {
  return Number(line.split(': ')[1]);
}

/** Rows that no machine can mine to the end: every item is in some four of five. */
function endless(): Transactions {
  let state = 1;
  const rows = Array.from({ length: 1000 }, () =>
    Array.from({ length: 60 }, (_, item) => item).filter(() => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state >>> 16 < 0.8 * 65536;
    }),
  );
  return toTransactions({ rows, itemCount: 60 });
}

/** Items that are always together: every set of them is frequent. */
function together(itemCount: number): Transactions {
  const row = Array.from({ length: itemCount }, (_, item) => item);
  return toTransactions({ rows: [row, row], itemCount });
}

t.test('finds what counting every subset finds', async () => {
  await fc.assert(
    fc.asyncProperty(anyRows, minSupports, async (data, minSupport) => {
      const found = await mine(toTransactions(data), { minSupport });
      assert.deepEqual(list(found).toSorted(), bruteForce(data.rows, minSupport).toSorted());
      assert.equal(found.offsets.length, found.supports.length + 1);
      assert.equal(found.items.length, found.offsets.at(-1));
    }),
  );
});

t.test('a part of an itemset is frequent, and in no fewer transactions', async () => {
  await fc.assert(
    fc.asyncProperty(anyRows, minSupports, async (data, minSupport) => {
      const lines = list(await mine(toTransactions(data), { minSupport }));
      const supports = new Map(lines.map((line) => [line.split(':')[0], supportOf(line)]));
      for (const [key, support] of supports) {
        const items = key.split(' ');
        if (items.length === 1) continue;
        for (let i = 0; i < items.length; i++) {
          const part = supports.get(items.toSpliced(i, 1).join(' '));
          assert.ok(part !== undefined && part >= support, `${key} without its item ${i}`);
        }
      }
    }),
  );
});

t.test('other lengths and a higher support only leave itemsets out', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyRows,
      minSupports,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 4 }),
      async (data, minSupport, minLength, more) => {
        const transactions = toTransactions(data);
        const maxLength = minLength + more;
        const all = list(await mine(transactions, { minSupport: 1 }));
        assert.deepEqual(
          list(await mine(transactions, { minSupport, minLength, maxLength })),
          all.filter(
            (line) =>
              supportOf(line) >= minSupport &&
              lengthOf(line) >= minLength &&
              lengthOf(line) <= maxLength,
          ),
        );
      },
    ),
  );
});

t.test('counts are those of the itemsets', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyRows,
      minSupports,
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(0, 1, 2, Infinity),
      async (data, minSupport, minLength, more) => {
        const options = { minSupport, minLength, maxLength: minLength + more };
        const transactions = toTransactions(data);
        const lines = list(await mine(transactions, options));
        const longest = Math.max(0, ...lines.map(lengthOf));
        const byLength = new Array<number>(longest + 1).fill(0);
        for (const line of lines) byLength[lengthOf(line)]++;
        const expected: ItemsetCounts = { byLength, total: lines.length, longest };
        assert.deepEqual(await countItemsets(transactions, options), expected);
      },
    ),
  );
});

t.test('the order of rows makes no difference', async () => {
  await fc.assert(
    fc.asyncProperty(anyRows, minSupports, async ({ rows, itemCount }, minSupport) => {
      const forwards = await mine(toTransactions({ rows, itemCount }), { minSupport });
      const backwards = await mine(toTransactions({ rows: rows.toReversed(), itemCount }), {
        minSupport,
      });
      assert.deepEqual(list(backwards), list(forwards));
    }),
    { numRuns: 30 },
  );
});

t.test('itemsets come by their rarest item, most frequent first, and depth first', async (t) => {
  // In descending support: 2 (5 rows), 0 and 3 (3 each), 1 (2, always with 3).
  const rows = [
    [0, 2],
    [0, 1, 2, 3],
    [1, 2, 3],
    [0, 2],
    [2, 3],
  ];
  t.strictSame(list(await mine(toTransactions({ rows, itemCount: 4 }), { minSupport: 1 })), [
    '2: 5',
    '0: 3',
    '0 2: 3',
    '3: 3',
    '2 3: 3',
    '0 3: 1',
    '0 2 3: 1',
    '1: 2',
    '1 2: 2',
    '1 2 3: 2',
    '1 3: 2',
    '0 1: 1',
    '0 1 2: 1',
    '0 1 2 3: 1',
    '0 1 3: 1',
  ]);
});

t.test('an itemset is extended by the item of lowest support with it first', async (t) => {
  // With 3, item 1 is rarer than 2; with 3 and 0 it is more frequent.
  const withItem = [[0, 1], [0, 1], [0, 2], [1], [1], [2], [2], [2], [2]];
  const others = Array.from({ length: 30 }, (_, row) => [row % 3]);
  const rows = [...withItem.map((row) => [...row, 3]), ...others];
  const found = list(await mine(toTransactions({ rows, itemCount: 4 }), { minSupport: 1 }));
  t.strictSame(found.slice(-6), ['3: 9', '0 3: 3', '0 2 3: 1', '0 1 3: 2', '1 3: 4', '2 3: 5']);
});

t.test('rows so many times over are itemsets of so many times the support', async (t) => {
  // More rows and items than are gone through in one step.
  const times = 20_000;
  const once = toTransactions({
    rows: Array.from({ length: 8 }, (_, row) => [row % 3, 3 + (row % 4), 7 + (row % 5), 12, 13]),
    itemCount: 14,
  });
  const rows = once.offsets.length - 1;
  const often = {
    offsets: Uint32Array.from({ length: times * rows + 1 }, (_, row) => 5 * row),
    items: Uint32Array.from({ length: times * rows * 5 }, (_, i) => once.items[i % (rows * 5)]),
    itemCount: 14,
  };
  const expected = list(await mine(once, { minSupport: 2 }));
  t.strictSame(
    list(await mine(often, { minSupport: 2 * times })),
    expected.map((line) => line.replace(/\d+$/, (support) => String(Number(support) * times))),
  );
});

t.test('the rows may be a part of a larger set', async (t) => {
  const { offsets, items, itemCount } = toTransactions({
    rows: [[0, 1], [1, 2], [0, 1, 2], [2]],
    itemCount: 3,
  });
  const found = await mine(
    { offsets: offsets.subarray(1, 4), items, itemCount },
    { minSupport: 2 },
  );
  t.strictSame(list(found), ['1: 2', '2: 2', '1 2: 2']);
});

t.test('nothing frequent gives nothing', async (t) => {
  const none = {
    offsets: new Uint32Array(1),
    items: new Uint32Array(0),
    supports: new Uint32Array(0),
  };
  const cases: [name: string, transactions: Transactions, minSupport: number][] = [
    ['no rows, no items', toTransactions({ rows: [], itemCount: 0 }), 1],
    ['no rows', toTransactions({ rows: [], itemCount: 5 }), 1],
    ['empty rows', toTransactions({ rows: [[], [], []], itemCount: 5 }), 1],
    ['a support above the number of rows', together(5), 3],
    ['a support above all numbers', together(5), Number.MAX_SAFE_INTEGER],
  ];
  for (const [name, transactions, minSupport] of cases) {
    t.strictSame(await mine(transactions, { minSupport }), none, name);
    t.strictSame(
      await countItemsets(transactions, { minSupport }),
      { byLength: [0], total: 0, longest: 0 },
      name,
    );
  }
});

t.test('the bound is kept to the itemset', async () => {
  await fc.assert(
    fc.asyncProperty(anyRows, minSupports, async (data, minSupport) => {
      const transactions = toTransactions(data);
      const { total } = await countItemsets(transactions, { minSupport });
      fc.pre(total > 1);
      const enough = { minSupport, maxItemsets: total };
      assert.equal((await mine(transactions, enough)).supports.length, total);
      assert.equal((await countItemsets(transactions, enough)).total, total);
      const tooFew = { minSupport, maxItemsets: total - 1 };
      const isTooMany = (error: unknown) =>
        error instanceof EclatError && error.code === 'too-many-itemsets';
      await assert.rejects(mine(transactions, tooFew), isTooMany);
      await assert.rejects(countItemsets(transactions, tooFew), isTooMany);
    }),
    { numRuns: 30 },
  );
});

t.test('itemsets that are not wanted do not count for the bound', async (t) => {
  const pairs = { minSupport: 1, minLength: 2, maxLength: 2, maxItemsets: 10 };
  t.equal((await mine(together(5), pairs)).supports.length, 10);
  const items = { minSupport: 1, maxLength: 1, maxItemsets: 5 };
  t.equal((await mine(together(5), items)).supports.length, 5);
});

t.test('more itemsets than a number can say are too many, however they are counted', async (t) => {
  const row = Array.from({ length: 5_000 }, (_, item) => item);
  const transactions = toTransactions({ rows: [row], itemCount: row.length });
  for (const threads of [1, 2]) {
    await t.rejects(countItemsets(transactions, { minSupport: 1, threads }), {
      code: 'too-many-itemsets',
      message: 'There are more than 1.7976931348623157e+308 itemsets.',
    });
  }
});

t.test('counting is not bound by what could be kept', async (t) => {
  t.match(await countItemsets(together(40), { minSupport: 2 }), {
    total: 2 ** 40 - 1,
    longest: 40,
  });
});

t.test('the event loop goes on, and an abort ends mining with its reason', async (t) => {
  const cases: [name: string, minings: (options: EclatOptions) => Promise<unknown>][] = [
    ['counting', (options) => countItemsets(endless(), options)],
    ['mining', (options) => mine(endless(), options)],
    // One node of the search, with as many itemsets as take seconds to write.
    ['writing', (options) => mine(together(25), options)],
  ];
  for (const [name, start] of cases) {
    const controller = new AbortController();
    const reason = new Error('enough');
    let ticks = 0;
    const timer = setInterval(() => {
      // More than the ends of classes could give: the next always takes about twice as long.
      if (++ticks === 12) controller.abort(reason);
    }, 1);
    const error = await start({ minSupport: 2, signal: controller.signal }).catch(
      (error: unknown) => error,
    );
    clearInterval(timer);
    t.equal(error, reason, name);
    t.ok(ticks >= 12, name);
  }
});

t.test('a signal that is aborted already ends mining before it begins', async (t) => {
  const signal = AbortSignal.abort(new Error('too late'));
  let called = false;
  const onProgress = () => {
    called = true;
  };
  await t.rejects(mine(together(3), { minSupport: 1, signal, onProgress }), {
    message: 'too late',
  });
  t.notOk(called);
});

t.test('progress never falls and ends with everything', async (t) => {
  const seen: { itemsets: number; share: number }[] = [];
  const itemsets = await mine(together(18), {
    minSupport: 1,
    onProgress: (progress) => seen.push(progress),
  });
  t.strictSame(seen.at(-1), { itemsets: itemsets.supports.length, share: 1 });
  let last = { itemsets: 0, share: 0 };
  for (const progress of seen) {
    t.ok(progress.itemsets >= last.itemsets && progress.share >= last.share);
    last = progress;
  }
});

t.test('options that make no sense are refused', async (t) => {
  const cases: [options: EclatOptions, message: string][] = [
    [{ minSupport: 0 }, 'minSupport must be a whole number from 1, not 0.'],
    [{ minSupport: 1.5 }, 'minSupport must be a whole number from 1, not 1.5.'],
    [{ minSupport: Number.NaN }, 'minSupport must be a whole number from 1, not NaN.'],
    [{ minSupport: 1, minLength: 0 }, 'minLength must be a whole number from 1, not 0.'],
    [
      { minSupport: 1, minLength: Infinity },
      'minLength must be a whole number from 1, not Infinity.',
    ],
    [{ minSupport: 1, maxLength: -1 }, 'maxLength must be a whole number from 1, not -1.'],
    [{ minSupport: 1, maxItemsets: 0 }, 'maxItemsets must be a whole number from 1, not 0.'],
    [
      { minSupport: 1, minLength: 3, maxLength: 2 },
      'maxLength (2) must not be below minLength (3).',
    ],
  ];
  for (const [options, message] of cases) {
    await t.rejects(mine(together(3), options), { name: 'RangeError', message });
    await t.rejects(countItemsets(together(3), options), { name: 'RangeError', message });
  }
});

t.test('transactions that break their contract are refused', async (t) => {
  const cases: [offsets: number[], items: number[], message: string][] = [
    [[0, 2], [1, 0], 'Row 0 has item 0 after 1: items must ascend and be below 3.'],
    [[0, 1, 3], [0, 1, 1], 'Row 1 has item 1 after 1: items must ascend and be below 3.'],
    [[0, 1], [3], 'Row 0 has item 3 after -1: items must ascend and be below 3.'],
    [[0, 2, 1], [0, 1], 'Row 1 ends at 1, which is before its beginning or past the last item.'],
    [[0, 3], [0, 1], 'Row 0 ends at 3, which is before its beginning or past the last item.'],
  ];
  for (const [offsets, items, message] of cases) {
    const transactions = {
      offsets: Uint32Array.from(offsets),
      items: Uint32Array.from(items),
      itemCount: 3,
    };
    await t.rejects(mine(transactions, { minSupport: 1 }), { name: 'RangeError', message });
  }
});
