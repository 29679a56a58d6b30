import t from 'tap';
import { faultKinds, runSchedule, tryEveryCall } from './schedule.ts';

t.test('whatever fails at whichever call, the store keeps its promises', async (t) => {
  for (const kind of faultKinds) {
    const { faults } = await tryEveryCall([kind]);
    t.ok(faults > 20, `${kind}: ${faults} places`);
  }
});

t.test('writers, readers and faults in random schedules', async (t) => {
  const first = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.comment(`SEED=${first}`);
  for (let seed = first; seed < first + 150; seed++) {
    await runSchedule(seed).catch((error: Error) => {
      throw new Error(`SEED=${seed}: ${error.message}`, { cause: error });
    });
  }
});

t.test('a disk that lies about what is synced is found out', async (t) => {
  const disk = { lies: true };
  await t.rejects(
    tryEveryCall(['crash'], disk),
    /^crash at call \d+, with its effect: (true|false)$/,
  );
  let found = 0;
  for (let seed = 0; seed < 20; seed++) {
    await runSchedule(seed, disk).catch(() => found++);
  }
  t.ok(found > 5, `${found} of 20 schedules`);
});
