import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { entryPath, importEntry } from './entry.ts';

t.test('the source is taken where there is one, else the bundle beside', async (t) => {
  const folder = t.testdir({ functions: { 'cli.ts': '', retrain: { 'child.ts': '' } }, dist: {} });
  const source = pathToFileURL(join(folder, 'functions/retrain/child.ts')).href;
  t.equal(entryPath(source, '../cli.ts', './segue.mjs'), join(folder, 'functions/cli.ts'));
  const bundle = pathToFileURL(join(folder, 'dist/retrain.cjs')).href;
  t.equal(entryPath(bundle, '../cli.ts', './segue.mjs'), join(folder, 'dist/segue.mjs'));
});

t.test('so it is with a part that is loaded late', async (t) => {
  const folder = t.testdir({
    'a source': { 'more.mjs': 'export const from = "source";' },
    dist: { 'more.cjs': 'exports.from = "bundle";' },
  });
  for (const [name, from] of [
    ['a source/app.ts', 'source'],
    ['dist/app.cjs', 'bundle'],
  ]) {
    const base = pathToFileURL(join(folder, name)).href;
    t.match(await importEntry(base, './more.mjs', './more.cjs'), { from });
  }
});
