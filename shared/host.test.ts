import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { asHandler } from './host.ts';
import { startScript } from './sample.ts';
import { createApp } from './server.ts';

/** A function with a route that answers after a while, served as HOST and PORT say. */
const slowFunction = `
  const { serve } = await import(shared('host.ts'));
  const { createApp } = await import(shared('server.ts'));
  await serve('slow', process.env, async () => {
    const { app } = createApp({ logLevel: 'info', bodyLimitBytes: 100, unready: () => undefined });
    app.get('/slow', async () => {
      process.stdout.write('began\\n');
      await new Promise((resolve) => setTimeout(resolve, 400));
      return { slow: true };
    });
    if (process.env.READY === 'never') {
      app.addHook('onReady', async () => { throw new Error('it is\\n  not ready'); });
    }
    if (process.env.READY === 'ends') {
      app.addHook('onReady', async () => {
        process.kill(process.pid, 'SIGTERM');
        await new Promise((resolve) => setTimeout(resolve, 50));
      });
    }
    if (process.env.CLOSES === 'badly') {
      app.addHook('onClose', async () => { throw new Error('it will not close'); });
    }
    return app;
  });`;

/** Starts it on a free port, and waits until it listens. */
async function startSlow(environment: Record<string, string> = {}) {
  const script = startScript(slowFunction, { HOST: '127.0.0.1', PORT: '0', ...environment });
  let output = '';
  const says = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(output);
      if (found !== null) return found;
      await once(script.process.stdout!, 'data');
    }
  };
  script.process.stdout!.on('data', (chunk) => {
    output += String(chunk);
  });
  const port = Number((await says(/listening at http:\/\/127\.0\.0\.1:(\d+)/))[1]);
  return { ...script, port, says };
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`on ${signal} a process answers what it has taken, and ends by itself`, async (t) => {
    const { process, port, says, ended } = await startSlow();
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    const idle = await response(get({ port, path: '/healthz', agent }));
    t.equal(idle.body, '{"status":"ok"}');
    const silent = connect(port, '127.0.0.1');
    const halfAsked = connect(port, '127.0.0.1');
    halfAsked.write('GET /healthz HTTP/1.1\r\nHost: segue\r\n');
    const answer = text(halfAsked);
    const slow = response(get({ port, path: '/slow', agent: new Agent({ keepAlive: true }) }));
    await Promise.all([says(/began/), once(silent, 'connect')]);

    process.kill(signal);
    await once(silent.resume(), 'close'); // who never asked does not hold the process up
    halfAsked.write('\r\n');
    t.match(await answer, /^HTTP\/1\.1 200 OK\r\n.*connection: close.*\{"status":"ok"\}$/is);
    t.match(await slow, { statusCode: 200, body: '{"slow":true}' });
    const { code, stderr } = await ended;
    t.equal(code, 0);
    t.equal(stderr, '');
    await t.rejects(response(get({ port, path: '/healthz' })), { code: 'ECONNREFUSED' });
  });
}

t.test('a process that is told to end while it starts ends by itself', async (t) => {
  const { code, stdout, stderr } = await startScript(slowFunction, { PORT: '0', READY: 'ends' })
    .ended;
  t.equal(code, 0, stderr);
  t.match(stdout, '"signal":"SIGTERM"');
});

t.test('a process whose app does not close well says so, and ends with 1', async (t) => {
  const { process, ended } = await startSlow({ CLOSES: 'badly' });
  process.kill('SIGTERM');
  const { code, stdout } = await ended;
  t.equal(code, 1);
  t.match(stdout, /it will not close.*stopping failed/);
});

t.test('a port that is taken ends the process with one line and exit code 69', async (t) => {
  const taken = await listening(t, createServer());
  const { code, stdout, stderr } = await startScript(slowFunction, {
    HOST: '127.0.0.1',
    PORT: String(taken),
  }).ended;
  t.equal(code, 69);
  t.match(stderr, new RegExp(`^port-taken: Another process listens on port ${taken}\\..*\\n$`));
  t.notMatch(stdout, 'listening at');
});

t.test('an address that is not of this machine ends the process with one line', async (t) => {
  const { code, stderr } = await startScript(slowFunction, { HOST: '192.0.2.1', PORT: '0' }).ended;
  t.equal(code, 69);
  t.match(stderr, /^address-unusable: 192\.0\.2\.1, port 0: .*EADDRNOTAVAIL.*\n$/);
});

t.test('an app that does not get ready ends the process with one line', async (t) => {
  const { code, stderr } = await startScript(slowFunction, { PORT: '0', READY: 'never' }).ended;
  t.equal(code, 70);
  t.match(stderr, /^internal: .*it is not ready.*\n$/);
});

t.test('settings that are wrong or missing end the process with one line, exit 78', async (t) => {
  const wrong = await startScript(slowFunction, { PORT: 'http' }).ended;
  t.equal(wrong.code, 78);
  t.match(wrong.stderr, /^configuration: Mend these settings: PORT must be .*\n$/);

  const missing = await startScript(
    `const { serve } = await import(shared('host.ts'));
     const { configure } = await import(shared('configuration.ts'));
     await serve('slow', {}, async () => configure({}, ['STORE', 'DATASETS']));`,
  ).ended;
  t.equal(missing.code, 78);
  t.equal(
    missing.stderr,
    'configuration: Mend these settings: STORE is missing; DATASETS is missing.\n',
  );
});

t.test('listen says where the app is to be reached', async (t) => {
  const script = startScript(
    `const { listen } = await import(shared('host.ts'));
     const { createApp } = await import(shared('server.ts'));
     const { app } = createApp({ logLevel: 'silent', bodyLimitBytes: 9, unready: () => undefined });
     console.log(await listen({ app, host: '127.0.0.1', port: 0 }));`,
  );
  const [line] = await once(script.process.stdout!, 'data');
  t.match(String(line), /^http:\/\/localhost:\d+\n$/);
  t.equal((await fetch(`${String(line).trim()}/healthz`)).status, 200);
  script.process.kill('SIGTERM');
  t.equal((await script.ended).code, 0);
});

t.test('a host that has read the body already is served like a connection', async (t) => {
  let built = 0;
  const handler = asHandler(async () => {
    built++;
    const { app } = createApp({
      logLevel: 'silent',
      bodyLimitBytes: 100,
      unready: () => undefined,
    });
    app.post('/echo', (request) => ({ body: request.body }));
    return app;
  });
  // As functions-framework does it: the body is read, and a content encoding undone.
  const port = await listening(
    t,
    createServer(async (request: IncomingMessage & { rawBody?: Buffer }, response) => {
      const body = await buffer(request);
      const isPacked = request.headers['content-encoding'] === 'gzip';
      if (request.method === 'POST') request.rawBody = isPacked ? gunzipSync(body) : body;
      await handler(request, response);
    }),
  );
  const post = (body: string | Buffer, headers: Record<string, string> = {}) => {
    const asked = request({
      port,
      method: 'POST',
      path: '/echo',
      headers: { 'content-type': 'application/json', ...headers },
    });
    asked.end(body);
    return response(asked);
  };
  const [first, second] = await Promise.all([post('{"songs":["é"]}'), post('[]')]);
  t.match(first, { statusCode: 200, body: '{"body":{"songs":["é"]}}' });
  t.match(second, { statusCode: 200, body: '{"body":[]}' });
  t.equal(built, 1, 'the app is built once');
  t.match(await post('[1]', { 'transfer-encoding': 'chunked' }), { body: '{"body":[1]}' });
  t.match(await post('{"songs":'), { statusCode: 400 });
  t.match(await post(''), { statusCode: 400 });
  t.match(await post(`"${'x'.repeat(98)}"`), { statusCode: 200 });
  t.match(await post(`"${'x'.repeat(99)}"`), { statusCode: 413 });
  const large = await post(`"${'x'.repeat(99)}"`, { 'transfer-encoding': 'chunked' });
  t.match(large, { statusCode: 413 }, 'nor without a length');
  const packed = { 'content-encoding': 'gzip' };
  t.match(await post(gzipSync('[2]'), packed), { body: '{"body":[2]}' });
  t.match(await post(gzipSync(`"${'x'.repeat(99)}"`), packed), { statusCode: 413 });
  t.match(await post('x', { 'content-type': 'text/csv' }), { statusCode: 415 });
  t.match(await response(get({ port, path: '/healthz' })), { statusCode: 200 });
  t.match(await response(get({ port, path: '/nowhere' })), { statusCode: 404 });
});

t.test('a function that cannot be built ends its host with one line', async (t) => {
  const { code, stderr } = await startScript(
    `const { asHandler } = await import(shared('host.ts'));
     const { configure } = await import(shared('configuration.ts'));
     await asHandler(async () => configure({}, ['STORE']))({}, {});`,
  ).ended;
  t.equal(code, 78);
  t.equal(stderr, 'configuration: Mend these settings: STORE is missing.\n');
});

async function response(asked: ReturnType<typeof request>) {
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const { statusCode, headers } = answer;
  return { statusCode, headers, body: await text(answer) };
}

async function listening(t: { after(end: () => unknown): void }, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
