import { once } from 'node:events';
import t from 'tap';
import { answering, ended, freePort, start } from '../cli/sample.ts';
import { playlists, publishSample } from './sample.ts';

t.test('the process answers on its port, and ends cleanly when told to', async (t) => {
  const STORE = t.testdir({});
  await publishSample(STORE, playlists);
  const port = await freePort();
  const environment = { STORE, PORT: String(port), LOG_LEVEL: 'info' };
  const child = start('functions/recommend/server.ts', [], { environment });
  let log = '';
  child.stdout?.on('data', (chunk) => {
    log += chunk;
  });
  const ready = await answering(`http://localhost:${port}/readyz`);
  t.equal(ready.status, 200);
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  t.equal(code, 0);
  const lines = log.split('\n').filter((line) => line !== '');
  t.match(
    lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'model loaded'),
    { version: '1', seq: 1, cause: 'published' },
    'it logs which model serves',
  );
});

t.test('without its settings it ends with one line', async (t) => {
  const { code, stderr } = await ended(start('functions/recommend/server.ts', []));
  t.equal(code, 78);
  t.match(stderr, /^configuration: [^\n]*STORE is missing[^\n]*\n$/);
});
