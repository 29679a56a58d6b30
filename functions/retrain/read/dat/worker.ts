/** A thread that reads data sets together with others; see team.ts for what it is told. */
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { asProblem } from '../../../../shared/problems.ts';
import { awaitAnswer, claimBlock, type SharedRows } from './csr.ts';
import { newHand, rankBlocks, readBlock } from './hand.ts';
import type { Answer, Task } from './team.ts';

const hand = newHand(workerData as SharedRows);
const port = parentPort!;
const send = (answer: Answer): void => port.postMessage(answer);

port.on('message', (task: Task) => {
  try {
    carryOut(task);
  } catch (error) {
    const { code, message } = asProblem(error);
    send({ kind: 'failed', code, message });
  }
});

function carryOut(task: Task): void {
  if (task.kind === 'read') {
    readShare(task);
    send({ kind: 'read' });
  } else if (task.kind === 'counts') {
    send({ kind: 'counts', counts: hand.parser.counts });
  } else {
    const repeats = new Map<number, number>();
    for (const _ of rankBlocks(hand, task.ranks, repeats));
    send({ kind: 'ranked', repeats, blocks: hand.blocks });
  }
}

function readShare({ path, bytes, blockBytes }: Task & { kind: 'read' }): void {
  const file = openSync(path, 'r');
  const readAt = (into: Uint8Array, position: number) =>
    readSync(file, into, 0, into.length, position);
  try {
    for (;;) {
      const number = claimBlock(hand.rows);
      const start = number * blockBytes;
      if (start >= bytes) return;
      readBlock(hand, readAt, { start, end: start + blockBytes, number }, (mistakes) => {
        send({ kind: 'mistakes', mistakes });
        awaitAnswer(hand.rows);
      });
    }
  } finally {
    closeSync(file);
  }
}
