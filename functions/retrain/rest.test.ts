import t from 'tap';
import { stepsOf } from '../../shared/steps.ts';
import { inSlices, rester, withRests } from './rest.ts';

/** Rests until others have had a turn. */
async function restUntilTurn(rest: () => Promise<void>): Promise<void> {
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  while (!turned) await rest();
}

t.test('others get their turn, and an abort ends the work with its reason', async (t) => {
  await t.resolves(restUntilTurn(rester(undefined)));
  const abort = new AbortController();
  const rest = rester(abort.signal);
  await t.resolves(restUntilTurn(rest));
  const reason = new Error('enough');
  abort.abort(reason);
  await t.rejects(async () => {
    for (;;) await rest();
  }, reason);
});

t.test('work in slices is all of it, in order, with a rest before each', async (t) => {
  for (const [count, atOnce] of [
    [0, 3],
    [1, 3],
    [3, 3],
    [10, 3],
  ]) {
    const done: string[] = [];
    await inSlices(
      count,
      async () => void done.push('rest'),
      (from, to) => {
        for (let i = from; i < to; i++) done.push(`${i}`);
      },
      atOnce,
    );
    const expected = Array.from({ length: count }, (_, i) =>
      i % atOnce === 0 ? ['rest', `${i}`] : [`${i}`],
    );
    t.strictSame(done, expected.flat());
  }
});

t.test('steps give what they come to, with a rest between them', async (t) => {
  let rests = 0;
  function* steps() {
    yield* stepsOf(4, 2, () => {});
    return 'done';
  }
  t.equal(await withRests(steps(), async () => void rests++), 'done');
  t.equal(rests, 2);
});

t.test('an abort is heard before the next slice', async (t) => {
  const reason = new Error('enough');
  let slices = 0;
  const rest = async () => {
    if (slices === 2) throw reason;
  };
  await t.rejects(
    inSlices(1e6, rest, () => slices++),
    reason,
  );
  t.equal(slices, 2);
});
