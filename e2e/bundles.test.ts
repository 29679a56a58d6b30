import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { root, startSegue } from './segue.ts';

const run = promisify(execFile);

t.test('the bundles run with plain node, without the packages they were made from', async (t) => {
  const dist = await mkdtemp(join(tmpdir(), 'segue-'));
  t.teardown(() => rm(dist, { recursive: true }));
  await run('make', ['build', `DIST=${dist}`], { cwd: root });
  const segue = await startSegue(t, join(dist, 'segue.mjs'));
  const uploaded = await segue.upload('sample.csv.gz', join(root, 'datasets/sample.csv.gz'));
  t.equal(uploaded.outcome, 'published');
  await segue.untilServed('1');
  const { recommendations } = await segue.recommendations('Yesterday');
  t.ok(
    recommendations.slice(0, 10).some(({ artist }) => artist === 'The Beatles'),
    'a song of the Beatles brings others of theirs',
  );
  for (const path of ['/', '/page/main.js', '/page/base.css', '/openapi.json', '/metrics']) {
    t.equal((await fetch(segue.recommend + path)).status, 200, path);
  }
  t.equal(await segue.stop(), 0);

  // A cache of another user, path or version of node is passed over without a word.
  const environment = { STORE: dist, PORT: '0', NODE_COMPILE_CACHE: join(dist, 'cache') };
  await ended(join(dist, 'recommend.cjs'), environment);
  const said = await ended(join(dist, 'recommend.cjs'), {
    ...environment,
    NODE_DEBUG_NATIVE: 'COMPILE_CACHE',
  });
  t.match(said, /cache for CommonJS .*recommend\.cjs was accepted/, 'a compile cache is used');
});

/** Starts a bundle, ends it when it listens, and gives all that it said. */
async function ended(bundle: string, environment: NodeJS.ProcessEnv): Promise<string> {
  // Nothing of the tests' own: what they load first and what counts coverage is no part of an image.
  const child = spawn(process.execPath, [bundle], { env: environment });
  let said = '';
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk) => {
      said += chunk;
      // Told twice, it would not wait for anything, and keep no cache.
      if (said.includes('Server listening') && !child.killed) child.kill('SIGTERM');
    });
  }
  await once(child, 'close');
  return said;
}
