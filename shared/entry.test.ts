import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { entryPath } from './entry.ts';

t.test('the source is taken where there is one, else the bundle beside', async (t) => {
  const folder = t.testdir({ functions: { 'cli.ts': '', retrain: { 'child.ts': '' } }, dist: {} });
  const source = pathToFileURL(join(folder, 'functions/retrain/child.ts')).href;
  t.equal(entryPath(source, '../cli.ts', './segue.mjs'), join(folder, 'functions/cli.ts'));
  const bundle = pathToFileURL(join(folder, 'dist/retrain.cjs')).href;
  t.equal(entryPath(bundle, '../cli.ts', './segue.mjs'), join(folder, 'dist/segue.mjs'));
});
