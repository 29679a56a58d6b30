import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { ask, Fault } from './ask.ts';

const answers: Record<string, [status: number, body: string]> = {
  '/data': [200, '{"songs": ["Yesterday"]}'],
  '/nothing': [204, ''],
  '/problem': [404, '{"code": "run-unknown", "detail": "There is no run 7."}'],
  '/other': [502, '{}'],
};
const server = createServer((request, response) => {
  const [status, body] = answers[request.url!];
  response.writeHead(status).end(body);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
t.teardown(() => server.close());
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

t.test('an answer is its data, or nothing', async (t) => {
  t.strictSame(await ask(`${address}/data`, {}), { songs: ['Yesterday'] });
  t.equal(await ask(`${address}/nothing`, { method: 'DELETE' }), undefined);
});

t.test('what the server says against a request has its code and its words', async (t) => {
  const refused = { code: 'run-unknown', message: 'There is no run 7.' };
  await t.rejects(ask(`${address}/problem`, {}), refused);
  await t.rejects(ask(`${address}/other`, {}), { code: 'internal', message: 'Bad Gateway' });
});

t.test('no answer is a fault of the network, but for whoever gave up himself', async (t) => {
  const gone = await ask('http://127.0.0.1:1/', {}).catch((error: unknown) => error);
  t.ok(gone instanceof Fault);
  t.match(gone, { code: 'network' });
  const reason = new Error('another letter was typed');
  await t.rejects(ask(`${address}/data`, { signal: AbortSignal.abort(reason) }), reason);
});
