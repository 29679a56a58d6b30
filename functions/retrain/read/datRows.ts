/** FIMI's .dat as rows with names, where it stands beside files with names; else see dat/dat.ts. */
import { addRow, emptyBatch, isFull, type RowBatch, reject } from './row.ts';
import { lines } from './text.ts';

const largestNumber = 0xffffffff;

/**
 * Reads the items as rows. The transaction's id is `<file>:<line>`, the title is the item's number
 * without leading zeros. An item that is no number from 0 to 2^32 - 1 is a rejected row; blank
 * lines are no rows.
 */
export async function* readDatRows(
  path: string,
  text: AsyncIterable<string>,
): AsyncGenerator<RowBatch, void, undefined> {
  let batch = emptyBatch(path);
  let number = 0;
  for await (const some of lines(path, text, '\n')) {
    for (const line of some) {
      const transaction = `${path}:${++number}`;
      for (const [token] of line.matchAll(/[^ \t\r]+/g)) {
        const item = Number(token);
        if (!/^\d+$/.test(token) || item > largestNumber) reject(batch, number, 'number', token);
        else addRow(batch, number, transaction, String(item), '', token);
        if (isFull(batch)) {
          yield batch;
          batch = emptyBatch(path);
        }
      }
    }
  }
  yield batch;
}
