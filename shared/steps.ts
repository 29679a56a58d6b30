/**
 * Work that can take long, in steps of a few milliseconds. Whoever has it done decides what happens
 * between two steps: nothing (`atOnce`), or whatever else waits (`functions/retrain/rest.ts`).
 */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Does all steps, one right after the other. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/**
 * Does something to all numbers from 0 to below a count, in their order, some a step.
 * @param work Told the first number and the one behind the last.
 * @param aStep So many that they take a few milliseconds.
 */
export function* stepsOf(
  count: number,
  aStep: number,
  work: (from: number, to: number) => void,
): Steps<void> {
  for (let from = 0; from < count; from += aStep) {
    yield;
    work(from, Math.min(count, from + aStep));
  }
}

/** Numbers that are brought in order at once. */
const sortedAtOnce = 4096;

/**
 * The numbers from 0 to below a count in some order, equal ones in their own: runs are sorted, and
 * merged two by two.
 * @param compare As `Array.prototype.sort` takes it.
 */
export function* inOrder(
  count: number,
  compare: (one: number, other: number) => number,
): Steps<Uint32Array> {
  let order = new Uint32Array(count);
  let merged = new Uint32Array(count);
  yield* stepsOf(count, sortedAtOnce, (from, to) => {
    for (let i = from; i < to; i++) order[i] = i;
    order.subarray(from, to).sort(compare);
  });
  for (let width = sortedAtOnce; width < count; width *= 2) {
    let left = 0;
    let right = 0;
    yield* stepsOf(count, sortedAtOnce, (from, to) => {
      const first = from - (from % (2 * width));
      const middle = Math.min(first + width, count);
      const end = Math.min(middle + width, count);
      if (from === first) {
        left = first;
        right = middle;
      }
      for (let i = from; i < to; i++) {
        const isLeft = right === end || (left < middle && compare(order[left], order[right]) <= 0);
        merged[i] = order[isLeft ? left++ : right++];
      }
    });
    [order, merged] = [merged, order];
  }
  return order;
}
