import type { FastifyReply } from 'fastify';
import type { Allocate } from './write.ts';

/** Sends answers, and has memory for them. */
export interface Outbox {
  /** Memory for an answer that is sent next. */
  allocate: Allocate;
  /** Sends an answer, soon. */
  send(reply: FastifyReply, answer: Buffer): void;
}

/** Bytes of memory that is kept: an answer of 20 songs takes some 10 KB. */
const keptBytes = 16 * 1024;
/** Of so many answers at most. */
const mostKept = 16;
/** Answers that wait for each other: a few milliseconds of work. */
const mostWaiting = 16;

/**
 * Answers that are made in one turn of the event loop are sent one after the other at its end, or
 * when there are some: who reads them is woken once, and neither evicts the other's code and data
 * from the caches each time. The last of a turn is sent no later for it.
 *
 * What they are written into is used again when the operating system has taken all of it, which
 * 'finish' says: memory of that size that is new for each answer is mapped, touched and unmapped
 * again. A connection that breaks before that takes its memory with it.
 */
export function newOutbox(): Outbox {
  const kept: ArrayBuffer[] = [];
  let waiting: { reply: FastifyReply; answer: Buffer }[] = [];
  return {
    allocate(bytes) {
      if (bytes > keptBytes) return Buffer.allocUnsafeSlow(bytes);
      return Buffer.from(kept.pop() ?? new ArrayBuffer(keptBytes), 0, bytes);
    },
    send(reply, answer) {
      if (waiting.push({ reply, answer }) === 1) setImmediate(sendAll);
      if (waiting.length === mostWaiting) sendAll();
    },
  };

  function sendAll(): void {
    const answers = waiting;
    waiting = [];
    for (const { reply, answer } of answers) {
      reply.raw.once('finish', () => keep(answer.buffer as ArrayBuffer));
      reply.send(answer);
    }
  }

  function keep(memory: ArrayBuffer): void {
    if (memory.byteLength === keptBytes && kept.length < mostKept) kept.push(memory);
  }
}
