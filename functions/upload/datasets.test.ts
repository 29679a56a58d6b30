import {
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { problem } from '../../shared/problems.ts';
import { sha256Of } from '../../shared/snapshot.ts';
import {
  checkName,
  datasetPath,
  listDatasets,
  openDataset,
  removeDataset,
  removeLeftovers,
  storeDataset,
} from './datasets.ts';

const files = (folder: string) => readdirSync(folder, { recursive: true }).toSorted();
const fine = async () => 'checked';
const store = (folder: string, name: string, content: string) =>
  storeDataset(folder, name, Readable.from([Buffer.from(content)]), 100, fine);
const read = async (folder: string, name: string) => text((await openDataset(folder, name)).stream);

t.test('a name is one plain file name', async (t) => {
  for (const name of ['mine.csv', 'A-1_b.csv.gz', '-', 'x'.repeat(100)]) {
    t.equal(checkName(name), name);
  }
  const refused = ['', '.', '..', '.tmp-x', 'a/b', '../a', 'a\\b', 'a b', 'é', 'a\0', 'a\n', 'C:a'];
  for (const name of [...refused, 'x'.repeat(101)]) {
    t.throws(() => checkName(name), { code: 'dataset-name', status: 400 }, JSON.stringify(name));
  }
});

t.test('what is stored is listed and read, the newest of a name first', async (t) => {
  const folder = join(t.testdir(), 'new');
  t.strictSame(await listDatasets(folder), []);
  const { dataset, checked } = await store(folder, 'a.csv', 'one');
  t.equal(checked, 'checked');
  t.match(dataset, { name: 'a.csv', sha256: sha256Of(Buffer.from('one')), bytes: 3 });
  t.strictSame(await listDatasets(folder), [dataset]);
  await sleep(5);
  const { dataset: second } = await store(folder, 'a.csv', 'two');
  t.strictSame(await listDatasets(folder), [second, dataset]);
  t.equal(await read(folder, 'a.csv'), 'two');
  await sleep(5);
  await store(folder, 'a.csv', 'one');
  t.equal(await read(folder, 'a.csv'), 'one', 'uploaded again, it is the newest');
  t.equal((await listDatasets(folder)).length, 2);
});

t.test('what the volume has damaged is mended by uploading it again', async (t) => {
  const folder = t.testdir();
  const { dataset } = await store(folder, 'a.csv', 'one');
  writeFileSync(join(folder, datasetPath(dataset)), 'o');
  await store(folder, 'a.csv', 'one');
  t.equal(await read(folder, 'a.csv'), 'one');
});

t.test('all of a name are removed, and nothing else', async (t) => {
  const folder = t.testdir();
  await store(folder, 'a.csv', 'one');
  await store(folder, 'a.csv', 'two');
  const { dataset: kept } = await store(folder, 'b.csv', 'two');
  await removeDataset(folder, 'a.csv');
  t.strictSame(await listDatasets(folder), [kept]);
  await t.rejects(removeDataset(folder, 'a.csv'), { code: 'dataset-missing', status: 404 });
  await t.rejects(openDataset(folder, 'a.csv'), { code: 'dataset-missing' });
  await removeDataset(folder, 'b.csv');
  t.strictSame(files(folder), []);
});

t.test('who removes a data set that somebody else removes just now has done so', async (t) => {
  const folder = t.testdir();
  for (let i = 0; i < 20; i++) {
    await store(folder, 'a.csv', `${i}`);
    const removing = [1, 2, 3].map(() => removeDataset(folder, 'a.csv'));
    for (const end of await Promise.allSettled(removing)) {
      if (end.status === 'rejected') t.match(end.reason, { code: 'dataset-missing' });
    }
    t.strictSame(files(folder), []);
  }
});

t.test('nothing is left of what was not taken', async (t) => {
  const folder = t.testdir();
  const body = (content: string) => Readable.from([Buffer.from(content)]);
  const broken = new Readable({
    read() {
      this.push('half');
      this.destroy(new Error('reset'));
    },
  });
  const tooLarge = storeDataset(folder, 'a', body('12345'), 4, fine);
  await t.rejects(tooLarge, { code: 'too-large', status: 413 });
  t.strictSame(files(folder), []);
  const half = storeDataset(folder, 'a', broken, 4, fine);
  await t.rejects(half, { code: 'bad-request', message: 'complete: reset' });
  t.strictSame(files(folder), []);
  t.equal((await storeDataset(folder, 'a', body('1234'), 4, fine)).dataset.bytes, 4, 'the limit');
});

t.test('what a check says speaks of the name that was given', async (t) => {
  const folder = t.testdir();
  const checking = (error: (path: string) => Error) =>
    storeDataset(folder, 'a.csv', Readable.from([]), 9, async (path) => {
      throw error(path);
    });
  await t.rejects(
    checking((path) => problem('dataset-empty', { path })),
    { code: 'dataset-empty', message: /^a\.csv has no playlist/ },
  );
  await t.rejects(
    checking(() => new TypeError('defect')),
    { code: 'internal', message: 'defect' },
  );
  t.strictSame(files(folder), []);
});

t.test('a volume that does not work is said to be so', async (t) => {
  const folder = t.testdir({ file: '' });
  const unusable = { code: 'store-unusable', status: 503 };
  await t.rejects(store(join(folder, 'file'), 'a.csv', 'one'), unusable);
  await t.rejects(store(folder, 'x'.repeat(250), 'one'), unusable);
  await t.rejects(listDatasets(join(folder, 'file')), unusable);
  const { dataset } = await store(folder, 'a.csv', 'one');
  mkdirSync(join(folder, dataset.sha256, 'b.csv'));
  await t.rejects(store(folder, 'b.csv', 'one'), unusable);
  await t.rejects(removeDataset(folder, 'b.csv'), { code: 'dataset-missing' }, 'it is no file');
});

t.test('a link on the volume leads nowhere', async (t) => {
  const top = t.testdir({ datasets: {}, elsewhere: { 'secret.csv': 'not ours' } });
  const [folder, elsewhere] = [join(top, 'datasets'), join(top, 'elsewhere')];
  const { dataset } = await store(folder, 'a.csv', 'one');
  const { sha256 } = dataset;
  symlinkSync(join(elsewhere, 'secret.csv'), join(folder, sha256, 'link.csv'));
  symlinkSync(elsewhere, join(folder, 'b'.repeat(64)));
  t.strictSame(await listDatasets(folder), [dataset]);
  for (const name of ['link.csv', 'secret.csv']) {
    await t.rejects(openDataset(folder, name), { code: 'dataset-missing' });
    await t.rejects(removeDataset(folder, name), { code: 'dataset-missing' });
  }
  await store(folder, 'link.csv', 'one');
  t.equal(await read(folder, 'link.csv'), 'one', 'an upload takes the place of the link');
  const two = sha256Of(Buffer.from('two'));
  symlinkSync(elsewhere, join(folder, two));
  await t.rejects(store(folder, 'a.csv', 'two'), { code: 'store-unusable' });
  t.strictSame(files(elsewhere), ['secret.csv']);
  t.equal(readFileSync(join(elsewhere, 'secret.csv'), 'utf8'), 'not ours');
});

t.test('what an upload that was killed left behind goes, when it is old', async (t) => {
  const folder = t.testdir({
    '.tmp-old-a.csv': 'a',
    '.tmp-new-a.csv': 'a',
    'other.csv': 'a',
    '.tmp-gone': t.fixture('symlink', 'nowhere'),
  });
  const longAgo = new Date(Date.now() - 60_000);
  for (const name of ['.tmp-old-a.csv', 'other.csv']) {
    utimesSync(join(folder, name), longAgo, longAgo);
  }
  await removeLeftovers(folder, 30_000);
  t.strictSame(files(folder), ['.tmp-gone', '.tmp-new-a.csv', 'other.csv']);
  await removeLeftovers(join(folder, 'missing'), 30_000);
});

t.test('only data sets are listed', async (t) => {
  const folder = t.testdir({ '.tmp-1': '', other: { 'a.csv': '' } });
  const { dataset } = await store(folder, 'a.csv', 'one');
  writeFileSync(join(folder, dataset.sha256, '.tmp-2'), '');
  // What is removed between the listing and the look at it.
  symlinkSync('gone', join(folder, dataset.sha256, 'gone.csv'));
  t.strictSame(await listDatasets(folder), [dataset]);
});
