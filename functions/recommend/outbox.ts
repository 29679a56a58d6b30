import type { FastifyReply } from 'fastify';
import type { Allocate } from './write.ts';

/** Makes answers, and sends them. */
export interface Outbox {
  /**
   * Answers soon, with the error that was thrown if one was.
   * @param write Makes the answer in the memory that it is given.
   */
  answer(reply: FastifyReply, write: (allocate: Allocate) => Buffer): void;
}

/** Bytes of memory that is kept: an answer of 20 songs takes some 10 KB. */
const keptBytes = 16 * 1024;
/** Of so many answers at most. */
const mostKept = 16;
/** Answers that wait for each other: a few milliseconds of work. */
const mostWaiting = 16;

/**
 * What is asked in one turn of the event loop is answered at its end, or when there is some of it: all
 * answers are made one after the other, and then all are sent. Reading requests, making answers and
 * sending them each need code and data that evict those of the others from the processor's caches.
 * Who reads the answers is woken once, too; and the last of a turn is sent no later for it.
 *
 * What they are written into is used again when the operating system has taken all of it, which
 * 'finish' says: memory of that size that is new for each answer is mapped, touched and unmapped
 * again. A connection that breaks before that takes its memory with it.
 */
export function newOutbox(): Outbox {
  const kept: ArrayBuffer[] = [];
  let waiting: { reply: FastifyReply; write: (allocate: Allocate) => Buffer }[] = [];
  return {
    answer(reply, write) {
      if (waiting.push({ reply, write }) === 1) setImmediate(answerAll);
      if (waiting.length === mostWaiting) answerAll();
    },
  };

  function answerAll(): void {
    const asked = waiting;
    waiting = [];
    const answers = asked.map(({ write }) => make(write));
    for (const [i, { reply }] of asked.entries()) {
      const answer = answers[i];
      if (answer instanceof Buffer) {
        reply.raw.once('finish', () => keep(answer.buffer as ArrayBuffer));
      }
      reply.send(answer);
    }
  }

  function make(write: (allocate: Allocate) => Buffer): Buffer | Error {
    try {
      return write(allocate);
    } catch (error) {
      return error as Error;
    }
  }

  function allocate(bytes: number): Buffer {
    if (bytes > keptBytes) return Buffer.allocUnsafeSlow(bytes);
    return Buffer.from(kept.pop() ?? new ArrayBuffer(keptBytes), 0, bytes);
  }

  function keep(memory: ArrayBuffer): void {
    if (memory.byteLength === keptBytes && kept.length < mostKept) kept.push(memory);
  }
}
