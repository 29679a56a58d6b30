import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { root, startSegue, token, until } from './segue.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

/** What a collector of OpenTelemetry gets, as the bytes of OTLP. */
async function startCollector(t: Test) {
  const received: { url: string | undefined; type: string | undefined; body: Buffer }[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    received.push({ url: request.url, type: request.headers['content-type'], body });
    response.end();
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, received };
}

/** One upload, and everything that was said of it. */
async function uploadOnce(t: Test, environment: NodeJS.ProcessEnv) {
  const segue = await startSegue(t, join(root, 'functions/cli.ts'), {
    ...{ LOG_LEVEL: 'info', TUNING_FITS: '0' },
    ...environment,
  });
  const answer = await fetch(`${segue.uploads}/datasets/songs.csv`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, traceparent },
    body: 'pid,track_name\n1,a\n1,b\n2,a\n2,b\n',
  });
  const { event } = (await answer.json()) as { event: string };
  await segue.untilServed('1');
  const refused = await fetch(`${segue.recommend}/api/recommend`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent },
    body: '{"songs": 5}',
  });
  t.equal(refused.status, 400);
  const lines = () =>
    segue
      .said()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const logged = await until(async () => {
    const found = lines().filter((line) => line.trace_id === traceId);
    // Each function writes when it comes to it.
    const isAll =
      found.some(({ msg }) => msg === 'the sink has answered') &&
      found.some(({ code }) => code === 'bad-request');
    return isAll ? found : undefined;
  });
  return { segue, event, logged };
}

t.test('lines of all functions are tied by the trace and the event of an upload', async (t) => {
  const { segue, event, logged } = await uploadOnce(t, {});
  const ofEvent = logged.filter((line) => line.event === event).map(({ msg }) => msg);
  for (const message of [
    ...['data set stored', 'the sink has answered'],
    ...['training asked for', 'training decided', 'model loaded'],
  ]) {
    t.ok(ofEvent.includes(message), message);
  }
  t.ok(
    logged.some(({ code }) => code === 'bad-request'),
    'so is what was wrong with a request',
  );
  t.strictSame(new Set(logged.map((line) => line.span_id)), new Set(['00f067aa0ba902b7']));
  t.equal(await segue.stop(), 0);
});

t.test('where OpenTelemetry is told where to, it gets spans of requests and steps', async (t) => {
  const collector = await startCollector(t);
  const { segue, logged } = await uploadOnce(t, {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=a-test',
  });
  t.ok(new Set(logged.map((line) => line.span_id)).size >= 3, 'lines name the spans they are in');
  await fetch(`${segue.recommend}/readyz`);
  t.equal(await segue.stop(), 0, 'what is left to be sent is sent before the end');
  const { received } = collector;
  for (const { url, type } of received) {
    t.equal(url, '/v1/traces');
    t.equal(type, 'application/x-protobuf');
  }
  const all = Buffer.concat(received.map(({ body }) => body));
  for (const text of [
    ...['segue-recommend', 'segue-retrain', 'segue-upload', 'a-test'],
    ...['PUT /datasets/:name', 'POST /', 'POST /api/recommend', 'transactions', 'publish'],
  ]) {
    t.ok(all.includes(text), text);
  }
  t.ok(all.includes(Buffer.from(traceId, 'hex')), 'in the trace of who asked');
  t.notOk(all.includes('readyz'), 'a probe is no news');
});
