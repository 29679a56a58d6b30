import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { countNumbers, emptyNumberCounts, firstLargeCode } from './counts.ts';
import { type Ranks, type SortRows, sortByKernel, sortPlainly } from './rank.ts';
import { newTokens } from './tokens.ts';

const tokens = newTokens();

/** Codes, small and large, of which few or many are equal. */
const code = fc.oneof(
  fc.nat(9),
  fc.nat(5000),
  fc.integer({ min: firstLargeCode, max: firstLargeCode + 300 }),
);
const rows = fc.array(fc.array(code, { minLength: 1, maxLength: 200 }), { minLength: 1 });

/** Ranks of those codes, up to a highest one. */
function ranksUpTo(highest: number, seed: number): Ranks {
  const rank = (i: number) => ((i + 1) * (2 * seed + 1) * 0x9e3779b1) % (highest + 1);
  return {
    small: Uint32Array.from({ length: 5001 }, (_, i) => rank(i)),
    large: Uint32Array.from({ length: 301 }, (_, i) => rank(5001 + i)),
    count: highest + 1,
  };
}

function sorted(sort: SortRows, given: readonly number[][]) {
  const codes = Uint32Array.from(given.flat());
  let end = 0;
  const ends = Uint32Array.from(given, (row) => (end += row.length));
  const repeats = new Map<number, number>();
  const left = sort(codes, ends, repeats);
  return { codes: codes.slice(0, left), ends, repeats };
}

t.test('the kernel ranks and sorts as plain code does', async () => {
  const highest = fc.constantFrom(1, 255, 256, 70_000, 2 ** 24, 2 ** 32 - 2);
  fc.assert(
    fc.property(rows, highest, fc.nat(1000), (rows, highest, seed) => {
      const ranks = ranksUpTo(highest, seed);
      assert.deepEqual(sorted(sortByKernel(tokens, ranks), rows), sorted(sortPlainly(ranks), rows));
    }),
    { numRuns: 60 },
  );
});

t.test('as many as it takes at once', async () => {
  const ranks = ranksUpTo(3000, 1);
  const long = Array.from({ length: tokens.mostSorted }, (_, i) => (i * 7919) % 5001);
  const single = long.map((one) => [one]);
  for (const rows of [[long], single]) {
    assert.deepEqual(sorted(sortByKernel(tokens, ranks), rows), sorted(sortPlainly(ranks), rows));
  }
});

t.test('the kernel counts as plain code does', async () => {
  const number = fc.oneof(
    fc.nat(20),
    fc.nat(5000),
    fc.integer({ min: firstLargeCode, max: firstLargeCode + 20 }),
    fc.nat(2 ** 32 - 1),
  );
  fc.assert(
    fc.property(fc.array(fc.array(number)), (runs) => {
      const counting = newTokens();
      const counts = emptyNumberCounts();
      for (const run of runs) {
        counting.numbers.set(run);
        countNumbers(counts, counting, run.length, new Uint32Array(run.length), 0);
      }
      const expected = new Map<number, number>();
      for (const one of runs.flat()) expected.set(one, (expected.get(one) ?? 0) + 1);
      const found = new Map([
        ...[...expected.keys()]
          .filter((one) => one < firstLargeCode)
          .map((one) => [one, counts.small[one]]),
        ...Array.from(counts.large.subarray(0, counts.largeLength), (one, i) => [
          one,
          counts.largeCounts[i],
        ]),
      ] as [number, number][]);
      assert.deepEqual(found, expected);
    }),
    { numRuns: 30 },
  );
});
