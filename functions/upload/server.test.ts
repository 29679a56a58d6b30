import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { csv, startSink, token } from './sample.ts';

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
  t.match(lines.join('\n'), 'there is no token yet');
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(lines.join())?.[0];
  t.equal((await fetch(`${url}/datasets`)).status, 401);
  child.kill('SIGTERM');
  t.strictSame(await once(child, 'exit'), [0, null]);
});

t.test(
  'told to end in the midst of an upload, it takes it to its end and sends its event',
  async (t) => {
    const folder = t.testdir({ datasets: {}, store: {} });
    const sink = await startSink([202]);
    t.teardown(sink.close);
    const child = spawn(process.execPath, [join(import.meta.dirname, 'server.ts')], {
      env: {
        ...process.env,
        ...{ STORE: join(folder, 'store'), DATASETS: join(folder, 'datasets'), K_SINK: sink.url },
        ...{ PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info', UPLOAD_TOKEN: token },
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.teardown(() => child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    const lines = createInterface(child.stdout);
    const said = async (what: string) => {
      for await (const [line] of on(lines, 'line')) if (line.includes(what)) return String(line);
      throw new Error(what);
    };
    const port = Number(/:(\d+)/.exec((await said('http://')).split('127.0.0.1')[1])?.[1]);
    const socket = connect(port, '127.0.0.1');
    const [begin, rest] = [csv.slice(0, 30), csv.slice(30)];
    const head = `PUT /datasets/a.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n`;
    socket.write(`${head}Content-Length: ${csv.length}\r\n\r\n${begin}`);
    while (readdirSync(join(folder, 'datasets')).length === 0) await sleep(5);
    const stopping = said('"stopping"');
    child.kill('SIGTERM');
    await stopping;
    socket.write(rest);
    t.match(await text(socket), /^HTTP\/1\.1 202 /);
    t.strictSame(await ended, [0, null]);
    t.equal(sink.received.length, 1);
    const [digest] = readdirSync(join(folder, 'datasets'));
    t.equal(readFileSync(join(folder, 'datasets', digest, 'a.csv'), 'utf8'), csv);
  },
);

t.test('a token is changed without a restart, and never logged', async (t) => {
  const folder = t.testdir();
  const tokenFile = join(folder, 'token');
  const tokens = ['first token of this test', 'second token of this test'];
  writeFileSync(tokenFile, tokens[0]);
  const sink = await startSink([202, 503, 'reset']);
  t.teardown(sink.close);
  const settings = { STORE: folder, DATASETS: join(folder, 'sets'), K_SINK: sink.url, PORT: '0' };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'server.ts')], {
    env: {
      ...{ ...process.env, ...settings, HOST: '127.0.0.1', LOG_LEVEL: 'trace' },
      UPLOAD_TOKEN_FILE: tokenFile,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  while (!said.includes('http://127')) await sleep(10);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
  const status = async (token: string, path = '/datasets', method = 'GET') => {
    const headers = { authorization: `Bearer ${token}` };
    const body = method === 'PUT' ? 'pid,track_name\n1,a\n1,b\n' : null;
    return (await fetch(url + path, { method, headers, body })).status;
  };
  t.strictSame([await status(tokens[0]), await status(tokens[1])], [200, 401]);
  writeFileSync(tokenFile, tokens.join('\n'));
  t.strictSame([await status(tokens[0]), await status(tokens[1])], [200, 200]);
  t.equal(await status(tokens[0], '/datasets/a.csv', 'PUT'), 202);
  writeFileSync(tokenFile, `${tokens[1]}\n`);
  t.strictSame([await status(tokens[0]), await status(tokens[1])], [401, 200]);
  // Whatever can be logged: a defect, an address with the token in it, one that is no address.
  await status(tokens[1], `/nothing?token=${tokens[1]}`);
  await status(tokens[1], `/datasets/%zz?token=${tokens[1]}`);
  await status(tokens[1], `/datasets/.x?token=${tokens[1]}`);
  await status(tokens[1], '/datasets/b.csv', 'PUT');
  writeFileSync(tokenFile, 'too short\n');
  t.equal(await status(tokens[1]), 500);
  rmSync(tokenFile);
  t.equal(await status(tokens[1]), 401, 'without a file nobody is let in');
  mkdirSync(tokenFile);
  t.equal(await status(tokens[1]), 500);
  child.kill('SIGTERM');
  await once(child, 'close');
  t.match(said, /data set stored/);
  for (const token of [...tokens, 'too short']) {
    for (const spelt of [token, encodeURIComponent(token)]) t.notMatch(said, spelt);
  }
});
