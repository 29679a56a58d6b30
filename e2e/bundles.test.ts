import { execFile } from 'node:child_process';
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
  for (const path of ['/', '/page/main.js', '/page/page.css', '/openapi.json', '/metrics']) {
    t.equal((await fetch(segue.recommend + path)).status, 200, path);
  }
  t.equal(await segue.stop(), 0);
});
