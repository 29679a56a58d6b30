/**
 * Runs while an image is built, in the base image and as root: picks what the function needs into
 * /image, and the code that V8 makes of it into /image/cache. Called with the name of the function
 * and the flags that node runs it with.
 *
 * Called with `fill`, the name, and two folders, it does the latter alone, for a bundle anywhere.
 */
import { spawnSync } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { chownSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo, Server } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';

/** Who runs the functions. */
const user = 65532;

const cache = '/image/cache';

/** What a function needs in its environment, besides where to listen: a volume with nothing on it. */
const environmentBeside = (to: string) => ({
  ...{ HOST: '127.0.0.1', LOG_LEVEL: 'error' },
  ...{ STORE: dirname(to), DATASETS: dirname(to), K_SINK: 'http://127.0.0.1' },
});

const headers = { 'content-type': 'application/json' };
const body = JSON.stringify({ songs: ['Yesterday', 'Hey Jude'] });

/** What is asked of a function so that the code of its answers is kept, too. */
const requests: Record<string, [path: string, request: RequestInit][]> = {
  recommend: [
    ['/api/recommend', { method: 'POST', headers, body }],
    ['/api/songs?q=yes', {}],
    ['/api/model', {}],
    ['/', {}],
  ],
};

/** V8's compilers that are on unless somebody says otherwise. */
const tiers = ['sparkplug', 'maglev', 'turbofan'];

const [name, ...given] = process.argv.slice(2);
if (name === 'fill') {
  const [of, bundles, to] = given;
  await keepCode(of, resolve(bundles), to);
  process.exit(0);
}
/* c8 ignore start -- as root and in a base image alone: e2e/cluster makes images. */
for (const file of [process.execPath, ...sharedObjects()]) copy(file);
mkdirSync(cache);
chownSync(cache, user, user);
const { status } = spawnSync(
  process.execPath,
  // With the seed left to chance, the same input would give another cache each time.
  ['--random-seed=1', ...given, import.meta.filename, 'fill', name, '/app', cache],
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
/* c8 ignore stop */

/** All functions that ran until the first answers were there, see start.ts. */
async function keepCode(name: string, bundles: string, to: string): Promise<void> {
  const { run } = createRequire(import.meta.url)(join(bundles, 'start.cjs'));
  // Which functions V8 would compile for speed is a matter of time, and is noted in the code.
  for (const tier of tiers) setFlagsFromString(`--no-${tier}`);
  const listening = new Promise<string>((resolve) => {
    subscribe('tracing:net.server.listen:asyncEnd', (message) => {
      const { port } = (message as { server: Server }).server.address() as AddressInfo;
      resolve(`http://127.0.0.1:${port}`);
    });
  });
  const store = [join(bundles, 'warm'), '/warm'].find(existsSync);
  Object.assign(process.env, environmentBeside(to), { PORT: '0' }, store && { STORE: store });
  const script = run(join(bundles, `${name}.cjs`));
  // V8 numbers functions as it compiles them: with requests before there is somebody to answer them,
  // which take time by chance, each image would be another.
  const address = await listening;
  for (const [path, request] of requests[name] ?? [['/readyz', {}]]) {
    const { status } = await fetch(address + path, request);
    if (status !== 200) throw new Error(`${name} answers ${path} with ${status}.`);
  }
  for (const tier of tiers) setFlagsFromString(`--${tier}`);
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, name), script.createCachedData());
}
