import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { packDictionary, sortNames } from './dictionary.ts';
import { smallSnapshot } from './sample.ts';
import { encodeInSteps, packNames, packNamesInSteps, sha256InSteps } from './snapshot.ts';
import { atOnce, inOrder, type Steps, stepsOf } from './steps.ts';

t.test('numbers come in the order of what they stand for, equal ones in their own', async () => {
  const most = 3 * 4096;
  const sizes = fc.oneof(fc.nat(9), fc.constantFrom(4095, 4096, 4097, 8192), fc.nat(most));
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: most }), fc.nat(), (count, keys, seed) => {
      // Keys that repeat, and are in no order.
      const keyOf = (i: number) => (Math.imul(i + seed, 0x9e3779b1) >>> 7) % keys;
      const found = atOnce(inOrder(count, (a, b) => keyOf(a) - keyOf(b)));
      const expected = Array.from({ length: count }, (_, i) => i).sort(
        (a, b) => keyOf(a) - keyOf(b) || a - b,
      );
      assert.deepEqual([...found], expected);
    }),
    { numRuns: 30 },
  );
});

t.test('a step is some numbers, and all steps are all of them, in order', async (t) => {
  const done: [number, number][] = [];
  const steps = stepsOf(7, 3, (from, to) => done.push([from, to]));
  for (const upTo of [0, 1, 2]) {
    t.notOk(steps.next().done);
    t.equal(done.length, upTo, 'nothing is done before the first pause');
  }
  t.ok(steps.next().done);
  t.strictSame(done, [
    [0, 3],
    [3, 6],
    [6, 7],
  ]);
  t.equal(countSteps(stepsOf(0, 3, () => t.fail())), 0);
});

t.test('what grows with a data set is done in steps, the more the larger it is', async (t) => {
  const names = (count: number) =>
    Array.from({ length: count }, (_, i) => `name ${(i * 7) % count}`);
  const works: Record<string, (count: number) => Steps<unknown>> = {
    packNames: (count) => packNamesInSteps(names(count)),
    sortNames: (count) => sortNames(packNames(names(count))),
    packDictionary: (count) => packDictionary(packNames(names(count))),
    sha256: (count) => sha256InSteps(new Uint8Array(1000 * count)),
    encode: (count) =>
      encodeInSteps({ ...smallSnapshot(), ruleWeights: new Uint32Array(100 * count).fill(256) }),
  };
  for (const [name, work] of Object.entries(works)) {
    const [small, large] = [countSteps(work(10_000)), countSteps(work(40_000))];
    t.ok(large >= small + 3, `${name}: ${small} and ${large} steps`);
  }
});

function countSteps(steps: Steps<unknown>): number {
  let count = 0;
  while (!steps.next().done) count++;
  return count;
}
