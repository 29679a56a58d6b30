import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { paced } from './paced.ts';

t.test('answers are counted by status, and connections that broke', async (t) => {
  let requests = 0;
  const server = createServer((request, response) => {
    const which = requests++ % 5;
    if (which === 0) return void request.socket.destroy();
    response.statusCode = which === 1 ? 503 : 200;
    request.resume().once('end', () => response.end('{}'));
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const found = await paced(
    { port },
    { requests: [{ songs: ['a'], limit: 1 }], rate: 300, seconds: 1, connections: 8 },
  );
  t.equal(found.asked, requests);
  t.equal(found.unanswered, 0);
  t.equal(found.broken, Math.ceil(requests / 5));
  t.equal(found.fromDue['503'].count, Math.ceil((requests - 1) / 5));
  t.equal(found.broken + found.fromDue['200'].count + found.fromDue['503'].count, requests);
});

t.test('what is asked at the beginning can be left untold', async (t) => {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.end('{}'));
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const requests = [{ songs: ['a'], limit: 1 }];
  const pace = { requests, rate: 200, seconds: 0.5, connections: 8, leadInMs: 500 };
  const { asked, fromDue, fromSent } = await paced({ port }, pace);
  const told = fromDue['200'].count;
  t.ok(told > 0.3 * asked && told < 0.7 * asked, `${told} of ${asked}`);
  t.equal(fromSent['200'].count, told);
});

t.test('a server that ends idle connections breaks no request', async (t) => {
  let opened = 0;
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.end('{}'));
  });
  server.on('connection', (socket) => {
    opened++;
    let idle = setTimeout(() => socket.destroy(), 400);
    socket.on('data', () => {
      clearTimeout(idle);
      idle = setTimeout(() => socket.destroy(), 400);
    });
    socket.on('close', () => clearTimeout(idle));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const found = await paced(
    { port },
    {
      requests: [{ songs: ['a'], limit: 1 }],
      ...{ rate: 50, seconds: 1, connections: 8, longestIdleMs: 100 },
    },
  );
  t.strictSame([found.broken, found.unanswered, found.fromDue['200'].count], [0, 0, found.asked]);
  t.ok(opened > 8, 'and it was because they were left in time');
});
