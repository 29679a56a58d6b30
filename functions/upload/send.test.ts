import { CloudEvent, HTTP, type Message } from 'cloudevents';
import t, { type Test } from 'tap';
import { parseTrace, traceparent } from '../../shared/trace.ts';
import { startSink } from './sample.ts';
import { type End, type SendOptions, sendEvent, uploadedEvent } from './send.ts';

const pointer = { path: 'a/b.csv', sha256: 'a'.repeat(64), bytes: 5 };
const trace = parseTrace('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')!;
const data = { datasets: [pointer], sequence: `01K${'0'.repeat(23)}` };

/** How the delivery to a sink with these answers goes. */
async function send(
  t: Test,
  answers: Parameters<typeof startSink>[0],
  changes: Partial<SendOptions> = {},
) {
  const sink = await startSink(answers);
  t.teardown(sink.close);
  const { promise: end, resolve } = Promise.withResolvers<End>();
  const sent = sendEvent(uploadedEvent(data, trace), {
    ...{ sink: sink.url, patienceMs: 5_000, retryDelaysMs: [1, 1] },
    signal: new AbortController().signal,
    onEnd: resolve,
    ...changes,
  });
  return { sent, end, received: sink.received };
}

t.test('what is sent is a binary CloudEvent with pointers', async (t) => {
  const { sent, end, received } = await send(t, [202]);
  await sent;
  t.strictSame(await end, { status: 202 });
  t.equal(received.length, 1);
  const event = HTTP.toEvent(received[0] as unknown as Message) as CloudEvent<unknown>;
  t.match(new CloudEvent(event), {
    type: 'dev.segue.dataset.uploaded.v1',
    source: '/segue/upload',
    id: data.sequence,
    data,
    traceparent: traceparent(trace),
  });
  t.equal(received[0].headers.traceparent, traceparent(trace), 'the request is in the same trace');
  t.notOk('ce-seguesignature' in received[0].headers);
  const signed = uploadedEvent(data, trace, 'a token of some length');
  t.match(signed.headers['ce-seguesignature'], /^[0-9a-f]{64}$/);
});

t.test('a sink that is busy or breaks off is sent the event again', async (t) => {
  const cases: [(number | 'reset')[], number, object][] = [
    [[503, 202], 2, { status: 202 }],
    [[429, 500, 204], 3, { status: 204 }],
    [[503], 3, { status: 503 }],
    [[503, 'reset', 200], 3, { status: 200 }],
    [[503, 'reset'], 3, { error: { code: 'ECONNRESET' } }],
    [[422], 1, { status: 422 }],
    [[503, 400], 2, { status: 400 }],
  ];
  for (const [answers, attempts, expected] of cases) {
    const { sent, end, received } = await send(t, answers);
    await sent;
    t.match(await end, expected, answers.join());
    t.equal(received.length, attempts, answers.join());
    t.equal(new Set(received.map(({ headers }) => headers['ce-id'])).size, 1, 'the same event');
  }
});

t.test('a sink that is at work is not waited for; what becomes of it is', async (t) => {
  const slow = await send(t, ['reset', 200], { patienceMs: 1 });
  await slow.sent;
  t.strictSame(await slow.end, { status: 200 });
  t.equal(slow.received.length, 2);
});

t.test('a sink that takes no events is unreachable, and nothing is sent behind it', async (t) => {
  const unreachable = { code: 'sink-unreachable', status: 503 };
  const onEnd = () => t.fail('there is no delivery');
  for (const answer of [302, 400, 401, 404] as const) {
    const { sent, received } = await send(t, [answer], { onEnd });
    await t.rejects(sent, { ...unreachable, message: `it answers ${answer}` });
    t.equal(received.length, 1);
  }
  const { sent: reset } = await send(t, ['reset'], { onEnd });
  await t.rejects(reset, { ...unreachable, message: 'ECONNRESET' });
  for (const sink of ['http://127.0.0.1:1', 'http://localhost:1', 'https://127.0.0.1:1']) {
    const { sent } = await send(t, [200], { sink, onEnd });
    await t.rejects(sent, { ...unreachable, message: 'ECONNREFUSED' }, sink);
  }
});

t.test('an abort ends a delivery', async (t) => {
  const abort = new AbortController();
  const silent = await send(t, ['silent'], { patienceMs: 1, signal: abort.signal });
  await silent.sent;
  const waiting = await send(t, [503], { retryDelaysMs: [100_000], signal: abort.signal });
  await waiting.sent;
  abort.abort();
  t.match(await silent.end, { error: { name: 'AbortError' } });
  t.match(await waiting.end, { error: { name: 'AbortError' } });
});
