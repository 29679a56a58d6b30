import { Worker } from 'node:worker_threads';
import t from 'tap';
import { answer, awaitAnswer, beginTurn, claimBlock, endTurn, newSharedRows } from './csr.ts';

t.test('a block waits for its turn, and who asks for the answer', async (t) => {
  const rows = newSharedRows();
  t.equal(claimBlock(rows), 0);
  t.equal(claimBlock(rows), 1);
  const other = new Worker(
    `const values = new Int32Array(require('node:worker_threads').workerData);
     setTimeout(() => { Atomics.store(values, 4, 1); Atomics.notify(values, 4); }, 20);`,
    { eval: true, workerData: rows.state },
  );
  t.equal(beginTurn(rows, 1), 0);
  endTurn(rows, 1);
  t.equal(beginTurn(rows, 2), 0);
  answer(rows);
  awaitAnswer(rows);
  await other.terminate();
});
