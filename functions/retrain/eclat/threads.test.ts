import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { countItemsets, EclatError, type Miner, mine, openMiner } from './eclat.ts';
import * as plain from './plain/plain.ts';
import { anyRows, toTransactions } from './sample.ts';

const miners = new Map<number, Miner>();
for (const threads of [1, 2, 3]) miners.set(threads, await openMiner(threads));
t.teardown(() => Promise.all([...miners.values()].map((miner) => miner.close())));

t.test('with any number of threads, the itemsets are those of the plain twin', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyRows,
      fc.constantFrom(...miners.keys()),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(0, 1, 2, Infinity),
      async (rows, threads, minSupport, minLength, more) => {
        const transactions = toTransactions(rows);
        const options = { minSupport, minLength, maxLength: minLength + more };
        const miner = miners.get(threads)!;
        assert.deepEqual(
          await miner.mine(transactions, options),
          plain.mine(transactions, options),
        );
        assert.deepEqual(
          await miner.countItemsets(transactions, options),
          plain.countItemsets(transactions, options),
        );
      },
    ),
    { numRuns: 25 },
  );
});

/** Numbers from 0 to 1 that a seed gives. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Rows that have most of the items, some items more than others. */
function denseRows(seed: number, rowCount: number, itemCount: number) {
  const random = randomOf(seed);
  const shares = Array.from({ length: itemCount }, () => 1 - 0.4 * random() ** 4);
  const rows = Array.from({ length: rowCount }, () =>
    [...shares.keys()].filter((item) => random() < shares[item]!),
  );
  return toTransactions({ rows, itemCount });
}

t.test('dense rows, whose most frequent items are counted all at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.integer({ min: 10, max: 500 }),
      fc.integer({ min: 9, max: 14 }),
      fc.constantFrom(...miners.keys()),
      fc.double({ min: 0.2, max: 0.7, noNaN: true }),
      async (seed, rowCount, itemCount, threads, share) => {
        const transactions = denseRows(seed, rowCount, itemCount);
        const options = { minSupport: Math.ceil(rowCount * share), minLength: 1 + (seed % 3) };
        assert.deepEqual(
          await miners.get(threads)!.countItemsets(transactions, options),
          plain.countItemsets(transactions, options),
        );
      },
    ),
    { numRuns: 40 },
  );
});

t.test('dense rows whose counts do not fit in 16 bits', async () => {
  const transactions = denseRows(1, 100_000, 11);
  const options = { minSupport: 30_000 };
  assert.deepEqual(
    await miners.get(1)!.countItemsets(transactions, options),
    plain.countItemsets(transactions, options),
  );
});

/** Rows for some hundred milliseconds, sparse and dense: items in themes, some of them popular. */
function themes() {
  const random = randomOf(7);
  const rows = Array.from({ length: 1000 }, () => {
    const theme = Math.floor(random() * 20) * 40;
    const length = 5 + Math.floor(random() * 40);
    const row = new Set<number>();
    for (let i = 0; i < length; i++) {
      const popular = random() < 0.3;
      row.add(popular ? 800 + Math.floor(random() ** 3 * 60) : theme + Math.floor(random() * 40));
    }
    return [...row];
  });
  return toTransactions({ rows, itemCount: 860 });
}

t.test('threads that start late or help with one class change nothing', async (t) => {
  const transactions = themes();
  const options = { minSupport: 4, maxLength: 5 };
  const expected = plain.mine(transactions, options);
  for (const threads of [1, 2, 4]) {
    const found = await mine(transactions, { ...options, threads });
    t.ok(isDeepStrictEqual(found, expected), `${threads}, started late`);
  }
  for (const [threads, miner] of miners) {
    const found = await miner.mine(transactions, options);
    t.ok(isDeepStrictEqual(found, expected), `${threads}, ready`);
  }
  const { total } = await countItemsets(transactions, { ...options, threads: 2 });
  t.equal(total, expected.supports.length);
});

t.test('rows in shared memory are mined as others', async (t) => {
  const { offsets, items, itemCount } = toTransactions({
    rows: [
      [0, 1],
      [0, 1, 2],
    ],
    itemCount: 3,
  });
  const shared = new Uint32Array(new SharedArrayBuffer(4 * items.length));
  shared.set(items);
  const found = await mine({ offsets, items: shared, itemCount }, { minSupport: 2 });
  t.same([...found.items], [0, 1, 0, 1]);
});

t.test('more memory than is allowed is an error that says so', async (t) => {
  const transactions = themes();
  for (const threads of [1, 2]) {
    const options = { minSupport: 1, maxMemoryBytes: 2 ** 18, threads };
    const expected = {
      name: 'EclatError',
      code: 'out-of-memory',
      message: 'Mining needs more than the 0.25 MiB that it may take.',
    };
    await t.rejects(mine(transactions, options), expected);
    await t.rejects(countItemsets(transactions, options), expected);
  }
  const top = mine(transactions, { top: 10, maxMemoryBytes: 2 ** 16 });
  await t.rejects(top, { code: 'out-of-memory' }, 'at a support that is tried, too');
  // The kernel has enough, and what it finds is kept twice at the end.
  const kept = { minSupport: 4, maxLength: 5, maxMemoryBytes: 2 ** 22, threads: 1 };
  t.ok((await countItemsets(transactions, kept)).total > 100_000);
  await t.rejects(mine(transactions, kept), { code: 'out-of-memory', message: /than the 4 MiB/ });
});

t.test('memory runs out at every stage, until it is enough', async (t) => {
  // Many items in half of the rows each: the classes take more memory than the rows do.
  const random = randomOf(11);
  const rows = Array.from({ length: 200 }, () =>
    Array.from({ length: 300 }, (_, item) => item).filter(() => random() < 0.5),
  );
  const transactions = toTransactions({ rows, itemCount: 300 });
  const options = { minSupport: 45, maxLength: 3, threads: 1 };
  const expected = await mine(transactions, options);
  let pages = 1;
  for (;;) {
    const bounded = mine(transactions, { ...options, maxMemoryBytes: pages * 65_536 });
    const found = await bounded.catch((error: unknown) => error);
    if (!(found instanceof EclatError)) {
      t.ok(isDeepStrictEqual(found, expected));
      break;
    }
    t.equal(found.code, 'out-of-memory', `${pages} pages`);
    pages += 2;
  }
  t.ok(pages > 4);
});

t.test('items that are more than 16 bits can number are mined as others', async () => {
  const rows = Array.from({ length: 35_000 }, (_, i) => [2 * i, 2 * i + 1]);
  const transactions = toTransactions({ rows, itemCount: 70_000 });
  const found = await miners.get(2)!.mine(transactions, { minSupport: 1 });
  assert.deepEqual(found, plain.mine(transactions, { minSupport: 1 }));
});

t.test('items beyond what memory can address are an error', async (t) => {
  const none = { offsets: Uint32Array.of(0), items: new Uint32Array(0), itemCount: 2 ** 30 };
  await t.rejects(mine(none, { minSupport: 1 }), { code: 'out-of-memory' });
});
