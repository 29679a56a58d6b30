import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

t.test('the kernels in the repository are what their sources compile to', async (t) => {
  const made = join(t.testdir(), 'eclat.wasm');
  const root = join(import.meta.dirname, '../../..');
  execFileSync('npm', ['run', '--silent', 'wasm', '--', '--outFile', made], { cwd: root });
  const kept = readFileSync(join(import.meta.dirname, 'eclat.wasm'));
  t.ok(readFileSync(made).equals(kept), 'if not: make -B functions/retrain/eclat/eclat.wasm');
});
