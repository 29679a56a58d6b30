/** How functions are bundled: what can be done when they are built is not done when they are woken. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StandaloneValidator } from '@fastify/ajv-compiler';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import fastify from 'fastify';
import { Code } from 'typebox/compile';
import type { App } from '../shared/server.ts';
import { addRoutes } from './recommend/routes.ts';
import { RecommendRequest } from './recommend/schemas.ts';

/**
 * Bundles recommend, or what is to be compared with it: schemas are values, validators are code,
 * and no schema compiler is there at all.
 */
export async function bundleRecommend(entry: string, folder: string): Promise<void> {
  const { outputFiles } = await build({
    ...functionOptions,
    entryPoints: { recommend: entry },
    outdir: folder,
    write: false,
    define: { ...functionOptions.define, 'performance.now': 'elapsedMs' },
    banner: { js: bundleUrl + elapsedMs },
    plugins: [evaluatedSchemas, compiledValidators, lazyProtocols, latePackages],
    // Only asked for where there is something to compile, and by tests.
    external: [
      '@fastify/ajv-compiler',
      '@fastify/fast-json-stringify-compiler',
      'light-my-request',
    ],
  });
  for (const { path, text } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, inAscii(text));
  }
}

/**
 * Regular expressions keep the characters that esbuild writes as \u elsewhere. With one of them in
 * it, V8 has two bytes for each character of a bundle.
 */
function inAscii(code: string): string {
  return code.replace(
    /[^\0-\x7f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const bundleUrl = "const bundleUrl=require('node:url').pathToFileURL(__filename).href;";

/**
 * The clock of node's `performance`, from another time on: that one comes with nine other modules,
 * for more than a millisecond of a start.
 */
const elapsedMs = 'const elapsedMs=()=>{const[s,ns]=process.hrtime();return s*1e3+ns/1e6};';

/** What all bundles are made with. */
export const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  logLevel: 'warning',
  legalComments: 'none',
};

/**
 * A function's bundle is CommonJS, because a module that imports node:http as ESM has every getter
 * of it evaluated, among them the one that loads undici: 40 ms of a start.
 */
export const functionOptions: BuildOptions = {
  ...common,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  minify: true,
  // Its entry for node looks for a native addon, which is not in the bundle.
  alias: { msgpackr: join(import.meta.dirname, '../node_modules/msgpackr/index.js') },
  // What is compiled from a string, as start.ts has it, cannot import.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: bundleUrl },
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
  perf_hooks: 'module.exports = { performance: { now: elapsedMs } };',
  'timers/promises': `
    const late = (name) => (...given) => process.getBuiltinModule('node:timers/promises')[name](...given);
    module.exports = { setImmediate: late('setImmediate'), setTimeout: late('setTimeout') };`,
  // A function is nobody's worker.
  worker_threads: 'module.exports = { isMainThread: true };',
  // It brings folders that are watched, and lines that are typed.
  'fs/promises': `
    const fs = require('fs');
    const { promisify } = require('util');
    const late = (name) => process.getBuiltinModule('node:fs/promises')[name];
    const read = promisify(fs.read);
    const [open, stat, close] = [fs.open, fs.fstat, fs.close].map((one) => promisify(one));
    const spared = {
      readFile: promisify(fs.readFile),
      readdir: promisify(fs.readdir),
      async open(path, ...how) {
        if (how.length > 0) return late('open')(path, ...how);
        const file = await open(path);
        return {
          stat: () => stat(file),
          read: (...given) => read(file, ...given),
          close: () => close(file),
        };
      },
    };
    module.exports = new Proxy(spared, {
      get: (_target, name) => spared[name] ?? late(name),
    });`,
};

/** `new Function`, once for the same source. */
const onceMade = `
  const known = new Map();
  const made = (...source) => {
    const key = source.join();
    if (!known.has(key)) known.set(key, new Function(...source));
    return known.get(key);
  };`;

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
    // Recommend reads whole files and folders, and parts of files; it writes none, and rarely waits.
    onResolve({ filter: /^(node:)?(fs|timers)\/promises$/ }, ({ path }) => ({
      path: path.replace('node:', ''),
      namespace: 'spared',
    }));
    onLoad({ filter: /.*/, namespace: 'spared' }, ({ path }) => ({ contents: spared[path] }));
    // The router compiles functions: for each short part of a path, of which it compares long ones as
    // they are, and for each method of each route, nearly all of them alike.
    onLoad({ filter: /[/]find-my-way[/]lib[/](node|handler-storage)\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source
        .replace(/(?<=const LONG_PREFIX_MIN_LENGTH = )\d+/, '2')
        .replaceAll(' new Function(', ' made(');
      /* c8 ignore next -- a version that does it in another way. */
      if (contents === source) throw new Error(`${path} compiles no functions any more.`);
      return { contents: onceMade + contents };
    });
    // Whose file a logger is made in is asked for where it has transports.
    onLoad({ filter: /[/]pino[/]lib[/]caller\.js$/ }, () => ({
      contents: 'module.exports = () => [];',
    }));
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
    // Bundled by itself: of a module that is made of modules, each start would make all functions.
    onResolve({ filter: /^typebox\/value$/ }, ({ path, namespace }) =>
      namespace === 'compiled' ? { path, namespace: 'apart' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'apart' }, async ({ path }) => ({
      contents: await bundledApart(path),
    }));
    // What is wrong with a request is found by the library itself, loaded with the first mistake.
    onResolve({ filter: /^compiled:check$/ }, () => ({ path: 'check', namespace: 'checked' }));
    onLoad({ filter: /.*/, namespace: 'checked' }, () => ({
      contents: Code(RecommendRequest).Code,
      resolveDir: import.meta.dirname,
    }));
  },
};

/** A package as one CommonJS module, nothing of which runs before it is asked for. */
async function bundledApart(name: string): Promise<string> {
  const { outputFiles } = await build({
    ...common,
    format: 'cjs',
    minify: true,
    write: false,
    stdin: { contents: `export * from '${name}';`, resolveDir: import.meta.dirname },
  });
  return outputFiles[0].text;
}

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
