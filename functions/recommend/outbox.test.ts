import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { readLatest } from '../../shared/store/versions.ts';
import { buildApp } from './app.ts';
import { toModel } from './model.ts';
import { recommend } from './recommend.ts';
import { publishSample } from './sample.ts';
import type { RecommendRequest } from './schemas.ts';

/** So long that 20 songs with their reasons take some 12 KB. */
const songs = Array.from(
  { length: 150 },
  (_, i) => `Song ${i} of a rather long name, as some have - Artist ${i % 9} and his band`,
);
const playlists = Array.from({ length: 60 }, (_, i) =>
  Array.from({ length: 50 }, (_, k) => songs[(i * 7 + k * 3) % songs.length]),
);

/** Different requests; one of ten is for an answer that is larger than the others. */
const requests: RecommendRequest[] = Array.from({ length: 400 }, (_, i) => ({
  songs: [0, 1, 2].map((k) => songs[(i * (k + 3) + k) % songs.length]),
  limit: i % 10 === 9 ? 60 : 20,
}));

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  return socket;
}

/** Sends all of them in a pipeline, and reads nothing. */
function askAll(socket: Socket): void {
  for (const request of requests) {
    const body = JSON.stringify(request);
    socket.write(
      'POST /api/recommend HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n' +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
}

/** The bodies of so many answers, read with pauses between some of them. */
async function read(socket: Socket, count: number): Promise<string[]> {
  const bodies: string[] = [];
  let rest = Buffer.alloc(0);
  for await (const chunk of socket) {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) break;
      const length = Number(/content-length: (\d+)/i.exec(rest.toString('latin1', 0, end))?.[1]);
      if (rest.length < end + 4 + length) break;
      bodies.push(rest.toString('utf8', end + 4, end + 4 + length));
      rest = rest.subarray(end + 4 + length);
    }
    if (bodies.length === count) break;
    if (bodies.length % 7 === 0) await sleep(1);
  }
  return bodies;
}

t.test('who reads slowly gets his own answers, whatever others get meanwhile', async (t) => {
  const store = t.testdir({});
  await publishSample(store, playlists);
  const app = await buildApp({
    ...{ store, pinned: undefined, pollMs: 86_400_000, maxWaitMs: 60_000 },
    ...{ uploadUrl: undefined, logLevel: 'silent' },
  });
  t.teardown(async () => app.close());
  const accepted: Socket[] = [];
  app.server.on('connection', (socket) => accepted.push(socket));
  const port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port);
  const { found } = await readLatest(store, 0);
  const model = toModel(found!.head, found!.snapshot);
  const expected = requests.map((request) => JSON.stringify(recommend(model, request)));

  const askOther = async () => {
    const socket = await open(port);
    askAll(socket);
    t.same(await read(socket, requests.length), expected);
  };

  const slow = [await open(port), await open(port), await open(port)];
  const servers = accepted.slice();
  let rounds = 0;
  // Until the operating system takes no more of them: what is made now waits in the server.
  while (!servers.every(({ writableLength }) => writableLength > 0)) {
    rounds++;
    for (const socket of slow) askAll(socket);
    await sleep(500);
  }
  await askOther();
  // A connection that breaks leaves its answers unsent.
  const broken = new Promise((resolve) => servers[2].once('close', resolve));
  slow[2].destroy();
  await broken;
  await askOther();
  const all = Array.from({ length: rounds }, () => expected).flat();
  for (const socket of slow.slice(0, 2)) t.same(await read(socket, all.length), all);
});
