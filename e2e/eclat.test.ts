import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { root } from './segue.ts';

const run = promisify(execFile);

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
  const dist = join(folder, 'dist');
  await run('make', ['build', `DIST=${dist}`], { cwd: root });
  await run('npm', ['pack', '--pack-destination', folder], { cwd: join(dist, 'eclat') });
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  await writeFile(join(folder, 'program.ts'), program);
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${tarball}`], {
    cwd: folder,
  });
  await rm(dist, { recursive: true });
  const { stdout } = await run(process.execPath, ['program.ts'], { cwd: folder });
  t.same(JSON.parse(stdout), [[3, 2, 2, 2, 2], 5, 'too-many-itemsets']);
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024'];
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  await run(process.execPath, [tsc, '--ignoreConfig', ...flags, ...types, 'program.ts'], {
    cwd: folder,
  });
});
