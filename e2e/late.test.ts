import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { freePorts, keepAsking, root, until } from './segue.ts';

/** What a mount may say of a file after it is no longer so; of a network's file system, too. */
const lateSeconds = 2;

/** One folder, mounted twice: what is written by one way is seen late by the other. */
function mounts(t: Test): [written: string, read: string] {
  const folder = mkdtempSync(join(tmpdir(), 'segue-late-'));
  const paths = ['volume', 'written', 'read'].map((name) => join(folder, name));
  for (const path of paths) mkdirSync(path);
  const [volume, written, read] = paths;
  const late = ['attr', 'entry', 'negative'].map((what) => `${what}_timeout=${lateSeconds}`);
  for (const mount of [written, read]) {
    execFileSync('bindfs', ['-o', [...late, 'kernel_cache'].join(), volume, mount]);
  }
  t.teardown(() => {
    for (const mount of [written, read]) execFileSync('umount', ['--lazy', mount]);
    rmSync(folder, { recursive: true });
  });
  return [written, read];
}

t.test('a volume that shows files late delays a model, and fails nobody', async (t) => {
  let written: string;
  let read: string;
  try {
    [written, read] = mounts(t);
  } catch (error) {
    t.pass('a late volume', { skip: `skipped: no bindfs that works: ${(error as Error).message}` });
    return;
  }
  const file = (folder: string) => join(folder, 'file');
  t.notOk(existsSync(file(read)));
  writeFileSync(file(written), '');
  t.notOk(existsSync(file(read)), 'what is written is seen late');

  const segue = (...parameters: string[]) =>
    promisify(execFile)(process.execPath, [join(root, 'functions/cli.ts'), ...parameters]);
  const playlists = join(written, 'songs.csv');
  const train = async (others: string) => {
    const rows = Array.from({ length: 30 }, (_, i) => `${i},Yesterday\n${i},${others} ${i % 3}\n`);
    writeFileSync(playlists, `pid,track_name\n${rows.join('')}`);
    await segue('train', playlists, '--store', written, '--force', '--tuning-fits', '0');
  };
  const [port] = await freePorts(1);
  const child = spawn(process.execPath, [join(root, 'functions/recommend/server.ts')], {
    env: {
      ...process.env,
      ...{ STORE: read, PORT: String(port), HOST: '127.0.0.1', POLL_MS: '50', LOG_LEVEL: 'fatal' },
    },
    stdio: 'inherit',
  });
  t.teardown(() => child.kill());
  const recommend = `http://127.0.0.1:${port}`;
  const serves = (version: string) =>
    until(async () => {
      const answer = await fetch(`${recommend}/api/model`).catch(() => undefined);
      return ((await answer?.json()) as { version?: string } | undefined)?.version === version;
    });
  await until(async () => (await fetch(`${recommend}/readyz`).catch(() => undefined))?.ok);
  await train('A');
  await serves('1');

  const load = keepAsking(recommend, 'Yesterday');
  for (const version of ['2', '3']) {
    await train(version);
    await serves(version);
  }
  await segue('snapshots', 'rollback', '1', '--store', written);
  await serves('1');
  const { asked, statuses, versions } = await load.stop();
  t.ok(asked > 100);
  t.same([...statuses], [200], 'every request was answered');
  t.same([...versions], ['1', '2', '3'], 'each version was seen, in this order');
});
