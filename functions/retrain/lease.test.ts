import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { takeLease } from './lease.ts';

const holderOf = (store: string) => JSON.parse(readFileSync(join(store, 'lease'), 'utf8')).holder;
const minuteMs = 60_000;

/** A store whose lease ran out. */
function abandoned(t: Test): string {
  return t.testdir({
    lease: JSON.stringify({ holder: 'gone', until: new Date(Date.now() - 1).toISOString() }),
  });
}

t.test('who holds the lease keeps others out, until it is given back', async (t) => {
  const store = t.testdir();
  const lease = await takeLease(store, 'a', minuteMs);
  await t.rejects(takeLease(store, 'b', minuteMs), { code: 'busy', status: 503 });
  await lease.release();
  t.notOk(existsSync(join(store, 'lease')));
  await (await takeLease(store, 'b', minuteMs)).release();
});

t.test('a lease that ran out is taken over', async (t) => {
  const store = abandoned(t);
  await takeLease(store, 'b', minuteMs);
  t.equal(holderOf(store), 'b');
});

t.test('a clock that has gone back by a day keeps nobody out', async (t) => {
  const tomorrow = new Date(Date.now() + 24 * 60 * minuteMs).toISOString();
  const store = t.testdir({ lease: JSON.stringify({ holder: 'gone', until: tomorrow }) });
  await takeLease(store, 'b', minuteMs);
  t.equal(holderOf(store), 'b');
});

t.test('renewing puts the end off', async (t) => {
  const store = t.testdir();
  const lease = await takeLease(store, 'a', 0);
  await (await takeLease(store, 'a', minuteMs)).renew();
  await t.rejects(takeLease(store, 'b', 0), { code: 'busy' });
  await lease.renew();
  t.equal(holderOf(store), 'a');
});

t.test('one that was taken over is neither renewed nor given back', async (t) => {
  const store = t.testdir();
  const late = await takeLease(store, 'late', -1);
  await takeLease(store, 'new', minuteMs);
  await late.renew();
  await late.release();
  t.equal(holderOf(store), 'new');
});

t.test(
  'one that is gone is taken again by renewing, and given back without an error',
  async (t) => {
    const store = t.testdir();
    const lease = await takeLease(store, 'a', minuteMs);
    await lease.release();
    await lease.release();
    await lease.renew();
    t.equal(holderOf(store), 'a');
  },
);

t.test('a lease that nobody can read is nobody’s', async (t) => {
  for (const text of ['', '{', 'null', '5', '{}', '{"holder":"x","until":"soon"}']) {
    const store = t.testdir({ lease: text });
    await takeLease(store, 'a', minuteMs);
    t.equal(holderOf(store), 'a', text);
  }
});

t.test('a volume that does not work is said to be so', async (t) => {
  const store = t.testdir();
  const lease = await takeLease(store, 'a', minuteMs);
  await lease.release();
  mkdirSync(join(store, 'lease'));
  const unusable = { code: 'store-unusable' };
  await t.rejects(takeLease(store, 'b', minuteMs), unusable);
  await t.rejects(lease.renew(), unusable);
  await t.rejects(lease.release(), unusable);
  writeFileSync(join(store, 'file'), '');
  await t.rejects(takeLease(join(store, 'file'), 'b', minuteMs), { code: 'store-unusable' });
});
