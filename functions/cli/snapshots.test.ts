import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { playlists, publishSample } from '../recommend/sample.ts';
import { segue } from './sample.ts';

/** Publishes two versions. */
async function twoVersions(store: string): Promise<string> {
  await publishSample(store, playlists);
  await publishSample(store, [['A', 'B']]);
  return store;
}

t.test('versions are listed, checked and rolled back to', async (t) => {
  const store = await twoVersions(t.testdir({}));
  const snapshots = (...parameters: string[]) =>
    segue(['snapshots', ...parameters, '--store', store]);

  const rolled = await snapshots('rollback', '1');
  t.match(rolled, { code: 0, stdout: 'Version 1 serves now (head 3).\n', stderr: '' });
  const again = await snapshots('rollback', '1');
  t.match(again, { code: 0, stdout: 'Version 1 serves already (head 3).\n' });

  const list = await snapshots('list');
  t.equal(list.code, 0);
  const lines = list.stdout.trimEnd().split('\n');
  const rest = /\d{4}-\d\d-\d\dT[\d:.]+Z {2}\d+\.\d KiB {2}[0-9a-f]{12}$/;
  t.match(lines[0], /^1 {2}version 1 {2}published {2}/);
  t.match(lines[1], /^2 {2}version 2 {2}published {2}/);
  t.match(lines[2], /^3 {2}version 1 {2}rollback {2}/);
  t.equal(lines.length, 3);
  for (const line of lines) t.match(line, rest);
  const { heads } = JSON.parse((await snapshots('list', '--json')).stdout);
  t.match(heads, [{ seq: 1, version: '1' }, { seq: 2 }, { seq: 3, cause: 'rollback' }]);
  t.equal(heads[2].sha256, heads[0].sha256);

  t.match(await snapshots('verify'), { code: 0, stdout: '3 heads, 0 faults\n', stderr: '' });
  const back = JSON.parse((await snapshots('rollback', '2', '--json')).stdout);
  t.match(back, { outcome: 'again', head: { seq: 4, version: '2', cause: 'rollback' } });
});

t.test('versions that are old and not pinned are removed, after their grace time', async (t) => {
  const store = await twoVersions(t.testdir({}));
  const prune = (...more: string[]) =>
    segue(['snapshots', 'prune', '--keep-versions', '1', '--store', store, ...more]);
  t.match(await prune(), { code: 0, stdout: '0 files removed\n' }, 'too young');
  const long = new Date(Date.now() - 86_400_000);
  for (const name of [
    'heads/1.json',
    ...readdirSync(join(store, 'snapshots')).map((n) => `snapshots/${n}`),
  ]) {
    utimesSync(join(store, name), long, long);
  }
  t.match(await prune('--pinned', '1'), { code: 0, stdout: '0 files removed\n' });
  t.match(await prune('--json'), {
    code: 0,
    stdout: /"removed":\["heads\/1.json","snapshots\/[0-9a-f]{64}.msgpack"\]/,
  });
  t.match(await segue(['snapshots', 'verify', '--store', store]), {
    code: 0,
    stdout: '1 head, 0 faults\n',
  });
});

t.test('a version says what it was made from', async (t) => {
  const store = await twoVersions(t.testdir({}));
  const newest = await segue(['snapshots', 'show', '--store', store]);
  t.equal(newest.code, 0);
  t.match(JSON.parse(newest.stdout), { version: '2', counts: { transactions: 1, rules: 2 } });
  t.ok(newest.stdout.split('\n').length > 10, 'laid out for people');
  const first = await segue(['snapshots', 'show', '1', '--store', store, '--json']);
  t.match(JSON.parse(first.stdout), { version: '1', datasets: [{ name: 'sample.csv' }] });
  t.equal(first.stdout.trimEnd().split('\n').length, 1);
  const unknown = await segue(['snapshots', 'show', '9', '--store', store]);
  t.match(unknown, { code: 66, stderr: 'segue: Version "9" is not in the store. It has 1, 2.\n' });
});

t.test('a damaged snapshot is found', async (t) => {
  const store = t.testdir({});
  const { file } = await publishSample(store, playlists);
  const path = join(store, 'snapshots', file);
  writeFileSync(path, 'torn');
  const { code, stdout } = await segue(['snapshots', 'verify', '--store', store]);
  t.equal(code, 65);
  t.match(stdout, /^[^\n]*SHA-256[^\n]*\n1 head, 1 fault\n$/);
  const json = await segue(['snapshots', 'verify', '--json', '--store', store]);
  t.equal(json.code, 65);
  t.match(JSON.parse(json.stdout), { heads: 1, faults: [{ code: 'snapshot-invalid' }] });
  const show = await segue(['snapshots', 'show', '--store', store]);
  t.equal(show.code, 65, 'it is not shown either');
  t.match(show.stderr, /SHA-256/);
});

t.test('a store that is not there or empty has no versions', async (t) => {
  const store = t.testdir({});
  t.match(await segue(['snapshots', 'list', '--store', store]), {
    code: 0,
    stdout: 'There is no version yet.\n',
  });
  const absent = join(store, 'none');
  const { code, stderr } = await segue(['snapshots', 'list', '--store', absent]);
  t.equal(code, 66);
  t.match(stderr, /none holds no published model\. Train one with "segue train/);
});

t.test('what is signed, and with which key, is told', async (t) => {
  const folder = t.testdir({ store: {} });
  const store = join(folder, 'store');
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const [secret, shown] = [join(folder, 'secret.pem'), join(folder, 'shown.pem')];
  writeFileSync(secret, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(shown, publicKey.export({ type: 'spki', format: 'pem' }));
  const dataset = join(folder, 'a.csv');
  writeFileSync(dataset, 'pid,track_name\n1,__proto__\n1,b\n');
  const run = (...parameters: string[]) => segue([...parameters, '--store', store]);
  const signing = { environment: { SIGNING_KEY_FILE: secret } };
  t.match(await segue(['train', dataset, '--store', store], signing), { code: 0 });
  writeFileSync(dataset, 'pid,track_name\n1,a\n1,c\n');
  t.match(await run('train', dataset, '--force'), { code: 0 });
  t.match(await run('snapshots', 'verify'), { code: 0, stdout: '2 heads, 0 faults\n' });
  const told = await run('snapshots', 'verify', '--public-key-file', shown);
  t.match(told, { code: 65, stdout: /2\.json is not signed.*\n2 heads, 1 fault\n$/ });
  t.match(await run('snapshots', 'rollback', '1', '--signing-key-file', secret), { code: 0 });
  const again = await run('snapshots', 'verify', '--public-key-file', shown, '--json');
  t.match(JSON.parse(again.stdout), { heads: 2, faults: [{ code: 'head-unsigned' }] });
  t.match(await run('snapshots', 'verify', '--public-key-file', secret), { code: 65 });
});
