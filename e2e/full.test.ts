import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { freePorts, root, until } from './segue.ts';

/** A disk of a mebibyte, in memory. */
function mountSmall(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'segue-full-'));
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', disk], { stdio: 'pipe' });
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  t.teardown(() => {
    execFileSync('umount', ['--lazy', disk]);
    rmSync(folder, { recursive: true });
  });
  return disk;
}

t.test(
  'on a disk that is full or read-only nothing is published, and what serves stays',
  async (t) => {
    let disk: string;
    try {
      disk = mountSmall(t);
    } catch (error) {
      t.pass('a small disk', { skip: `skipped: no disk to mount: ${(error as Error).message}` });
      return;
    }
    const store = join(disk, 'store');
    const playlists = join(t.testdir({}), 'songs.csv');
    const segue = (...parameters: string[]) =>
      promisify(execFile)(process.execPath, [join(root, 'functions/cli.ts'), ...parameters]).catch(
        (error: { code: number; stderr: string }) => error,
      );
    const train = (others: string) => {
      const rows = Array.from(
        { length: 30 },
        (_, i) => `${i},Yesterday\n${i},${others} ${i % 3}\n`,
      );
      writeFileSync(playlists, `pid,track_name\n${rows.join('')}`);
      return segue('train', playlists, '--store', store, '--force', '--tuning-fits', '0');
    };
    t.notHas(await train('one'), { code: Number }, 'the first one has room');

    const [port] = await freePorts(1);
    const environment = { STORE: store, PORT: `${port}`, HOST: '127.0.0.1', POLL_MS: '50' };
    const child = spawn(process.execPath, [join(root, 'functions/recommend/server.ts')], {
      env: { ...process.env, ...environment, LOG_LEVEL: 'fatal' },
      stdio: 'inherit',
    });
    t.teardown(() => child.kill());
    const recommend = `http://127.0.0.1:${port}`;
    await until(async () => (await fetch(`${recommend}/readyz`).catch(() => undefined))?.ok);
    const version = async () => (await (await fetch(`${recommend}/api/model`)).json()).version;
    const sound = async (heads: number) =>
      t.match(await segue('snapshots', 'verify', '--store', store), {
        stdout: `${heads} head${heads === 1 ? '' : 's'}, 0 faults\n`,
      });

    // All but a page, so that some calls find room and others don't.
    const rest = join(disk, 'rest');
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(rest, Buffer.alloc((bavail - 1) * bsize));
    const full = { code: 74, stderr: /^segue: .*ENOSPC.*writable and not full\.$/m };
    t.match(await train('two'), full);
    await sound(1);
    t.equal(await version(), '1');
    rmSync(rest);

    execFileSync('mount', ['-o', 'remount,ro', disk]);
    t.match(await train('three'), { code: 74, stderr: /EROFS/ });
    await sound(1);
    t.equal(await version(), '1');
    execFileSync('mount', ['-o', 'remount,rw', disk]);

    t.notHas(await train('four'), { code: Number }, 'what is left behind stands in nobody’s way');
    await until(async () => (await version()) === '2');
    await sound(2);
  },
);
