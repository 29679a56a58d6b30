import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { imageStart, makeCode } from '../bench/serving/image.ts';
import { root, startSegue } from './segue.ts';

const run = promisify(execFile);

// Outside the checkout, where none of its packages can be found.
const dist = await mkdtemp(join(tmpdir(), 'segue-'));
t.teardown(() => rm(dist, { recursive: true }));
await run('make', ['build', `DIST=${dist}`], { cwd: root });

t.test('the bundles run with plain node, without the packages they were made from', async (t) => {
  const segue = await startSegue(t, join(dist, 'segue.mjs'), { TUNING_FITS: '0' });
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
});

for (const name of ['recommend', 'retrain', 'upload']) {
  t.test(`the image of ${name} keeps the code of what ran when it was built`, async (t) => {
    const image = await imageStart(name);
    t.strictSame(image.flags, image.madeWith, 'code is made with the flags that it is run with');
    const code = await makeCode(name, dist, join(dist, 'code'));
    const bundle = join(dist, `${name}.cjs`);
    const environment = {
      ...{ ...image.environment, PORT: '0' },
      ...{ STORE: dist, DATASETS: dist, K_SINK: 'http://127.0.0.1' },
    };
    const isRefused = async (...flags: string[]) => {
      const text = `console.log(require(${JSON.stringify(join(dist, 'start.cjs'))})
      .run(${JSON.stringify(bundle)}, ${JSON.stringify(code)}).cachedDataRejected)`;
      const said = await ended([...flags, '--eval', text], environment);
      return said.split('\n')[0];
    };
    t.equal(await isRefused(...image.flags), 'false', 'its function takes it');
    t.equal(await isRefused('--no-opt'), 'true', 'passed over with other flags');
    // As an image starts it, with a file of code that is not there.
    const command = [...image.flags, join(dist, 'start.cjs'), bundle, join(dist, 'none')];
    t.match(await ended(command, environment), /Server listening/);
  });
}

t.test('recommend loads no module of node that its start does not need', async (t) => {
  const bundle = join(dist, 'recommend.cjs');
  t.notMatch(await readFile(bundle, 'utf8'), /[^\0-\x7f]/, 'a byte for each of its characters');
  const text = `
    process.on('exit', () => console.log(process.moduleLoadList.join(';')));
    require(${JSON.stringify(join(dist, 'start.cjs'))}).run(${JSON.stringify(bundle)})`;
  // With --eval node loads more.
  const script = join(dist, 'loads.cjs');
  await writeFile(script, text);
  const environment = { PORT: '0', STORE: join(dist, 'warm'), LOG_LEVEL: 'info' };
  const said = await ended([script], environment);
  t.match(said, /model loaded/);
  t.match(said, /NativeModule crypto;/);
  for (const name of ['perf_hooks', 'dns', 'timers/promises', 'http2', 'zlib']) {
    t.notMatch(said, `NativeModule ${name};`, name);
  }
});

/** What a user writes, with types. */
const program = `
import { countItemsets, EclatError, mine, openMiner, type Itemsets } from 'segue-eclat';

const transactions = {
  offsets: Uint32Array.of(0, 2, 5, 7),
  items: Uint32Array.of(0, 1, 0, 1, 2, 1, 2),
  itemCount: 3,
};
const { supports }: Itemsets = await mine(transactions, { minSupport: 2, threads: 2 });
const miner = await openMiner(2);
const { total } = await miner.countItemsets(transactions, { minSupport: 2 });
await miner.close();
const refused = await countItemsets(transactions, { minSupport: 2, maxItemsets: 1 }).catch(
  (error: unknown) => error instanceof EclatError && error.code,
);
console.log(JSON.stringify([[...supports], total, refused]));
`;

t.test('the miner is a package that can be installed and used by itself', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'eclat-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await run('npm', ['pack', '--pack-destination', folder], { cwd: join(dist, 'eclat') });
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  await writeFile(join(folder, 'program.ts'), program);
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${tarball}`], {
    cwd: folder,
  });
  const { stdout } = await run(process.execPath, ['program.ts'], { cwd: folder });
  t.same(JSON.parse(stdout), [[3, 2, 2, 2, 2], 5, 'too-many-itemsets']);
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024'];
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  await run(process.execPath, [tsc, '--ignoreConfig', ...flags, ...types, 'program.ts'], {
    cwd: folder,
  });
});

/** Starts a bundle, ends it when it listens, and gives all that it said. */
async function ended(command: string[], environment: NodeJS.ProcessEnv): Promise<string> {
  // Nothing of the tests' own: what they load first and what counts coverage is no part of an image.
  const child = spawn(process.execPath, command, { env: environment });
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
