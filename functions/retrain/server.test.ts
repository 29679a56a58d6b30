import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { asking, sequence, together, writeDataset } from './sample.ts';

const path = join(import.meta.dirname, 'server.ts');

t.test('the process listens, trains on an event, and ends when told to', async (t) => {
  const folder = t.testdir();
  const pointer = writeDataset(folder, 'abc.csv', together(['a', 'b']));
  const settings = { STORE: join(folder, 'store'), DATASETS: folder, PORT: '0', HOST: '127.0.0.1' };
  const child = spawn(process.execPath, [path], {
    env: { ...process.env, ...settings, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let url: string | undefined;
  for await (const line of createInterface(child.stdout)) {
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (url !== undefined) break;
  }
  child.stdout.resume();
  const { headers, payload: body } = asking([pointer], 1);
  const answer = await fetch(`${url}/`, { method: 'POST', headers, body });
  t.equal(answer.status, 200);
  t.match(answer.headers.get('ce-id'), sequence(1));
  t.match(await answer.json(), { version: '1', cause: 'published' });
  child.kill('SIGTERM');
  t.strictSame(await once(child, 'exit'), [0, null]);
});

t.test('settings that are missing end it with one line', async (t) => {
  const child = spawn(process.execPath, [path], {
    env: { ...process.env, STORE: '', DATASETS: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  t.equal(code, 78);
  t.match(said, /^configuration: .*STORE is missing; DATASETS is missing.*\n$/);
});
