import t from 'tap';
import { type Problem, problem } from './problems.ts';
import { type App, createApp } from './server.ts';

interface Started {
  app: App;
  state: { unready: Problem | undefined };
}

async function start(t: { after(end: () => unknown): void }): Promise<Started> {
  const state: Started['state'] = { unready: undefined };
  const { app } = createApp({
    logLevel: 'silent',
    bodyLimitBytes: 100,
    unready: () => state.unready,
  });
  app.post('/echo', (request) => request.body);
  app.get('/songs/:title', () => ({}));
  app.get('/throw/:what', (request) => {
    const { what } = request.params as { what: keyof typeof thrown };
    throw thrown[what];
  });
  app.post(
    '/typed',
    {
      schema: {
        body: {
          type: 'object',
          properties: { limit: { type: 'integer' } },
          required: ['limit'],
          additionalProperties: false,
        },
      },
    },
    () => ({}),
  );
  t.after(() => app.close());
  return { app, state };
}

const thrown = {
  problem: problem('no-model', { store: '/store' }),
  token: problem('unauthorized'),
  error: new Error('it broke'),
  text: 'it broke',
  nil: null,
  nothing: undefined,
  teapot: Object.assign(new Error('I am a teapot'), { statusCode: 418 }),
  silent: Object.assign(new Error(''), { statusCode: 404 }),
  gateway: Object.assign(new Error('upstream'), { statusCode: 502 }),
};

const json = { 'content-type': 'application/json' };

t.test('every error is problem+json with its code', async (t) => {
  const { app } = await start(t);
  const long = 'x'.repeat(101);
  const table: [method: 'GET' | 'POST', url: string, headers: object, body: string, ...Answer][] = [
    ['GET', '/nowhere', {}, '', 404, 'not-found', /^GET \/nowhere is no route/],
    ['POST', '/healthz', {}, '', 404, 'not-found', /^POST \/healthz is no route/],
    ['GET', '/songs/%zz', {}, '', 400, 'bad-request', /%zz/],
    ['GET', `/songs/${long}`, {}, '', 400, 'bad-request', /max param length/],
    ['POST', '/echo', json, '{"songs":', 400, 'bad-request', /JSON/],
    ['POST', '/echo', json, '', 400, 'bad-request', /empty/],
    ['POST', '/echo', json, `"${long}"`, 413, 'too-large', /At most 100 bytes/],
    ['POST', '/echo', { 'content-type': 'a/b' }, 'x', 415, 'unsupported-media-type', /"a\/b"/],
    ['POST', '/echo', {}, 'x', 415, 'unsupported-media-type', /"none"/],
    ['POST', '/typed', json, '{}', 400, 'bad-request', /must have required property 'limit'/],
    ['POST', '/typed', json, '{"limit":"x"}', 400, 'bad-request', /body\/limit must be integer/],
    ['POST', '/typed', json, '{"limit":1,"x":1}', 400, 'bad-request', /additional properties/],
    ['GET', '/throw/problem', {}, '', 503, 'no-model', /\/store/],
    ['GET', '/throw/token', {}, '', 401, 'unauthorized', /Bearer/],
    ['GET', '/throw/error', {}, '', 500, 'internal', /it broke/],
    ['GET', '/throw/text', {}, '', 500, 'internal', /it broke/],
    ['GET', '/throw/nil', {}, '', 500, 'internal', /null/],
    ['GET', '/throw/nothing', {}, '', 500, 'internal', /undefined/],
    ['GET', '/throw/teapot', {}, '', 400, 'bad-request', /I am a teapot/],
    ['GET', '/throw/silent', {}, '', 400, 'bad-request', /Not Found/],
    ['GET', '/throw/gateway', {}, '', 500, 'internal', /upstream/],
  ];
  for (const [method, url, headers, payload, status, code, detail] of table) {
    const what = `${method} ${url.slice(0, 30)} ${payload.slice(0, 20)}`;
    const answer = await app.inject({ method, url, headers: { ...headers }, payload });
    t.equal(answer.statusCode, status, what);
    t.match(answer.headers['content-type'], /^application\/problem\+json/, what);
    t.match(answer.json(), { type: `urn:segue:problem:${code}`, status, code, detail }, what);
    t.match(answer.json().detail, /\.$/, what);
  }
});

type Answer = [status: number, code: string, detail: RegExp];

t.test('what may work later says when, and what needs a token says so', async (t) => {
  const { app } = await start(t);
  const busy = await app.inject('/throw/problem');
  t.equal(busy.headers['retry-after'], '5');
  const token = await app.inject('/throw/token');
  t.equal(token.headers['www-authenticate'], 'Bearer');
  t.notOk('retry-after' in token.headers);
  t.notOk('www-authenticate' in busy.headers);
});

t.test('a body within the limit is taken, to the byte', async (t) => {
  const { app } = await start(t);
  const payload = JSON.stringify('x'.repeat(98));
  const answer = await app.inject({ method: 'POST', url: '/echo', headers: json, payload });
  t.equal(answer.statusCode, 200);
  t.equal(answer.body, 'x'.repeat(98));
});

t.test('/healthz says that the process lives, /readyz that it can serve', async (t) => {
  const { app, state } = await start(t);
  t.strictSame((await app.inject('/readyz')).json(), { status: 'ready' });
  state.unready = problem('model-not-loaded', { reason: 'it is torn' });
  const unready = await app.inject('/readyz');
  t.match(unready, { statusCode: 503, headers: { 'retry-after': '5' } });
  t.match(unready.json(), { code: 'model-not-loaded' });
  t.strictSame((await app.inject('/healthz')).json(), { status: 'ok' });
  state.unready = undefined;
  t.equal((await app.inject('/readyz')).statusCode, 200);
});

t.test('/metrics counts answers by method, route and status, whatever is asked', async (t) => {
  const { app } = await start(t);
  for (let i = 0; i < 20; i++) {
    await app.inject(`/songs/${i}?q=${i}`);
    await app.inject(`/nowhere/${i}`);
  }
  const answer = await app.inject('/metrics');
  t.match(answer.headers['content-type'], /^text\/plain; version=0\.0\.4/);
  const counts = answer.body.split('\n').filter((line) => /_seconds_count\{/.test(line));
  t.strictSame(counts.sort(), [
    'segue_http_request_seconds_count{method="GET",route="/songs/:title",status="200"} 20',
    'segue_http_request_seconds_count{method="GET",route="none",status="404"} 20',
  ]);
  t.match(answer.body, 'segue_http_request_seconds_bucket{le="0.001"');
  t.match(answer.body, 'process_cpu_seconds_total');
  const other = createApp({ logLevel: 'silent', bodyLimitBytes: 1, unready: () => undefined });
  t.equal((await other.app.inject('/metrics')).statusCode, 200, 'two apps share no registry');
  t.notMatch((await other.app.inject('/metrics')).body, /songs/);
});
