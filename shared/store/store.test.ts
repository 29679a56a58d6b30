import assert from 'node:assert/strict';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { fillStore, plainly, publishSmall, smallSnapshot, writeSmall } from '../sample.ts';
import { encodeSnapshot } from '../snapshot.ts';
import { readFacts, readSnapshot, type SnapshotFile } from './files.ts';
import { type Head, readHeads } from './heads.ts';
import { prune } from './prune.ts';
import { publish, rollback } from './publish.ts';
import { findVersion, readLatest, verifyStore } from './versions.ts';

const hour = 3_600_000;

const headPath = (store: string, seq: number) => join(store, 'heads', `${seq}.json`);
const snapshotPath = (store: string, { file }: SnapshotFile) => join(store, 'snapshots', file);

t.test('a published snapshot is what readers find', async (t) => {
  const store = t.testdir();
  t.strictSame(await readHeads(store), []);
  t.strictSame(await readLatest(store, 0), { faults: [] });
  const file = await writeSmall(store, 'A');
  t.strictSame(await readLatest(store, 0), { faults: [] }, 'not before it is published');

  const { outcome, head } = await publish(store, file, { key: 'A', sequence: '00' });
  t.equal(outcome, 'published');
  t.match(head, { seq: 1, version: '1', cause: 'published', sequence: '00', key: 'A', ...file });
  t.ok(Math.abs(Date.parse(head.created) - Date.now()) < hour);
  t.strictSame(await readHeads(store), [head]);
  const latest = await readLatest(store, 0);
  t.strictSame(
    plainly(latest),
    plainly({ found: { head, snapshot: smallSnapshot('A') }, faults: [] }),
  );
  t.strictSame(await readLatest(store, 1), { faults: [] }, 'nothing above what is served');
});

t.test('A, B, A: the last answers are those of the first again, as its version', async (t) => {
  const store = await fillStore(t.testdir(), 'AB');
  const first = await findVersion(store, '1');
  const { outcome, head } = await publishSmall(store, 'A', '02');
  t.equal(outcome, 'again');
  t.strictSame(head, { ...first, seq: 3, cause: 'again', sequence: '02' });
  t.equal((await readdir(join(store, 'snapshots'))).length, 2);
});

t.test('an upload that is decided already adds nothing', async (t) => {
  const store = await fillStore(t.testdir(), 'AB');
  t.match(await publishSmall(store, 'B', '01'), { outcome: 'unchanged', head: { seq: 2 } });
  t.match(await publishSmall(store, 'C', '00'), { outcome: 'superseded', head: { seq: 2 } });
  t.match(await publishSmall(store, 'A', '00'), { outcome: 'superseded', head: { seq: 2 } });
  t.equal((await readHeads(store)).length, 2);
  t.match(
    await publishSmall(store, 'B', '02'),
    { outcome: 'again', head: { seq: 3, version: '2' } },
    'a newer upload of what serves supersedes those between',
  );
  t.match(await publishSmall(store, 'C', '01'), { outcome: 'superseded', head: { seq: 3 } });
});

t.test('a rollback is a new head of an old version', async (t) => {
  const store = await fillStore(t.testdir(), 'ABC');
  const first = await findVersion(store, '1');
  const { outcome, head } = await rollback(store, '1');
  t.equal(outcome, 'again');
  t.strictSame(head, { ...first, seq: 4, cause: 'rollback', sequence: '02' });
  const { found } = await readLatest(store, 3);
  t.strictSame(plainly(found), plainly({ head, snapshot: smallSnapshot('A') }));

  t.match(await rollback(store, '1'), { outcome: 'unchanged', head: { seq: 4 } });
  t.match(
    await publishSmall(store, 'B', '01'),
    { outcome: 'superseded' },
    'older uploads stay decided',
  );
  t.match(
    await publishSmall(store, 'C', '02'),
    { outcome: 'superseded' },
    'nor is it undone by a redelivery',
  );
  t.match(await publishSmall(store, 'C', '03'), {
    outcome: 'again',
    head: { seq: 5, version: '3' },
  });
});

t.test('a rollback to what is not there, or is damaged, changes nothing', async (t) => {
  const store = await fillStore(t.testdir(), 'AB');
  await t.rejects(rollback(store, '3'), { code: 'version-unknown', message: /It has 1, 2\.$/ });
  await truncate(snapshotPath(store, await findVersion(store, '1')), 100);
  await t.rejects(rollback(store, '1'), { code: 'snapshot-invalid' });
  t.equal((await readHeads(store)).length, 2);
  await t.rejects(rollback(t.testdir({}), '1'), { code: 'version-unknown', message: /none\.$/ });
  await t.rejects(findVersion(t.testdir({}), '1'), { code: 'version-unknown' });
});

t.test('every history of uploads and rollbacks ends as a list of heads would', async () => {
  const step = fc.oneof(
    fc.record({ upload: fc.constantFrom('A', 'B', 'C'), sequence: fc.constantFrom(...'0123456') }),
    fc.record({ rollback: fc.integer({ min: 1, max: 4 }).map(String) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const store = await mkdtemp(join(tmpdir(), 'segue-store-'));
      // The model: which name serves as which version since when, by whom.
      const expected: { version: string; name: string; sequence: string; back: boolean }[] = [];
      const decided = new Set<string>();
      for (const one of steps) {
        const current = expected.at(-1);
        if ('rollback' in one) {
          const target = expected.find(({ version }) => version === one.rollback);
          if (current === undefined || target === undefined) {
            await assert.rejects(rollback(store, one.rollback), { code: 'version-unknown' });
            continue;
          }
          await rollback(store, one.rollback);
          if (current.version !== target.version) {
            expected.push({ ...target, sequence: current.sequence, back: true });
          }
          continue;
        }
        const { upload: name, sequence } = one;
        const { outcome } = await publishSmall(store, name, sequence);
        const isOld = current !== undefined && sequence < current.sequence;
        const serves = current?.name === name && current.sequence === sequence;
        const wasDecided = current?.sequence === sequence && decided.has(name + sequence);
        if (isOld || serves || wasDecided) {
          assert.equal(outcome, serves ? 'unchanged' : 'superseded');
          continue;
        }
        const earlier = expected.find((head) => head.name === name);
        assert.equal(outcome, earlier === undefined ? 'published' : 'again');
        const version = earlier?.version ?? String(expected.length + 1);
        expected.push({ version, name, sequence, back: false });
        decided.add(name + sequence);
      }
      const heads = await readHeads(store);
      assert.deepEqual(
        heads.map(({ seq, version, key, sequence, cause }) => [
          seq,
          version,
          key,
          sequence,
          cause === 'rollback',
        ]),
        expected.map(({ version, name, sequence, back }, i) => [
          i + 1,
          version,
          name,
          sequence,
          back,
        ]),
      );
      assert.deepEqual(await verifyStore(store), { heads: heads.length, faults: [] });
      await rm(store, { recursive: true });
    }),
    { numRuns: 30 },
  );
});

t.test('numbers that no file can have are no heads, and above the last one is none', async (t) => {
  const store = await fillStore(t.testdir(), 'A');
  for (const name of ['9007199254740993', '99999999999999999999999', '1e3', '02']) {
    await writeFile(join(store, 'heads', `${name}.json`), '{}');
  }
  t.match(await publishSmall(store, 'B', '01'), { head: { seq: 2 } });
  t.match(await readLatest(store, 0), { found: { head: { seq: 2 } }, faults: { length: 0 } });
  await writeFile(headPath(store, Number.MAX_SAFE_INTEGER), '{}');
  const refused = { code: 'store-unusable', message: /9007199254740991\.json.*remove it/ };
  await t.rejects(publishSmall(store, 'C', '02'), refused);
  await t.rejects(rollback(store, '1'), refused);
  t.match(await readLatest(store, 0), { found: { head: { seq: 2 } }, faults: { length: 1 } });
  await rm(headPath(store, Number.MAX_SAFE_INTEGER));
  t.match(await publishSmall(store, 'C', '02'), { head: { seq: 3 } });
});

t.test(
  'a damaged head is reported, the version below is read, and publishing goes on',
  async (t) => {
    const good = await fillStore(t.testdir(), 'AB');
    const text = await readFile(headPath(good, 2), 'utf8');
    const head = JSON.parse(text) as Head;
    const changed = (entries: object) => JSON.stringify({ ...head, ...entries });
    const cases: [string, string, RegExp][] = [
      ['nothing', '', /not JSON/],
      ['half of it', text.slice(0, text.length / 2), /not JSON/],
      ['garbage', '\0\0\0\0', /not JSON/],
      ['nil', 'null', /no head/],
      ['a list', '[]', /no head/],
      ['a number', '2', /no head/],
      ['another head', changed({ seq: 1 }), /says that it is head 1/],
      ['half a number', changed({ seq: 2.5 }), /no head/],
      ['a size in words', changed({ bytes: 'many' }), /no head/],
      ['a file elsewhere', changed({ file: '../heads/1.json' }), /no head/],
      ['no digest', changed({ sha256: undefined }), /no head/],
      ['a path for one', changed({ sha256: '../x', file: '../x.msgpack' }), /no head/],
      ...(['version', 'cause', 'created', 'sequence', 'key'] as const).map(
        (name): [string, string, RegExp] => [`no ${name}`, changed({ [name]: null }), /no head/],
      ),
    ];
    for (const [what, content, reason] of cases) {
      const store = await mkdtemp(join(tmpdir(), 'segue-store-'));
      await publishSmall(store, 'A', '00');
      await writeFile(headPath(store, 2), content);
      const fault = { code: 'snapshot-invalid', message: reason };
      const latest = await readLatest(store, 0);
      t.match(latest, { found: { head: { seq: 1 } }, faults: [fault] }, what);
      t.match(latest.faults[0].message, headPath(store, 2));
      t.match(await readLatest(store, 1), { faults: [fault] });
      t.match(await verifyStore(store), { heads: 2, faults: [fault] });
      t.match(await publishSmall(store, 'B', '01'), {
        outcome: 'published',
        head: { seq: 3, version: '3' },
      });
      t.match(await readLatest(store, 1), { found: { head: { seq: 3 } }, faults: { length: 0 } });
      t.match(await rollback(store, '1'), { head: { seq: 4, version: '1' } });
      await rm(store, { recursive: true });
    }
  },
);

t.test('a damaged snapshot is reported, and the version below is read', async (t) => {
  const damages: [string, string, (path: string) => Promise<void>][] = [
    ['a short file', 'snapshot-invalid', (path) => truncate(path, 500)],
    ['an empty file', 'snapshot-invalid', (path) => truncate(path, 0)],
    ['garbage', 'snapshot-invalid', (path) => writeFile(path, 'garbage')],
    ['no file', 'store-unusable', (path) => rm(path)],
    [
      'a folder',
      'store-unusable',
      (path) =>
        rm(path)
          .then(() => mkdir(path))
          .then(() => {}),
    ],
  ];
  for (const [what, code, damage] of damages) {
    const store = await fillStore(t.testdir(), 'AB');
    const newest = await findVersion(store, '2');
    await damage(snapshotPath(store, newest));
    await t.rejects(readSnapshot(store, newest), { code }, what);
    t.match(await readLatest(store, 0), { found: { head: { seq: 1 } }, faults: [{ code }] });
    const above = await readLatest(store, 1);
    t.equal(above.found, undefined, 'who serves head 1 stays with it');
    t.match(await verifyStore(store), { heads: 2, faults: [{ code }] });
  }
});

t.test('no memory is taken for a snapshot that is larger than its head says', async (t) => {
  const store = await fillStore(t.testdir(), 'AB');
  const second = await findVersion(store, '2');
  // It has no bytes, and says that it has 64 GiB.
  await truncate(snapshotPath(store, second), 0);
  await truncate(snapshotPath(store, second), 2 ** 36);
  const fault = { code: 'snapshot-invalid', message: /it has 68719476736 bytes instead of \d+/ };
  t.match(await readLatest(store, 0), { found: { head: { seq: 1 } }, faults: [fault] });
  t.match(await verifyStore(store), { faults: [fault] });
  t.equal(await readFacts(store, second), undefined);
  await rm(snapshotPath(store, second));
  await mkdir(snapshotPath(store, second));
  t.equal(await readFacts(store, second), undefined, 'what cannot be read has none');
});

t.test('a snapshot that is written again mends the file, and makes it young', async (t) => {
  const store = t.testdir();
  const file = await writeSmall(store, 'A');
  const path = snapshotPath(store, file);
  const bytes = encodeSnapshot(smallSnapshot('A'));
  for (const damage of ['none', 'cut', 'gone']) {
    if (damage === 'cut') await truncate(path, 100);
    if (damage === 'gone') await rm(path);
    else await utimes(path, 1, 1);
    t.strictSame(await writeSmall(store, 'A'), file);
    t.ok(bytes.equals(await readFile(path)), damage);
    t.ok(Date.now() - (await stat(path)).mtimeMs < hour, damage);
  }
  t.strictSame(await readdir(join(store, 'snapshots')), [file.file]);
});

t.test('a head never names a snapshot that is not there', async (t) => {
  const store = await fillStore(t.testdir(), 'A');
  const file = await writeSmall(store, 'B');
  await rm(snapshotPath(store, file));
  const published = publish(store, file, { key: 'B', sequence: '01' });
  await t.rejects(published, { code: 'store-unusable' });
  t.equal((await readHeads(store)).length, 1);
});

t.test('a store that is missing or cannot be used is no empty store', async (t) => {
  const folder = t.testdir({
    file: '',
    noHeads: { heads: '' },
    headIsFolder: { heads: { '1.json': {} } },
    snapshotIsFolder: {},
    noSnapshots: { snapshots: '' },
  });
  const unusable = { code: 'store-unusable', status: 503, exitCode: 74 };
  for (const name of ['missing', 'file', 'noHeads']) {
    const store = join(folder, name);
    await t.rejects(readHeads(store), unusable, name);
    await t.rejects(readLatest(store, 0), unusable, name);
    await t.rejects(verifyStore(store), unusable, name);
    await t.rejects(rollback(store, '1'), unusable, name);
    await t.rejects(prune(store, { keepVersions: 1, pinned: [], graceMs: 0 }), unusable, name);
  }
  const headIsFolder = join(folder, 'headIsFolder');
  await t.rejects(readHeads(headIsFolder), unusable);
  t.match(await readLatest(headIsFolder, 0), { faults: [unusable] });

  await t.rejects(writeSmall(join(folder, 'file'), 'A'), unusable);
  await t.rejects(writeSmall(join(folder, 'noSnapshots'), 'A'), unusable);
  const store = join(folder, 'snapshotIsFolder');
  const file = await writeSmall(store, 'A');
  await rm(snapshotPath(store, file));
  await mkdir(snapshotPath(store, file));
  await t.rejects(writeSmall(store, 'A'), unusable);
});

t.test('names that are no heads are none', async (t) => {
  const store = await fillStore(t.testdir(), 'AB');
  const text = await readFile(headPath(store, 2), 'utf8');
  for (const name of ['.tmp-x', '0.json', '03.json', '3.json.bak', '-3.json', '3.JSON', 'x.json']) {
    await writeFile(join(store, 'heads', name), text);
  }
  t.strictSame(
    (await readHeads(store)).map((head) => head.seq),
    [1, 2],
  );
  t.equal((await verifyStore(store)).heads, 2);
});

t.test('heads are ordered as numbers', async (t) => {
  const store = t.testdir();
  for (let i = 0; i < 11; i++) await publishSmall(store, 'AB'[i % 2], String(i).padStart(2, '0'));
  t.strictSame(
    (await readHeads(store)).map((head) => head.seq),
    Array.from({ length: 11 }, (_, i) => i + 1),
  );
  t.equal((await readLatest(store, 0)).found?.head.seq, 11);
});

t.test('a head that is removed after it was listed is passed over', async (t) => {
  const store = await fillStore(t.testdir(), 'AB');
  await symlink('nowhere', headPath(store, 3)); // is listed, and is not there
  t.equal((await readHeads(store)).length, 2);
  t.match(await readLatest(store, 0), { found: { head: { seq: 2 } }, faults: { length: 0 } });
  t.match(await verifyStore(store), { faults: { length: 0 } });
  t.match(await publishSmall(store, 'C', '02'), { head: { seq: 4 } }, 'its number is not used');
});
