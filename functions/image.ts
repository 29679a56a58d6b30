/**
 * Runs while an image is built, in the base image and as root: picks what the function needs into
 * /image, and fills Node's compile cache there. Called with the name of the function and the flags
 * that node runs it with.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, copyFileSync, mkdirSync } from 'node:fs';
import { createRequire, enableCompileCache, flushCompileCache } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Who runs the functions; the compile cache counts for this user only. */
const user = 65532;

const cache = '/image/cache';

const [name, ...given] = process.argv.slice(2);
if (given[0] === 'fill') {
  // From here on: how often this script had to ask is no part of the image.
  enableCompileCache(cache);
  await start(name);
  flushCompileCache();
  process.exit(0);
}
for (const file of [process.execPath, ...sharedObjects()]) copy(file);
mkdirSync(cache);
chownSync(cache, user, user);
const { status } = spawnSync(
  process.execPath,
  // With the seed left to chance, the same input would give another cache each time.
  ['--random-seed=1', ...given, import.meta.filename, name, 'fill'],
  { uid: user, gid: user, stdio: 'inherit', env: {} },
);
process.exitCode = status ?? 1;

/** The loader and the libraries of the running node. */
function sharedObjects(): string[] {
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
  return sharedObjects.filter((path) => path.startsWith('/') && path !== process.execPath);
}

/** Node goes where the image looks for it; a library stays where the loader looks for it. */
function copy(file: string): void {
  const to = join('/image/system', file === process.execPath ? '/usr/local/bin/node' : file);
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(file, to);
}

/** Starts the function and asks it what a platform asks first: what ran is what is cached. */
async function start(name: string): Promise<void> {
  const port = String(await freePort());
  Object.assign(process.env, {
    ...{ PORT: port, HOST: '127.0.0.1', LOG_LEVEL: 'error' },
    ...{ STORE: '/image', DATASETS: '/image', K_SINK: 'http://127.0.0.1' },
  });
  createRequire(import.meta.url)(`/app/${name}.cjs`);
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return;
    if (Date.now() > deadline) throw new Error(`${name} is not ready: ${await answer?.text()}`);
    await sleep(10);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}
