import { execFile } from 'node:child_process';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { StandaloneValidator } from '@fastify/ajv-compiler';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import fastify from 'fastify';
import { Code } from 'typebox/compile';
import type { App } from '../shared/server.ts';
import { addRoutes } from './recommend/routes.ts';
import { RecommendRequest } from './recommend/schemas.ts';

/**
 * Bundles the functions and the shell, each into one file that plain node runs. What recommend can
 * have done when it is built is not done when it is woken: its schemas are values, its validators
 * are code, and no schema compiler is there at all.
 */
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
  await build({
    ...functionOptions,
    entryPoints: { recommend: join(here, 'recommend/server.ts') },
    outdir: folder,
    plugins: [evaluatedSchemas, compiledValidators, lazyProtocols, latePackages],
    // Only asked for where there is something to compile, and by tests.
    external: [
      '@fastify/ajv-compiler',
      '@fastify/fast-json-stringify-compiler',
      'light-my-request',
    ],
  });
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

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  logLevel: 'warning',
  legalComments: 'none',
};

const requireInModules =
  "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);";

/**
 * CommonJS, because a module that imports node:http as ESM has every getter of it evaluated, among
 * them the one that loads undici: 40 ms of a start.
 */
const functionOptions: BuildOptions = {
  ...common,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  minify: true,
  // Its entry for node looks for a native addon, which is not in the bundle.
  alias: { msgpackr: join(import.meta.dirname, '../node_modules/msgpackr/index.js') },
  // What is compiled from a string, as start.ts has it, cannot import.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl=require('node:url').pathToFileURL(__filename).href;" },
};

/** TLS and HTTP/2 are the platform's part: Fastify imports them for apps that want them. */
const lazyProtocols: Plugin = {
  name: 'lazy protocols',
  setup({ onResolve, onLoad }) {
    /* c8 ignore next 2 -- no other package imports them now. */
    onResolve({ filter: /^node:http(s|2)$/ }, ({ path, importer }) =>
      /[/]fastify[/]lib[/]server\.js$/.test(importer) ? { path, namespace: 'lazy' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
      contents: `
        const protocol = () => process.getBuiltinModule('${path}');
        exports.createServer = (...given) => protocol().createServer(...given);
        exports.createSecureServer = (...given) => protocol().createSecureServer(...given);`,
    }));
  },
};

/** Modules of node in place of which less is loaded, a tenth of what Fastify takes to load. */
const spared: Record<string, string> = {
  assert: `
    module.exports = (holds, message) => {
      if (!holds) process.getBuiltinModule('node:assert')(holds, message);
    };`,
  dns: `
    module.exports = { lookup: (...given) => process.getBuiltinModule('node:dns').lookup(...given) };`,
  perf_hooks: 'module.exports = { performance };',
  // A function is nobody's worker.
  worker_threads: 'module.exports = { isMainThread: true };',
};

/** What Fastify imports and few apps use: loaded when it is first asked for something. */
const latePackages: Plugin = {
  name: 'late packages',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(semver|@fastify\/proxy-addr|thread-stream)$/ }, ({ path, namespace }) =>
      namespace === 'late' ? undefined : { path, namespace: 'late' },
    );
    onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
      contents: `
        const late = () => require('${path}');
        // Something that can be called and made.
        module.exports = new Proxy(function () {}, {
          get: (_target, name) => late()[name],
          apply: (_target, _self, given) => late()(...given),
          construct: (_target, given) => new (late())(...given),
        });`,
      resolveDir: import.meta.dirname,
    }));
    // Assertions hold, names are rarely looked up, and the clock is there without its module.
    onResolve(
      { filter: /^(node:)?(assert|dns|perf_hooks|worker_threads)$/ },
      ({ path, importer }) =>
        /[/](fastify|find-my-way|pino|sonic-boom)[/]/.test(importer)
          ? { path: path.replace('node:', ''), namespace: 'spared' }
          : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'spared' }, ({ path }) => ({ contents: spared[path] }));
    // The router's own patterns and ours (none) are judged when it is bundled, not at each start.
    onResolve({ filter: /^safe-regex2$/ }, ({ path }) => ({ path, namespace: 'judged' }));
    onLoad({ filter: /.*/, namespace: 'judged' }, () => ({
      contents: 'module.exports = () => true;',
    }));
  },
};

/** A module of schemas becomes what it exports: without the library that makes them. */
const evaluatedSchemas: Plugin = {
  name: 'evaluated schemas',
  setup({ onLoad }) {
    onLoad({ filter: /[/]recommend[/]schemas\.ts$/ }, async ({ path }) => {
      const exported: object = await import(pathToFileURL(path).href);
      const lines = Object.entries(exported).map(
        ([name, value]) => `export const ${name} = ${JSON.stringify(value)};`,
      );
      return { contents: lines.join('\n') };
    });
  },
};

/** The validators of recommend's routes, in the place of what compiles them. */
const compiledValidators: Plugin = {
  name: 'compiled validators',
  setup({ onResolve, onLoad }) {
    onLoad({ filter: /[/]shared[/]precompiled\.ts$/ }, async ({ path }) => ({
      contents: await routeValidators(),
      loader: 'js',
      resolveDir: join(path, '..'),
    }));
    onResolve({ filter: /^typebox\/compile$/ }, ({ path }) => ({ path, namespace: 'compiled' }));
    onLoad({ filter: /.*/, namespace: 'compiled' }, () => ({
      contents: requestValidator(),
      resolveDir: import.meta.dirname,
    }));
    // What is wrong with a request is found by the library itself, loaded with the first mistake.
    onResolve({ filter: /^compiled:check$/ }, () => ({ path: 'check', namespace: 'checked' }));
    onLoad({ filter: /.*/, namespace: 'checked' }, () => ({
      contents: Code(RecommendRequest).Code,
      resolveDir: import.meta.dirname,
    }));
  },
};

/** `Compile` for the one schema that it is called with. */
function requestValidator(): string {
  return `
    import { Check } from 'compiled:check';
    export const Compile = (schema) => ({
      Check,
      Errors: (value) => require('typebox/value').Errors(schema, value),
    });`;
}

/** The code of the module that has the validators which Fastify asks for, by route and part. */
async function routeValidators(): Promise<string> {
  const validators = new Map<string, string>();
  const app = fastify({
    ajv: { customOptions: { removeAdditional: false } },
    schemaController: {
      compilersFactory: {
        buildSerializer: () => () => JSON.stringify,
        buildValidator: StandaloneValidator({
          readMode: false,
          storeFunction({ method, url, httpPart }, code) {
            validators.set(`${method} ${url} ${httpPart}`, code);
          },
        }),
      },
    },
  });
  // Nobody asks this app anything.
  addRoutes(app as unknown as App, process.abort, '', process.abort);
  await app.ready();
  const entries = [...validators].map(
    ([key, code]) => `${JSON.stringify(key)}(module) { ${code}; return module.exports; }`,
  );
  return `
    const validators = { ${entries.join(',\n')} };
    const buildValidator = () => ({ method, url, httpPart }) =>
      validators[method + ' ' + url + ' ' + httpPart]({});
    export const precompiled = { buildValidator };`;
}

const { positionals } = parseArgs({ allowPositionals: true });
await bundle(resolve(positionals[0]));
