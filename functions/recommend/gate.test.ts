import t, { type Test } from 'tap';
import { buildApp, type RecommendOptions } from './app.ts';
import { playlists, publishSample } from './sample.ts';

const store = t.testdir({});
await publishSample(store, playlists);

async function start(t: Test, changes: Partial<RecommendOptions> = {}) {
  const app = await buildApp({
    ...{ store, pinned: undefined, pollMs: 86_400_000, maxWaitMs: 60_000, uploadUrl: undefined },
    ...{ logLevel: 'silent', ...changes },
  });
  t.teardown(() => app.close());
  return (headers: Record<string, string> = {}, url = '/api/model', remoteAddress = '192.0.2.1') =>
    app.inject({ url, headers, remoteAddress });
}

t.test('no other page may ask unless a setting says so', async (t) => {
  const origin = 'https://a.example';
  const none = await (await start(t))({ origin });
  t.strictSame(
    Object.keys(none.headers).filter((name) => name.startsWith('access-control')),
    [],
  );
  const some = await start(t, { corsOrigins: [origin] });
  t.equal((await some({ origin })).headers['access-control-allow-origin'], origin);
  const other = await some({ origin: 'https://a.example.org' });
  t.notOk('access-control-allow-origin' in other.headers);
  const all = await start(t, { corsOrigins: ['*'] });
  t.match((await all({ origin })).headers, { 'access-control-allow-origin': '*' });
  t.notOk('access-control-allow-credentials' in (await all({ origin })).headers);
});

t.test('a client that asks too often is told when to come again', async (t) => {
  const ask = await start(t, { rateLimit: 3 });
  for (let i = 0; i < 3; i++) t.equal((await ask()).statusCode, 200);
  const refused = await ask();
  t.match(refused.json(), { status: 429, code: 'too-many-requests' });
  t.match(refused.headers['content-type'], /problem\+json/);
  t.ok(Number(refused.headers['retry-after']) > 0);
  t.equal((await ask({}, '/api/model', '192.0.2.2')).statusCode, 200, 'another client');
  const forwarded = { 'x-forwarded-for': '198.51.100.7' };
  t.equal((await ask(forwarded)).statusCode, 429, 'nobody believes what a client says of itself');
  for (const url of ['/healthz', '/readyz', '/metrics']) {
    t.equal((await ask({}, url)).statusCode, 200, url);
  }
});

t.test('behind proxies the client is who they name, not who the client names', async (t) => {
  const ask = await start(t, { rateLimit: 1, trustedProxies: ['10.0.0.0/8'] });
  const by = async (forwarded: string, from = '10.0.0.1') =>
    (await ask({ 'x-forwarded-for': forwarded }, '/api/model', from)).statusCode;
  t.equal(await by('198.51.100.1'), 200);
  t.equal(await by('198.51.100.2, 10.0.0.2'), 200, 'another client, one proxy more');
  t.equal(await by('198.51.100.1, 10.0.0.3'), 429);
  t.equal(
    await by('203.0.113.9, 198.51.100.1'),
    429,
    "what stands before is the client's own word",
  );
  t.equal(await by('2001:db8::1'), 200);
  t.equal(await by('2001:db8::ffff'), 429, 'the same /64');
  t.equal(await by('2001:db8:0:1::1'), 200);
});
