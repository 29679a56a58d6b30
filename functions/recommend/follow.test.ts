import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Problem } from '../../shared/problems.ts';
import { readHeads } from '../../shared/store/heads.ts';
import { prune } from '../../shared/store/prune.ts';
import { rollback } from '../../shared/store/publish.ts';
import { type FollowOptions, follow } from './follow.ts';
import { type Model, tablesFor } from './model.ts';
import { playlists, publishSample } from './sample.ts';

/** A follower of a store that looks when told to, with what it reported. */
async function following(
  t: { teardown(end: () => void): void },
  store: string,
  options: Partial<FollowOptions> = {},
) {
  const swaps: number[] = [];
  const faults: Problem[] = [];
  const follower = await follow({
    store,
    pinned: undefined,
    pollMs: 86_400_000,
    onSwap: ({ head }) => swaps.push(head.seq),
    onFault: (fault) => faults.push(fault),
    ...options,
  });
  t.teardown(() => follower.close());
  return { ...follower, swaps, reported: faults };
}

/** Writes the next head by hand, of the snapshot that the newest names or of what is given. */
function writeHead(store: string, changes: Record<string, unknown> | string): void {
  const seqs = readdirSync(join(store, 'heads')).map((name) => Number.parseInt(name, 10));
  const newest = Math.max(...seqs);
  const head = JSON.parse(readFileSync(join(store, 'heads', `${newest}.json`), 'utf8'));
  const text =
    typeof changes === 'string'
      ? changes
      : JSON.stringify({ ...head, seq: newest + 1, ...changes });
  writeFileSync(join(store, 'heads', `${newest + 1}.json`), text);
}

const other = [['Yesterday - The Beatles', 'Alone - Heart']];

t.test('the newest version serves, and a newer one takes its place', async (t) => {
  const store = t.testdir({});
  await publishSample(store, playlists);
  const { model, poll, unready, swaps } = await following(t, store);
  t.equal(model().head.version, '1');
  t.equal(model().songs, 9);
  t.equal(unready(), undefined);
  await publishSample(store, other);
  t.equal(model().head.version, '1', 'not before it is looked for');
  await Promise.all([poll(), poll()]);
  t.equal(model().head.version, '2');
  t.equal(model().songs, 2);
  await poll();
  await rollback(store, '1');
  await poll();
  t.match(model().head, { version: '1', seq: 3, cause: 'rollback' });
  t.same(swaps, [1, 2, 3], 'each is loaded once');
});

t.test('the memory of a model that serves no more is given back', async (t) => {
  const store = t.testdir({});
  await publishSample(store, playlists);
  const { model, poll } = await following(t, store);
  const gone: string[] = [];
  const registry = new FinalizationRegistry((version: string) => gone.push(version));
  registry.register(model().scores.buffer, '1');
  await publishSample(store, other);
  await poll();
  t.equal(model().head.version, '2');
  // What V8 was marking as it was told is told of again at the next look.
  for (let i = 0; i < 100 && gone.length === 0; i++) {
    await sleep(100);
    await poll();
  }
  t.strictSame(gone, ['1']);
});

t.test('a model that comes has the tables that answers used of the one before', async (t) => {
  const store = t.testdir({});
  await publishSample(store, playlists);
  const { model, poll } = await following(t, store);
  tablesFor(model(), 3);
  const { tables } = model();
  await publishSample(store, other);
  await poll();
  t.equal(model().head.version, '2');
  t.strictSame(Object.keys(model().tables), Object.keys(tables));
  t.not(tablesFor(model(), 3), tables[1], 'of its own songs');
});

t.test('it looks by itself until it is closed', async (t) => {
  const store = t.testdir({});
  await publishSample(store, playlists);
  const { model, close, swaps } = await following(t, store, { pollMs: 10 });
  await publishSample(store, other);
  while (model().head.seq < 2) await sleep(5);
  close();
  // A look that had begun may still end.
  await sleep(50);
  await rollback(store, '1');
  await sleep(50);
  t.same(swaps, [1, 2]);
});

t.test('closed while it looks, it does not look again', async (t) => {
  const store = t.testdir({});
  await publishSample(store, playlists);
  const looks = { count: 0 };
  const counted = {
    pollMs: 10,
    onSwap: (_: Model) => {
      looks.count++;
      follower?.close();
    },
  };
  let follower: Awaited<ReturnType<typeof following>> | undefined;
  follower = await following(t, store, counted);
  await publishSample(store, other);
  while (looks.count < 2) await sleep(5);
  await rollback(store, '1');
  await sleep(50);
  t.equal(looks.count, 2);
});

t.test('an empty store is no failure, and is not one when a model comes', async (t) => {
  const store = t.testdir({});
  const { model, poll, unready, faults, reported } = await following(t, store);
  t.equal(unready(), undefined);
  t.throws(model, { code: 'no-model', status: 503 });
  await publishSample(store, playlists);
  await poll();
  t.equal(model().head.version, '1');
  t.same(faults(), []);
  t.same(reported, []);
});

t.test('a store that is not there yet is reported once, and loaded when it comes', async (t) => {
  const store = join(t.testdir({}), 'volume');
  const { model, poll, unready, reported } = await following(t, store);
  await poll();
  t.match(unready(), { code: 'model-not-loaded', status: 503 });
  t.throws(model, { code: 'model-not-loaded', status: 503 });
  t.match(reported, [{ code: 'store-unusable' }]);
  t.equal(reported.length, 1);
  mkdirSync(store);
  await publishSample(store, playlists);
  await poll();
  t.equal(unready(), undefined);
  t.equal(model().head.version, '1');
});

t.test('whatever goes wrong, the last good model stays', async (t) => {
  const damages: [string, (store: string) => void][] = [
    ['a head that is no JSON', (store) => writeHead(store, '{"seq": 2')],
    ['a head that is empty', (store) => writeHead(store, '')],
    ['a head of another number', (store) => writeHead(store, { seq: 7 })],
    ['a snapshot that is not there', (store) => writeHead(store, { file: 'gone.msgpack' })],
    ['a snapshot of another digest', (store) => writeHead(store, { sha256: '0'.repeat(64) })],
    ['a folder that is gone', (store) => rmSync(store, { recursive: true })],
  ];
  for (const [name, damage] of damages) {
    await t.test(name, async (t) => {
      const store = t.testdir({});
      await publishSample(store, playlists);
      const { model, poll, unready, faults, reported } = await following(t, store);
      damage(store);
      await poll();
      await poll();
      t.equal(model().head.version, '1');
      t.equal(unready(), undefined);
      t.equal(faults().length, 1);
      t.equal(reported.length, 1, 'it is said once');
    });
  }
});

t.test('after a damaged version the next good one serves', async (t) => {
  const store = t.testdir({});
  await publishSample(store, playlists);
  const { model, poll, faults, reported } = await following(t, store);
  writeHead(store, { sha256: '0'.repeat(64) });
  await poll();
  t.equal(model().head.seq, 1);
  await publishSample(store, other);
  await poll();
  t.equal(model().head.seq, 3);
  t.same(faults(), []);
  t.equal(reported.length, 1);
});

t.test('a store whose only version is damaged is not ready', async (t) => {
  const store = t.testdir({});
  const { file } = await publishSample(store, playlists);
  writeFileSync(join(store, 'snapshots', file), 'torn');
  const { model, poll, unready, reported } = await following(t, store);
  t.match(unready(), { code: 'model-not-loaded', message: /SHA-256/ });
  t.throws(model, { code: 'model-not-loaded' });
  await poll();
  t.equal(reported.length, 1);
});

t.test('a damaged newest version leaves the one below it', async (t) => {
  const store = t.testdir({});
  await publishSample(store, playlists);
  writeHead(store, '');
  const { model, unready, reported } = await following(t, store);
  t.equal(model().head.seq, 1);
  t.equal(unready(), undefined);
  t.equal(reported.length, 1);
});

t.test('it never goes back to a lower head', async (t) => {
  const store = t.testdir({});
  await publishSample(store, playlists);
  await publishSample(store, other);
  const { model, poll } = await following(t, store);
  rmSync(join(store, 'heads', '2.json'));
  await poll();
  t.equal(model().head.seq, 2, 'an old state of the volume is not believed');
});

t.test(
  'a volume restored from a backup is told of, and its new models serve once their number has passed',
  async (t) => {
    const folder = t.testdir({ store: {} });
    const [store, backup] = [join(folder, 'store'), join(folder, 'backup')];
    await publishSample(store, playlists);
    cpSync(store, backup, { recursive: true });
    await publishSample(store, other);
    await publishSample(store, [['A - B', 'C - D']]);
    const { model, poll, faults, reported, unready } = await following(t, store);
    t.equal(model().head.seq, 3);
    rmSync(store, { recursive: true });
    cpSync(backup, store, { recursive: true });
    for (const _ of ['first', 'second']) await poll();
    t.equal(model().head.seq, 3, 'it serves on');
    t.equal(unready(), undefined);
    t.match(faults(), [{ code: 'store-behind' }]);
    t.equal(reported.length, 1);
    // A pod that starts takes what is there.
    t.equal((await following(t, store)).model().head.seq, 1);
    await publishSample(store, [['E - F', 'G - H']]);
    await poll();
    t.match(faults(), [{ code: 'store-behind' }]);
    const { sha256 } = await publishSample(store, [['I - J', 'K - L']]);
    await poll();
    t.equal(model().head.sha256, sha256);
    t.strictSame(faults(), []);
  },
);

t.test('a pinned version serves whatever is published', async (t) => {
  const store = t.testdir({});
  await publishSample(store, playlists);
  await publishSample(store, other);
  const { model, poll, swaps } = await following(t, store, { pinned: '1' });
  t.equal(model().head.version, '1');
  await publishSample(store, [['A', 'B']]);
  await poll();
  t.equal(model().head.version, '1');
  t.same(swaps, [1]);
});

t.test('a pinned version outlives a hundred trainings, for a pod that wakes up then', async (t) => {
  const store = t.testdir({});
  const retention = { keepVersions: 3, pinned: ['2'], graceMs: 0 };
  for (let training = 0; training < 100; training++) {
    await publishSample(store, [['A', `B${training}`]]);
    await prune(store, retention);
  }
  const { model, unready } = await following(t, store, { pinned: '2' });
  t.equal(unready(), undefined);
  t.equal(model().head.version, '2');
  const versions = new Set((await readHeads(store)).map(({ version }) => version));
  t.same([...versions], ['2', '98', '99', '100'], 'the others are pruned');
});

t.test('a pinned version that is not there is not ready, and serves when it comes', async (t) => {
  const store = t.testdir({});
  await publishSample(store, playlists);
  const { model, poll, unready } = await following(t, store, { pinned: '2' });
  t.match(unready(), { code: 'model-not-loaded', message: /Version "2" is not in the store/ });
  await publishSample(store, other);
  await poll();
  t.equal(unready(), undefined);
  t.equal(model().head.version, '2');
});

t.test('a pinned version serves though another is damaged', async (t) => {
  const store = t.testdir({});
  await publishSample(store, playlists);
  writeHead(store, '{');
  const { model, unready } = await following(t, store, { pinned: '1' });
  t.equal(unready(), undefined);
  t.equal(model().head.version, '1');
});

t.test('a number that a power failure gave to another model is that one’s', async (t) => {
  const store = t.testdir({});
  await publishSample(store, playlists);
  const { poll, model, swaps } = await following(t, store);
  await publishSample(store, [['A - B', 'C - D']]);
  const path = (seq: number) => join(store, 'heads', `${seq}.json`);
  const second = JSON.parse(readFileSync(path(2), 'utf8'));
  rmSync(path(1));
  rmSync(path(2));
  await poll();
  t.strictSame(swaps, [1], 'what serves serves on while its head is gone');
  writeFileSync(path(1), JSON.stringify({ ...second, seq: 1, version: '1' }));
  await poll();
  t.strictSame(swaps, [1, 1]);
  t.equal(model().head.sha256, second.sha256);
  await poll();
  t.strictSame(swaps, [1, 1], 'once');
  writeFileSync(path(1), 'damaged');
  writeFileSync(path(2), JSON.stringify(second));
  await poll();
  t.strictSame(swaps, [1, 1, 2], 'a damaged one keeps no newer one away');
});

t.test('what is not signed is not served, and told', async (t) => {
  const store = t.testdir({});
  const { publicKey } = generateKeyPairSync('ed25519');
  await publishSample(store, playlists);
  const unsigned = await following(t, store, { publicKey });
  t.strictSame(unsigned.swaps, []);
  t.match(unsigned.unready(), { code: 'model-not-loaded', message: /1\.json is not signed/ });
  const pinned = await following(t, store, { publicKey, pinned: '1' });
  t.match(pinned.unready(), { code: 'model-not-loaded' });
});
