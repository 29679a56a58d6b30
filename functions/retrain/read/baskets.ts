/** Baskets: one transaction a line, its items parted by a delimiter, without a header. */
import { parse } from 'csv-parse/sync';
import { addRow, emptyBatch, isFull, type RowBatch, reject } from './row.ts';
import { lines } from './text.ts';

const delimiters = [',', '\t', ';', '|'];

/** Lines of the beginning that tell how a file is written. */
const linesLooked = 200;

/**
 * Tells whether a text without known columns is one of baskets: a fifth of its lines or more differ
 * from the first in their number of items, which in a table is a slip of a few rows.
 */
export function looksLikeBaskets(head: string): boolean {
  const delimiter = basketDelimiter(head);
  const counts = firstLines(head).map((line) => line.split(delimiter).length);
  return counts.filter((count) => count !== counts[0]).length * 5 >= counts.length;
}

/** The delimiter that is most frequent; a comma where there is none. */
export function basketDelimiter(head: string): string {
  const text = firstLines(head)
    .join('\n')
    .replace(/"[^"\n]*"/g, '');
  const counts = delimiters.map((delimiter) => text.split(delimiter).length - 1);
  return delimiters[counts.indexOf(Math.max(...counts))];
}

/** Some lines that are whole. */
function firstLines(head: string): string[] {
  const found = head.split(/\r?\n/, linesLooked + 1);
  return (found.length > 1 ? found.slice(0, -1) : found).filter((line) => line.trim() !== '');
}

/**
 * Reads the items as rows. The transaction's id is `<file>:<line>`. An empty field is no item, so
 * that lines may be filled up; blank lines are no rows. A first line that counts, "Item(s),Item
 * 1,Item 2,...", says that each line begins with its number of items.
 */
export async function* readBaskets(
  path: string,
  text: AsyncIterable<string>,
  delimiter: string,
): AsyncGenerator<RowBatch, void, undefined> {
  let batch = emptyBatch(path);
  let number = 0;
  let counted = false;
  for await (const some of lines(path, text, '\n')) {
    for (const line of some) {
      number++;
      if (line.trim() === '') continue;
      const fields = fieldsOf(line, delimiter);
      if (fields === undefined) reject(batch, number, 'quotes', line);
      else if (number === 1 && isHeader(fields)) counted = true;
      else {
        const transaction = `${path}:${number}`;
        for (const item of counted ? fields.slice(1) : fields) {
          if (item.trim() !== '') addRow(batch, number, transaction, item, '', line);
        }
      }
      if (isFull(batch)) {
        yield batch;
        batch = emptyBatch(path);
      }
    }
  }
  yield batch;
}

function isHeader([first, second]: readonly string[]): boolean {
  return /^items?\s*(\(s\))?$/i.test(first.trim()) && /^item\s*1$/i.test(second?.trim() ?? '');
}

function fieldsOf(line: string, delimiter: string): string[] | undefined {
  if (!line.includes('"')) return line.split(delimiter);
  try {
    return parse(line.replace(/\r$/, ''), { delimiter, relax_column_count: true })[0];
  } catch {
    return undefined;
  }
}
