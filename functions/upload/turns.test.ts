import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { takeTurns } from './turns.ts';

t.test(
  'so many come in, the next one is told to come later, and room is made by who ends or fails',
  async (t) => {
    const turns = takeTurns(2);
    const gate = Promise.withResolvers<void>();
    const first = turns.within(() => gate.promise);
    const second = turns.within(async () => {
      await gate.promise;
      throw new Error('mine');
    });
    await t.rejects(
      turns.within(async () => {}),
      { code: 'overloaded', status: 503 },
    );
    gate.resolve();
    await first;
    await t.rejects(second, { message: 'mine' });
    t.strictSame(
      await Promise.all([turns.within(async () => 1), turns.within(async () => 2)]),
      [1, 2],
    );
  },
);

t.test(
  'who takes turns is alone, in the order of asking, and what fails holds nobody up',
  async (t) => {
    const turns = takeTurns(1);
    let inside = 0;
    const order: number[] = [];
    const all = await Promise.allSettled(
      [0, 1, 2, 3].map((i) =>
        turns.alone(async () => {
          t.equal(++inside, 1);
          await sleep(4 - i);
          order.push(i);
          inside--;
          if (i === 1) throw new Error('mine');
          return i;
        }),
      ),
    );
    t.strictSame(order, [0, 1, 2, 3]);
    t.match(all, [{ value: 0 }, { reason: { message: 'mine' } }, { value: 2 }, { value: 3 }]);
  },
);
