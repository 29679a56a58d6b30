import { execFile } from 'node:child_process';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { build } from 'esbuild';
import { bundleRecommend, common, functionOptions } from './bundle.ts';

/** Bundles the functions and the shell, each into one file that plain node runs. */
async function bundle(folder: string): Promise<void> {
  const here = import.meta.dirname;
  await rm(folder, { recursive: true, force: true });
  await build({
    ...common,
    format: 'esm',
    entryPoints: {
      segue: join(here, 'cli.ts'),
      'eclat-worker': join(here, 'retrain/eclat/worker.ts'),
      'dat-worker': join(here, 'retrain/read/dat/worker.ts'),
      'columnar-worker': join(here, 'retrain/read/columnarWorker.ts'),
    },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    banner: { js: requireInModules },
  });
  await build({
    ...functionOptions,
    entryPoints: {
      retrain: join(here, 'retrain/server.ts'),
      upload: join(here, 'upload/server.ts'),
      spans: join(here, '../shared/spans.ts'),
    },
    outdir: folder,
  });
  await build({
    ...functionOptions,
    entryPoints: { gate: join(here, 'recommend/gate.ts') },
    outdir: folder,
  });
  await bundleRecommend(join(here, 'recommend/server.ts'), folder);
  await build({
    ...functionOptions,
    entryPoints: { start: join(here, 'start.ts') },
    outdir: folder,
    footer: { js: 'if(require.main===module)module.exports.run(...process.argv.slice(2));' },
  });
  for (const name of ['recommend/page/dist', 'recommend/openapi.json', 'upload/operator/dist']) {
    const [, ...beside] = name.split('/');
    await cp(join(here, name), join(folder, ...beside), { recursive: true });
  }
  await cp(join(here, 'retrain/eclat/eclat.wasm'), join(folder, 'eclat.wasm'));
  await packMiner(join(here, 'retrain/eclat'), join(folder, 'eclat'));
  // What recommend answers from while its image is built; it is no part of the image.
  const sample = join(here, '../datasets/sample.csv.gz');
  const shell = [join(folder, 'segue.mjs'), 'train', sample, '--tuning-fits', '0'];
  await promisify(execFile)(process.execPath, [...shell, '--store', join(folder, 'warm')]);
  // For whoever starts a function by the name that all bundles have; images take the other one.
  for (const name of ['recommend', 'retrain', 'upload']) {
    const start = `import{createRequire}from'node:module';createRequire(import.meta.url)('./${name}.cjs');\n`;
    await writeFile(join(folder, `${name}.mjs`), start);
  }
}

/** The miner as a package of its own: it imports nothing from the rest of the project. */
async function packMiner(sources: string, folder: string): Promise<void> {
  await build({
    ...common,
    format: 'esm',
    entryPoints: { eclat: join(sources, 'eclat.ts') },
    outdir: folder,
  });
  await build({
    ...common,
    format: 'esm',
    entryPoints: { 'eclat-worker': join(sources, 'worker.ts') },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
  });
  for (const name of ['eclat.wasm', 'README.md']) await cp(join(sources, name), join(folder, name));
  await promisify(execFile)(process.execPath, [
    join(sources, '../../../node_modules/typescript/bin/tsc'),
    ...['--declaration', '--emitDeclarationOnly', '--outDir', folder],
    ...['--ignoreConfig', '--target', 'es2024', '--module', 'nodenext', '--types', 'node'],
    ...['--allowImportingTsExtensions', '--skipLibCheck'],
    ...['eclat.ts', 'wasm.d.ts'].map((name) => join(sources, name)),
  ]);
  const typed = ['eclat', 'error', 'types'];
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if (!name.endsWith('.d.ts')) continue;
    // The other types are nobody's business outside.
    if (!typed.includes(name.slice(0, -'.d.ts'.length))) await rm(file);
    else await writeFile(file, (await readFile(file, 'utf8')).replace(/\.ts';$/gm, ".js';"));
  }
  const { version, engines } = JSON.parse(
    await readFile(join(sources, '../../../package.json'), 'utf8'),
  );
  const manifest = {
    name: 'segue-eclat',
    version,
    description: 'Frequent, closed and maximal itemsets: Eclat in wasm, on all cores',
    type: 'module',
    exports: { types: './eclat.d.ts', default: './eclat.js' },
    files: ['*.js', '*.mjs', '*.d.ts', '*.wasm'],
    engines,
  };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

const requireInModules =
  "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);";

const { positionals } = parseArgs({ allowPositionals: true });
await bundle(resolve(positionals[0]));
