/** The rows of a file of columns. */
import type { ColumnarFile } from './columnar.ts';
import { type ColumnPositions, type Columns, recogniseColumns } from './columns.ts';
import { addPlaylist, playlistKeys, textOf } from './playlist.ts';
import { addRow, emptyBatch, isFull, type RowBatch } from './row.ts';

/**
 * Finds the columns of a file of columns. One that holds lists is the item's, a row then is a whole
 * playlist and needs no column for the transaction.
 *
 * @throws Problem as {@link recogniseColumns} does.
 */
export function columnarPositions(
  path: string,
  { header, lists }: ColumnarFile,
  given: Columns,
  timed = false,
): ColumnPositions {
  if (given.item === undefined && lists.length > 1) {
    // Which of them is not to be guessed, unless one has a name that is known.
    return recogniseColumns(path, header, given, timed);
  }
  const item = given.item ?? lists[0];
  if (item === undefined || !lists.includes(item))
    return recogniseColumns(path, header, given, timed);
  const others = header.map((name) => (name === item ? name : lists.includes(name) ? '' : name));
  try {
    return recogniseColumns(path, others, { ...given, item }, timed);
  } catch (error) {
    if (timed || given.transaction !== undefined) throw error;
    return { transaction: -1, item: header.indexOf(item), artist: -1, count: -1, time: -1 };
  }
}

/** Reads the rows; `line` in a rejected one is the number of its row, counted from 1. */
export async function* readColumnar(
  path: string,
  file: ColumnarFile,
  positions: ColumnPositions,
  columns: Columns,
): AsyncGenerator<RowBatch, void, undefined> {
  const isList = file.lists.includes(file.header[positions.item]);
  const wanted = Object.entries(positions).filter(([, position]) => position !== -1);
  const names = wanted.map(([, position]) => file.header[position]);
  const place = (role: string) => wanted.findIndex(([name]) => name === role);
  const [transaction, item, artist] = ['transaction', 'item', 'artist'].map(place);
  const [count, time] = ['count', 'time'].map(place);
  // The item names the column of the list: what is in it has the usual names.
  const { transaction: _, item: __, ...trackColumns } = columns;
  const keys = playlistKeys(trackColumns);
  let batch = emptyBatch(path);
  let number = 0;
  for await (const values of file.batches(names)) {
    const rows = values[0].length;
    for (let row = 0; row < rows; row++) {
      number++;
      const id = transaction === -1 ? undefined : values[transaction][row];
      if (isList) {
        const tracks = values[item][row] ?? [];
        addPlaylist(batch, number, id === undefined ? tracks : { pid: id ?? '', tracks }, keys);
      } else {
        const source = values.map((column) => textOf(column[row])).join(',');
        const by = artist === -1 ? '' : textOf(values[artist][row]);
        const extras = { count: values[count]?.[row], time: values[time]?.[row] };
        addRow(batch, number, textOf(id), textOf(values[item][row]), by, source, extras);
      }
      if (isFull(batch)) {
        yield batch;
        batch = emptyBatch(path);
      }
    }
  }
  yield batch;
}
