import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';

t.test('the process listens, and ends when told to', async (t) => {
  const folder = t.testdir();
  const settings = { STORE: folder, DATASETS: folder, K_SINK: 'http://127.0.0.1:1', PORT: '0' };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'server.ts')], {
    env: { ...process.env, ...settings, HOST: '127.0.0.1', LOG_LEVEL: 'info', UPLOAD_TOKEN: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (line.includes('http://')) break;
  }
  child.stdout.resume();
  t.match(lines.join('\n'), 'UPLOAD_TOKEN is not set');
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(lines.join())?.[0];
  t.equal((await fetch(`${url}/datasets`)).status, 401);
  child.kill('SIGTERM');
  t.strictSame(await once(child, 'exit'), [0, null]);
});
