/** Clients that no library would let you be. All of them ask loopback only. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A connection to a port of this machine; errors of it are the other side's to make. */
export async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket.on('error', () => {});
}

/** Opens this many, some at a time. */
export async function openMany(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const some = Math.min(200, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: some }, () => open(port)))));
  }
  return sockets;
}

/** The head of a request, and its body. */
export function request(
  method: string,
  path: string,
  body: string | Buffer = '',
  headers: Readonly<Record<string, string | number>> = {},
): Buffer {
  const lines = Object.entries({ 'content-length': Buffer.byteLength(body), ...headers });
  const head = `${method} ${path} HTTP/1.1\r\nhost: x\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}

/** A request with JSON. */
export function askFor(songs: readonly unknown[]): Buffer {
  const headers = { 'content-type': 'application/json' };
  return request('POST', '/api/recommend', JSON.stringify({ songs }), headers);
}

/** Sends all of it and gives the statuses of the answers until there are so many, or the end. */
export async function statusesOf(socket: Socket, bytes: Buffer, answers = 1): Promise<number[]> {
  let text = '';
  const found = () => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, code]) => Number(code));
  const done = Promise.withResolvers<void>();
  const take = (chunk: string) => {
    text += chunk;
    if (found().length >= answers) done.resolve();
  };
  /* c8 ignore next -- a server that breaks off is what the large form may see. */
  const end = () => done.resolve();
  socket.setEncoding('latin1').on('data', take).once('close', end);
  socket.write(bytes);
  await done.promise;
  // The connection may be used again.
  socket.off('data', take).off('close', end);
  return found();
}

/** Sends bytes one by one, with a pause after each, until all are sent or the other side closes. */
export async function dribble(socket: Socket, bytes: Buffer, pauseMs: number): Promise<number> {
  // Who does not read does not see that the other side has closed.
  socket.resume();
  let sent = 0;
  while (sent < bytes.length && socket.writable) {
    socket.write(bytes.subarray(sent, ++sent));
    await sleep(pauseMs);
  }
  return sent;
}
