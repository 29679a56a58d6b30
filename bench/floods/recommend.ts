/** What a flood does to recommend: those who ask as they should are answered, memory stays in bounds. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from './server.ts';
import { askFor, dribble, open, openMany, request, statusesOf } from './sockets.ts';

/** How much of everything. */
export interface Size {
  /** Connections that stay silent. */
  idle: number;
  /** Clients that send a byte now and then, for so many seconds. */
  slow: number;
  slowSeconds: number;
  /** Requests that are sent without waiting for answers, on one connection. */
  pipelined: number;
  /** Requests of each kind that is over a limit. */
  oversized: number;
  /** Requests of the largest kind that is taken, at once. */
  largest: number;
}

/** What was done, a line of the report each. */
export type Row = [what: string, count: number, outcome: string];

const known = ['Yesterday', 'Hey Jude'];
const longest = Array.from({ length: 200 }, (_, i) => `${i} `.padEnd(512, 'abc def '));
const mebibyte = 2 ** 20;
/** The memory that the manifest gives a pod. */
const memoryLimit = 512 * mebibyte;

/** Asks as somebody should, some times, while something else goes on. */
async function honest(server: Server, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const socket = await open(server.port);
    assert.deepEqual(
      await statusesOf(socket, askFor(known)),
      [200],
      'who asks rightly is answered',
    );
    socket.destroy();
  }
}

/** Floods a server of a small model; throws when it does not keep what it promises. */
export async function floodRecommend(server: Server, size: Size): Promise<Row[]> {
  const rows: Row[] = [];
  await honest(server, 5);
  const before = { rss: server.rss(), descriptors: server.descriptors() };

  const idle = await openMany(server.port, size.idle);
  await honest(server, 20);
  const each = Math.max(0, Math.round((server.rss() - before.rss) / size.idle / 1024));
  rows.push(['idle connections at once', size.idle, `${each} KiB each; others answered`]);
  for (const socket of idle) socket.destroy();

  const heads = request('POST', '/api/recommend', '', { 'content-length': 1000 });
  const body = Buffer.concat([heads, Buffer.alloc(1000, 0x20)]);
  const slow = await openMany(server.port, size.slow);
  const pauseMs = 200;
  const bytes = Math.ceil((size.slowSeconds * 1000) / pauseMs);
  const dribbling = slow.map((socket, i) => {
    // Half of them never end their head, half never end their body.
    if (i % 2 === 0)
      return dribble(socket, heads.subarray(0, Math.min(bytes, heads.length - 2)), pauseMs);
    socket.write(body.subarray(0, heads.length));
    return dribble(socket, body.subarray(heads.length, heads.length + bytes), pauseMs);
  });
  await honest(server, 20);
  await Promise.all(dribbling);
  await honest(server, 20);
  rows.push(['clients that send a byte now and then', size.slow, 'others answered']);
  /* c8 ignore next 7 -- minutes of waiting: the large form alone does it. */
  if (size.slowSeconds > 160) {
    assert.ok(
      slow.every(({ readyState }) => readyState !== 'open'),
      'slow ones are cut off',
    );
    rows[rows.length - 1][2] += '; all cut off after two minutes';
  }
  for (const socket of slow) socket.destroy();

  const pipeline = await open(server.port);
  const asked = Buffer.concat(Array.from({ length: size.pipelined }, () => askFor(known)));
  const answers = await statusesOf(pipeline, asked, size.pipelined);
  pipeline.destroy();
  assert.equal(answers.length, size.pipelined);
  const refused = answers.filter((status) => status === 503).length;
  assert.ok(answers.every((status) => status === 200 || status === 503));
  rows.push([
    'requests in one pipeline',
    size.pipelined,
    `${answers.length - refused} × 200, ${refused} × 503`,
  ]);

  const over: [what: string, bytes: Buffer, expected: number[]][] = [
    ['a body of 300 KB', askFor(['x'.repeat(300_000)]), [413]],
    [
      'a body that says it has 10 GB',
      request('POST', '/api/recommend', '', {
        'content-length': 1e10,
        'content-type': 'application/json',
      }),
      [413],
    ],
    ['201 songs', askFor(Array(201).fill('x')), [400]],
    ['a song of 513 characters', askFor(['x'.repeat(513)]), [400]],
    ['no songs', askFor([]), [400]],
    [
      'JSON 20,000 deep',
      request('POST', '/api/recommend', `${'['.repeat(20_000)}`, {
        'content-type': 'application/json',
      }),
      [400],
    ],
    ['headers of 64 KB', request('GET', '/api/model', '', { 'x-long': 'x'.repeat(65_536) }), [431]],
    ['a line of 64 KB', request('GET', `/${'x'.repeat(65_536)}`), [431]],
    ['no HTTP', Buffer.from('\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'), [400]],
    [
      'two lengths',
      request('POST', '/api/recommend', '{}', { 'content-length': '2', 'Content-Length': '3' }),
      [400],
    ],
    [
      'a length and chunks',
      request('POST', '/api/recommend', '0\r\n\r\n', { 'transfer-encoding': 'chunked' }),
      [400],
    ],
  ];
  for (const [what, bytes, expected] of over) {
    for (let i = 0; i < size.oversized; i++) {
      const socket = await open(server.port);
      assert.deepEqual(await statusesOf(socket, bytes), expected, what);
      socket.destroy();
    }
  }
  rows.push([
    `requests over a limit: ${over.map(([what]) => what).join(', ')}`,
    over.length * size.oversized,
    '4xx each',
  ]);

  const many = await openMany(server.port, Math.min(size.largest, 50));
  let answered = 0;
  for (let left = size.largest; left > 0; left -= many.length) {
    const found = await Promise.all(
      many.slice(0, left).map((socket) => statusesOf(socket, askFor(longest))),
    );
    for (const status of found.flat()) {
      assert.ok(status === 200 || status === 503, `${status}`);
      if (status === 200) answered++;
    }
  }
  for (const socket of many) socket.destroy();
  rows.push([
    'requests of 200 songs of 512 characters, 50 at once',
    size.largest,
    `${answered} × 200, ${size.largest - answered} × 503`,
  ]);

  await honest(server, 5);
  await untilClosed(server, before.descriptors + 5);
  assert.deepEqual(server.errors, [], 'nothing is an error of the server');
  assert.ok(server.peakRss() < memoryLimit, `${server.peakRss()} bytes`);
  rows.push([
    'memory of the process',
    1,
    `${Math.round(server.peakRss() / mebibyte)} MiB at most, of 512`,
  ]);
  return rows;
}

/** Waits until what clients have closed is closed here, too. */
export async function untilClosed(server: Server, most: number): Promise<void> {
  /* c8 ignore next 4 -- whether there is something to wait for is up to the machine. */
  for (let i = 0; server.descriptors() > most; i++) {
    assert.ok(i < 200, `${server.descriptors()} descriptors are open, ${most} are right`);
    await sleep(50);
  }
}
