import { once } from 'node:events';
import { createServer } from 'node:net';
import t from 'tap';
import { playlists, publishSample } from '../recommend/sample.ts';
import { segue, start } from './sample.ts';

t.test('serve says where it answers, answers, and ends when told to', async (t) => {
  const store = t.testdir({});
  await publishSample(store, playlists);
  const child = start('functions/cli.ts', ['serve', '--store', store, '--port', '0']);
  const [said] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  const [, address] = /^(http:\/\/localhost:\d+) answers; Ctrl-C ends it\.\n$/.exec(said) ?? [];
  const answer = await fetch(`${address}/api/recommend`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ songs: ['Yesterday'] }),
  });
  t.equal(answer.status, 200);
  t.match(await answer.json(), { version: '1', songs: ['Let It Be', 'Hey Jude'] });
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  t.equal(code, 0);
});

t.test('a port that is taken or no port is an error of one line', async (t) => {
  const server = createServer().listen(0, '0.0.0.0');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  for (const [given, expected, reason] of [
    [String(port), 69, /Another process listens on port \d+/],
    ['http', 78, /PORT must be a whole number/],
  ] as const) {
    const { code, stdout, stderr } = await segue(['serve', '--port', given, '--store', '/tmp']);
    t.equal(code, expected);
    t.equal(stdout, '');
    t.match(stderr, reason);
    t.match(stderr, /^segue: [^\n]+\n$/);
  }
});
