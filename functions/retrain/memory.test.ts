import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { withinMemory } from './memory.ts';

const much = 2 ** 50;
const tooLittle = {
  code: 'too-little-memory',
  message: /^It needs \d+ MiB or more, and may have \d+ MiB \(--max-memory\)\. Raise [^\n]+\.$/,
};

t.test('work that fits is left alone', async (t) => {
  const result = await withinMemory(much, undefined, async (signal, check) => {
    check();
    await sleep(120);
    return signal.aborted;
  });
  t.equal(result, false);
});

t.test('work that takes too much is ended, at its next step or by the clock', async (t) => {
  const atStep = withinMemory(2 ** 20, undefined, async (_, check) => check());
  await t.rejects(atStep, tooLittle);
  const byClock = withinMemory(2 ** 20, undefined, async (signal) => {
    await sleep(10_000, undefined, { signal }).catch(() => signal.throwIfAborted());
  });
  await t.rejects(byClock, tooLittle);
});

t.test('who asks for the work can end it', async (t) => {
  const reason = new Error('enough');
  const work = async (signal: AbortSignal) => {
    await sleep(10_000, undefined, { signal }).catch(() => signal.throwIfAborted());
  };
  await t.rejects(withinMemory(much, AbortSignal.abort(reason), work), reason);
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 5);
  await t.rejects(withinMemory(much, controller.signal, work), reason);
});

t.test('memory that the system does not give is too little, not a defect', async (t) => {
  const refused = { code: 'too-little-memory', message: /^Array buffer allocation failed\. Raise/ };
  const work = async () => new ArrayBuffer(Number.MAX_SAFE_INTEGER);
  await t.rejects(withinMemory(much, undefined, work), refused);
  const other = new RangeError('out of range');
  await t.rejects(
    withinMemory(much, undefined, () => Promise.reject(other)),
    other,
  );
  await t.rejects(
    withinMemory(much, undefined, () => Promise.reject('no')),
    'no',
  );
});
