import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { root } from './segue.ts';

interface Locked {
  version: string;
  resolved?: string;
  integrity?: string;
  license?: string;
  hasInstallScript?: true;
  link?: true;
}

const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'));
const { allowScripts } = read('package.json');
const locked = Object.entries(read('package-lock.json').packages as Record<string, Locked>).filter(
  ([path]) => path !== '',
);

/** Licences under which a package may be shipped or built with. */
const allowed = new Set([
  ...['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0'],
  ...['CC0-1.0', 'Python-2.0', 'Unlicense', 'MPL-2.0', 'MIT OR Apache-2.0'],
  ...['PSF-2.0', '(WTFPL OR MIT)', '(MIT AND Zlib)', 'CC-BY-3.0', '(MIT OR CC0-1.0)'],
]);

t.test('every package is held to its digest, whoever it comes from', async (t) => {
  t.ok(locked.length > 100);
  for (const [path, { integrity, resolved }] of locked) {
    t.match(integrity, /^sha(512|256)-/, path);
    t.equal(resolved, undefined, `${path} comes from the registry that is set up`);
  }
});

t.test('no package runs a script at its installation but those that are listed', async (t) => {
  const names = locked
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.split('node_modules/').at(-1) as string);
  for (const name of names) t.type(allowScripts[name], 'boolean', name);
  t.strictSame(
    Object.keys(allowScripts).filter((name) => allowScripts[name]),
    ['node'],
  );
});

t.test('every licence is one that allows what is done', async (t) => {
  // Its licence (MIT) stands in a file only.
  const silent = 'node_modules/jsonc-simple-parser';
  const unknown = locked.flatMap(([path, { license }]) =>
    allowed.has(license ?? '') || path === silent ? [] : `${path}: ${license}`,
  );
  t.strictSame(unknown, []);
  const listed = execFileSync(process.execPath, ['.ci/licences.mjs'], {
    cwd: root,
    encoding: 'utf8',
  });
  t.match(listed, /^MIT\n( {2}\S+ \S+\n)+/m);
  t.match(listed, /^ {2}fastify \d/m);
  t.notMatch(listed, /^ {2}tap \d/m, 'what only tests need is not shipped');
});
