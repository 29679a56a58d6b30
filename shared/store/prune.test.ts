import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { fillStore, publishSmall, writeSmall } from '../sample.ts';
import type { SnapshotFile } from './files.ts';
import { readHeads } from './heads.ts';
import { prune } from './prune.ts';
import { rollback } from './publish.ts';
import { keepAside, rejectedSnapshots } from './rejected.ts';
import { findVersion, readLatest, verifyStore } from './versions.ts';

const hour = 3_600_000;

const headPath = (store: string, seq: number) => join(store, 'heads', `${seq}.json`);
const snapshotPath = (store: string, { file }: SnapshotFile) => join(store, 'snapshots', file);

t.test('prune keeps what serves, what is newest, what is pinned, and what is young', async (t) => {
  const store = await fillStore(t.testdir(), 'ABCDEF');
  await rollback(store, '2'); // head 7 names B
  await writeSmall(store, 'G'); // young, not published yet
  const old = await writeSmall(store, 'H'); // of a training that never ended
  const leftovers = ['heads/.tmp-1', 'snapshots/.tmp-2', 'runs/.tmp-3'];
  await mkdir(join(store, 'runs'));
  await writeFile(join(store, 'runs', 'record.json'), '{}');
  for (const name of leftovers) await writeFile(join(store, name), '');
  await age(store);
  await utimes(snapshotPath(store, await findVersion(store, '4')), new Date(), new Date());
  await writeSmall(store, 'G');
  await writeFile(join(store, 'heads/.tmp-4'), '');

  const [c, , e] = await Promise.all(['3', '4', '5'].map((version) => findVersion(store, version)));
  const removed = await prune(`${store}/`, { keepVersions: 2, pinned: ['1'], graceMs: hour });
  t.strictSame(
    removed.sort(),
    [
      ...['heads/3.json', 'heads/4.json', 'heads/5.json', ...leftovers],
      ...[c, e, old].map(({ file }) => `snapshots/${file}`),
    ].sort(),
  );
  t.strictSame(
    (await readHeads(store)).map(({ seq, version }) => [seq, version]),
    [
      [1, '1'],
      [2, '2'],
      [6, '6'],
      [7, '2'],
    ],
  );
  t.strictSame(await verifyStore(store), { heads: 4, faults: [] });
  t.equal((await readdir(join(store, 'snapshots'))).length, 5, 'A, B, F; D and G are young');
  t.strictSame(await readdir(join(store, 'runs')), ['record.json']);
  t.strictSame(await prune(store, { keepVersions: 2, pinned: ['1'], graceMs: hour }), []);
});

t.test('a young head keeps its snapshot, however old that is', async (t) => {
  const store = await fillStore(t.testdir(), 'ABC');
  await age(store);
  await utimes(headPath(store, 1), new Date(), new Date());
  await prune(store, { keepVersions: 1, pinned: [], graceMs: hour });
  t.match(await verifyStore(store), { heads: 2, faults: { length: 0 } });
});

t.test('versions go on counting after those before are pruned', async (t) => {
  const store = await fillStore(t.testdir(), 'ABC');
  await age(store);
  await prune(store, { keepVersions: 1, pinned: [], graceMs: hour });
  t.match(await publishSmall(store, 'A', '04'), {
    outcome: 'published',
    head: { seq: 4, version: '4' },
  });
});

t.test('of the records of trainings the newest thousand stay, and what is young', async (t) => {
  const store = await fillStore(t.testdir(), 'A');
  await mkdir(join(store, 'runs'));
  const nameOf = (i: number) => `${i.toString(16).padStart(64, '0')}.json`;
  const write = async (i: number) => {
    const path = join(store, 'runs', nameOf(i));
    await writeFile(path, '{}');
    const written = new Date(Date.now() - 2 * hour - (i * hour) / 1000);
    await utimes(path, written, written);
  };
  for (let i = 0; i < 1000; i++) await write(i);
  const retention = { keepVersions: 1, pinned: [] };
  t.strictSame(await prune(store, { ...retention, graceMs: hour }), [], 'there are no more');
  for (let i = 1000; i < 1003; i++) await write(i);
  t.strictSame(await prune(store, { ...retention, graceMs: 4 * hour }), [], 'they are young');
  const removed = await prune(store, { ...retention, graceMs: hour });
  t.strictSame(
    removed.sort(),
    [1000, 1001, 1002].map((i) => join('runs', nameOf(i))),
  );
});

t.test('what somebody else removes meanwhile does not disturb prune', async (t) => {
  const store = await fillStore(t.testdir(), 'ABCDEFGH');
  await mkdir(join(store, 'runs'));
  for (let i = 0; i < 50; i++) await writeFile(join(store, 'runs', `.tmp-${i}`), '');
  await age(store);
  await symlink('nowhere', join(store, 'runs', '.tmp-gone'));
  const retention = { keepVersions: 1, pinned: [], graceMs: hour };
  const removed = (await Promise.all([1, 2, 3, 4].map(() => prune(store, retention)))).flat();
  t.equal(new Set(removed).size, removed.length, 'nothing is removed twice');
  t.equal(removed.length, 7 + 7 + 50);
  t.match(await readLatest(store, 0), { found: { head: { seq: 8 } }, faults: { length: 0 } });
});

t.test('prune says what it cannot remove', async (t) => {
  const store = await fillStore(t.testdir(), 'A');
  await mkdir(join(store, 'snapshots', 'folder'));
  await age(store);
  const retention = { keepVersions: 1, pinned: [], graceMs: hour };
  await t.rejects(prune(store, retention), { code: 'store-unusable', message: /folder/ });
});

/** Makes all files two hours old. */
async function age(store: string): Promise<void> {
  const then = new Date(Date.now() - 2 * hour);
  for (const entry of await readdir(store, { recursive: true })) {
    await utimes(join(store, entry), then, then);
  }
}

t.test(
  'of the rejected the newest are kept aside, and what is no note is passed over',
  async (t) => {
    const store = await fillStore(t.testdir(), 'A');
    const files = [];
    for (const key of ['B', 'C', 'D']) {
      const file = await writeSmall(store, key);
      await keepAside(store, file, { reason: `${key} is worse`, figures: {} }, key);
      files.push(file);
    }
    await writeFile(join(store, 'rejected', 'torn.json'), '{"file": "');
    await writeFile(join(store, 'rejected', '.tmp-1'), '{}');
    const head = await readFile(headPath(store, 1), 'utf8');
    const note = { ...(await rejectedSnapshots(store))[0], sha256: '../heads/1' };
    const elsewhere = JSON.stringify({ ...note, file: '../heads/1.msgpack', rejected: '1' });
    for (const [i, text] of ['null', '5', '{}', elsewhere].entries()) {
      await writeFile(join(store, 'rejected', `${i}.json`), text);
    }
    const reasons = async () => (await rejectedSnapshots(store)).map(({ reason }) => reason);
    t.strictSame((await reasons()).sort(), ['B is worse', 'C is worse', 'D is worse']);
    const [newest] = await rejectedSnapshots(store);
    await age(store);
    const removed = await prune(store, { keepVersions: 1, pinned: [], graceMs: hour });
    t.equal(removed.length, 5, 'two notes with their snapshots, and the leftover');
    t.strictSame(await reasons(), [newest.reason]);
    t.equal(await readFile(headPath(store, 1), 'utf8'), head, 'no note names a file elsewhere');
    t.ok((await readdir(join(store, 'snapshots'))).includes(newest.file));
    await mkdir(join(store, 'rejected', 'folder.json'));
    await t.rejects(rejectedSnapshots(store), { code: 'store-unusable' });
  },
);
