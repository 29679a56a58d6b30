/**
 * Sends requests when they are due, whether those before were answered or not, over connections
 * that are kept: arrivals are a Poisson process. autocannon with a rate sends what is due in a second
 * at its beginning, and does not part times by status.
 *
 * Reads its `Pace` from standard input and writes what came of it to standard output, as JSON.
 */
import { connect, type Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { seededRandom } from '../../shared/random.ts';
import type { Pace, Paced, Times } from './paced.ts';

const pace = (await json(process.stdin)) as Pace;
const { port, bodies, rate, seconds, connections, longestIdleMs, leadInMs, seed } = pace;
const messages = bodies.map((body) =>
  Buffer.from(
    `POST /api/recommend HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  ),
);

/** A connection, and what it waits for. */
interface Connection {
  socket: Socket;
  /** When its request was due, undefined while it waits for nothing; and when it last had to do. */
  due?: number | undefined;
  sent: number;
  /** What came of the answer so far, until its length is known. */
  head: Buffer;
  status: string;
  /** Bytes of the answer that are still to come; 0 before its length is known. */
  missing: number;
}

const free: Connection[] = [];
/** The times of the answers of each status, in milliseconds: plain numbers, since hours have many. */
const answers = new Map<string, { fromDue: number[]; fromSent: number[] }>();
let broken = 0;
let asked = 0;
/** When the requests are due that are told of. */
let countedFrom = 0;

/** What is read goes into the same memory: collecting garbage would make answers look late. */
const input = Buffer.alloc(65_536);

function open(): void {
  const callback = (bytes: number) => {
    take(one, input.subarray(0, bytes));
    return true;
  };
  const onread = { buffer: input, callback };
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
  const one: Connection = { socket, sent: 0, head: Buffer.alloc(0), status: '', missing: 0 };
  socket.once('connect', () => {
    one.sent = performance.now();
    free.push(one);
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    if (one.due !== undefined) broken++;
    const at = free.indexOf(one);
    if (at >= 0) free.splice(at, 1);
    if (!ended) open();
  });
}

/** Leaves connections that have been idle for long; as they close, others are opened. */
function renew(): void {
  const since = performance.now() - longestIdleMs;
  for (let i = free.length - 1; i >= 0; i--) {
    if (free[i].sent < since) free.splice(i, 1)[0].socket.destroy();
  }
}

function take(one: Connection, chunk: Buffer): void {
  if (one.due === undefined) throw new Error(`Nobody asked for this: ${chunk.toString('latin1')}`);
  if (one.missing === 0) {
    one.head = Buffer.concat([one.head, chunk]);
    const end = one.head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = one.head.toString('latin1', 0, end);
    one.status = head.slice(9, 12);
    one.missing = end + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1]) - one.head.length;
    one.head = Buffer.alloc(0);
  } else one.missing -= chunk.length;
  if (one.missing !== 0) return;
  const now = performance.now();
  const times = answers.get(one.status) ?? { fromDue: [], fromSent: [] };
  answers.set(one.status, times);
  if (one.due >= countedFrom) {
    times.fromDue.push(now - one.due);
    times.fromSent.push(now - one.sent);
  }
  one.due = undefined;
  free.push(one);
}

let ended = false;
const renewing = setInterval(renew, longestIdleMs / 4);
for (let i = 0; i < connections; i++) open();
while (free.length < connections) await new Promise(setImmediate);

const random = seededRandom(seed);
const waiting = () => -Math.log(1 - random()) * (1000 / rate);
/**
 * How long it sleeps between two looks at what is due and at what has come. If it looked all the
 * time it would take a processor from the threads that the server waits for when it collects garbage.
 */
const restMs = 0.1;
const nothing = new Int32Array(new SharedArrayBuffer(4));
countedFrom = performance.now() + leadInMs;
const end = countedFrom + seconds * 1000;
let due = performance.now() + waiting();
while (due < end) {
  for (const now = performance.now(); due <= now && free.length > 0; due += waiting()) {
    const one = free.pop()!;
    one.due = due;
    one.sent = performance.now();
    one.socket.write(messages[asked++ % messages.length]);
  }
  if (due - performance.now() > restMs) Atomics.wait(nothing, 0, 0, restMs);
  await new Promise(setImmediate);
}
// What was sent may still be answered.
const last = performance.now() + 10_000;
while (free.length < connections && performance.now() < last) await new Promise(setImmediate);
clearInterval(renewing);
ended = true;

const unanswered = connections - free.length;
const said: Paced = { asked, broken, unanswered, fromDue: {}, fromSent: {} };
for (const [status, { fromDue, fromSent }] of answers) {
  said.fromDue[status] = timesOf(fromDue);
  said.fromSent[status] = timesOf(fromSent);
}
process.stdout.write(JSON.stringify(said), () => process.exit());

function timesOf(all: readonly number[]): Times {
  const sorted = Float64Array.from(all).sort();
  const { length } = sorted;
  const at = (share: number) => sorted[Math.min(length - 1, Math.floor(share * length))];
  return { count: length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
