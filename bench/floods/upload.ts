/** What a flood does to upload: only whole data sets are kept, memory stays in bounds. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Row, untilClosed } from './recommend.ts';
import type { Server } from './server.ts';
import { open, request, statusesOf } from './sockets.ts';

/** How much of everything. */
export interface UploadSize {
  /** MAX_UPLOAD_BYTES of the server. */
  limitBytes: number;
  /** Clients that leave, each at another moment. */
  leaving: number;
  atOnce: number;
  /** Bytes that a bomb unpacks to. */
  bombBytes: number;
}

const mebibyte = 2 ** 20;
/** The memory that the manifest gives a pod. */
const memoryLimit = 512 * mebibyte;

/** Floods a server with an empty volume; throws when it does not keep what it promises. */
export async function floodUpload(
  server: Server,
  { token, datasets }: { token: string; datasets: string },
  { limitBytes, leaving, atOnce, bombBytes }: UploadSize,
): Promise<Row[]> {
  const rows: Row[] = [];
  const authorization = `Bearer ${token}`;
  const put = (name: string, body: Buffer | string, headers = {}) =>
    request('PUT', `/datasets/${name}`, body, { authorization, ...headers });
  const send = async (bytes: Buffer) => {
    const socket = await open(server.port);
    const found = await statusesOf(socket, bytes);
    socket.destroy();
    return found[0];
  };
  /** Files on the volume; none is unfinished when nobody sends. */
  const files = () =>
    readdirSync(datasets, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const untilKept = async (count: number, what: string) => {
    for (let i = 0; files().length !== count; i++) {
      assert.ok(i < 200, `${what}: ${files().map(({ name }) => name)}`);
      await sleep(50);
    }
  };
  const rowsOf = (count: number) =>
    `pid,track_name\n${Array.from({ length: count }, (_, i) => `${i >> 2},song ${i % 99}\n`).join('')}`;
  const small = rowsOf(100);
  const descriptors = server.descriptors();

  assert.equal(await send(put('over.csv', rowsOf(limitBytes / 8))), 413, 'more than the limit');
  assert.equal(
    await send(put('over.csv', '', { 'content-length': 2 ** 50 })).catch(() => 413),
    413,
  );
  await untilKept(0, 'over the limit');
  rows.push(['uploads of more than the limit, as sent and as announced', 2, '413, nothing kept']);

  const whole = put('left.csv', small);
  for (let i = 0; i < leaving; i++) {
    const socket = await open(server.port);
    socket.write(whole.subarray(0, Math.floor((i / leaving) * whole.length)));
    if (i % 3 === 0) await sleep(5);
    if (i % 2 === 0) socket.resetAndDestroy();
    else socket.destroy();
  }
  await untilKept(0, 'those who left');
  rows.push([
    'clients that promise more than they send, or leave at any byte',
    leaving,
    'nothing kept',
  ]);

  const line = '1,song\n';
  const zeros = Buffer.alloc(bombBytes);
  const repeated = Buffer.concat([Buffer.from('pid,track_name\n'), Buffer.alloc(bombBytes, line)]);
  const bombs: [name: string, body: Buffer][] = [
    ['zeros.csv.gz', gzipSync(zeros)],
    ['zeros.csv.zst', zstdCompressSync(zeros)],
    ['rows.csv.gz', gzipSync(repeated)],
    ['rows.csv.zst', zstdCompressSync(repeated)],
    ['twice.csv.gz', gzipSync(gzipSync(zeros))],
    ['zeros.json.zst', zstdCompressSync(Buffer.alloc(bombBytes, '['))],
    [
      'quote.csv.gz',
      gzipSync(Buffer.concat([Buffer.from('pid,track_name\n1,"'), Buffer.alloc(bombBytes, 0x61)])),
    ],
  ];
  const statuses: number[] = [];
  for (const [name, body] of bombs) statuses.push(await send(put(name, body)));
  const kept = statuses.filter((status) => status === 202).length;
  assert.ok(
    statuses.every((status) => status === 422 || status === 202),
    statuses.join(),
  );
  await untilKept(kept, 'bombs');
  rows.push([
    `gzip and zstd bombs of ${Math.round(bombBytes / mebibyte)} MiB, from ${Math.min(...bombs.map(([, body]) => body.length))} bytes`,
    bombs.length,
    `${bombs.length - kept} × 422, ${kept} × 202`,
  ]);

  const many = await Promise.all(
    Array.from({ length: atOnce }, (_, i) => send(put(`many-${i}.csv`, rowsOf(20_000 + i)))),
  );
  assert.ok(
    many.every((status) => status === 202),
    many.join(),
  );
  await untilKept(kept + atOnce, 'at once');
  rows.push(['uploads at once', atOnce, 'all kept']);

  await untilClosed(server, descriptors + 5);
  assert.deepEqual(server.errors, [], 'nothing is an error of the server');
  assert.ok(server.peakRss() < memoryLimit, `${server.peakRss()} bytes`);
  rows.push([
    'memory of the process',
    1,
    `${Math.round(server.peakRss() / mebibyte)} MiB at most, of 512`,
  ]);
  return rows;
}
