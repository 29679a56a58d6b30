/** Tables as text: CSV, TSV and their kin, RFC 4180 with any delimiter. */
import { parse } from 'csv-parse/sync';
import type { ColumnPositions } from './columns.ts';
import { addRow, cleaned, emptyBatch, isFull, type RowBatch, reject } from './row.ts';
import { lines } from './text.ts';

/** How a table is written. */
export interface Dialect {
  delimiter: string;
  /** '\n', which stands for '\r\n' too, or '\r'. */
  newline: string;
}

/** A table's layout. */
export interface Table {
  dialect: Dialect;
  /** The names of the columns. */
  header: string[];
  positions: ColumnPositions;
}

/** A record of the table, the header too. */
interface CsvRecord {
  /** The line it begins on, counted from 1. */
  line: number;
  text: string;
  /** Absent where the quotes are not right. */
  fields: string[] | undefined;
}

const delimiters = [',', '\t', ';', '|'];

/** Characters after which a quoted field that is still open is taken for a mistake. */
const longestRecord = 1 << 17;

/**
 * Tells the dialect by the first line: the delimiter that is most frequent in it, outside of
 * quotes. Without any, `delimiter` is undefined.
 */
export function recogniseDialect(head: string): { delimiter: string | undefined; newline: string } {
  const start = head.search(/\S/);
  const end = head.slice(start).search(/[\r\n]/);
  const first = end === -1 ? head.slice(start) : head.slice(start, start + end);
  const newline = end !== -1 && /^\r(?!\n)/.test(head.slice(start + end)) ? '\r' : '\n';
  const bare = first.replace(/"[^"]*"/g, '');
  let delimiter: string | undefined;
  let most = 0;
  for (const candidate of delimiters) {
    const count = bare.split(candidate).length - 1;
    if (count > most) {
      most = count;
      delimiter = candidate;
    }
  }
  return { delimiter, newline };
}

/** The names of the columns: the first record that is not blank. */
export function readHeader(head: string, dialect: Dialect): string[] {
  const { found } = part(head.split(dialect.newline), 1, dialect, true);
  return found.slice(0, 1).flatMap(({ fields, text }) => (fields ?? [text]).map(cleaned));
}

/** The first records after the header that have a field for each column; of `lines` lines at most. */
export function firstRows(head: string, dialect: Dialect, lines: number): string[][] {
  const some = head.split(dialect.newline, lines);
  // The last line may be cut.
  const { found } = part(some.length > 2 ? some.slice(0, -1) : some, 1, dialect, true);
  const [header, ...rows] = found.flatMap(({ fields }) => (fields ? [fields.map(cleaned)] : []));
  return rows.filter((fields) => fields.length === header.length);
}

/**
 * Reads the rows of a table with a header. A record with wrong quotes or another number of fields
 * than the header is a rejected row. Blank lines are no rows.
 */
export async function* readCsv(
  path: string,
  text: AsyncIterable<string>,
  { dialect, header, positions }: Table,
): AsyncGenerator<RowBatch, void, undefined> {
  const { transaction, item, artist, count, time } = positions;
  const hasExtras = count !== -1 || time !== -1;
  let batch = emptyBatch(path);
  let isHeader = true;
  for await (const some of records(path, text, dialect)) {
    for (const { line, text, fields } of some) {
      if (isHeader) isHeader = false;
      else if (fields === undefined) reject(batch, line, 'quotes', text);
      else if (fields.length !== header.length) reject(batch, line, 'fields', text);
      else {
        const by = artist === -1 ? '' : fields[artist]!;
        const extras = hasExtras ? { count: fields[count], time: fields[time] } : undefined;
        addRow(batch, line, fields[transaction]!, fields[item]!, by, text, extras);
      }
      if (isFull(batch)) {
        yield batch;
        batch = emptyBatch(path);
      }
    }
  }
  yield batch;
}

/**
 * Parts text into records. Lines without a quote need no parser; quoted ones are csv-parse's. A
 * record that spans lines and cannot be parsed gives up its first line only, so that a quote that
 * is never closed does not take the rest of the file with it.
 */
async function* records(
  path: string,
  text: AsyncIterable<string>,
  dialect: Dialect,
): AsyncGenerator<CsvRecord[], void, undefined> {
  let open: string[] = [];
  let line = 1;
  for await (const more of lines(path, text, dialect.newline)) {
    const all = open.length === 0 ? more : open.concat(more);
    const { found, taken } = part(all, line, dialect, false);
    line += taken;
    open = all.slice(taken);
    yield found;
  }
  yield part(open, line, dialect, true).found;
}

/** @param last Whether no lines follow; else those of a record that is not complete are not taken. */
function part(
  lines: readonly string[],
  firstLine: number,
  dialect: Dialect,
  last: boolean,
): { found: CsvRecord[]; taken: number } {
  const found: CsvRecord[] = [];
  const quoted: CsvRecord[] = [];
  let i = 0;
  while (i < lines.length) {
    const record: CsvRecord = {
      line: firstLine + i,
      text: withoutReturn(lines[i]!),
      fields: undefined,
    };
    let end = i + 1;
    if (!record.text.includes('"')) {
      record.fields = record.text.split(dialect.delimiter);
    } else {
      const count = lineCount(lines, i);
      if (count === undefined && !last) break;
      if (count === 1) quoted.push(record);
      else if (count) {
        const text = withoutReturn(lines.slice(i, i + count).join(dialect.newline));
        const fields = parseQuoted([text], dialect)?.[0];
        if (fields !== undefined) {
          Object.assign(record, { text, fields });
          end = i + count;
        }
      }
    }
    const blank = record.fields?.length === 1 && record.text.trim() === '';
    if (!blank) found.push(record);
    i = end;
  }
  parseAll(quoted, dialect);
  return { found, taken: i };
}

/**
 * How many lines the record that begins with line `from` has: as many as it takes to close its
 * quotes. 0 when they stay open for too long, undefined when they are open at the last line.
 */
function lineCount(lines: readonly string[], from: number): number | undefined {
  let open = false;
  let length = 0;
  for (let i = from; i < lines.length; i++) {
    const line = lines[i]!;
    for (let at = line.indexOf('"'); at !== -1; at = line.indexOf('"', at + 1)) open = !open;
    if (!open) return i + 1 - from;
    length += line.length;
    if (length > longestRecord) return 0;
  }
  return undefined;
}

/** Fills in the fields of records of one line; halves them until those in error stand alone. */
function parseAll(quoted: readonly CsvRecord[], dialect: Dialect): void {
  if (quoted.length === 0) return;
  const parsed = parseQuoted(
    quoted.map(({ text }) => text),
    dialect,
  );
  if (parsed !== undefined) {
    for (let i = 0; i < quoted.length; i++) quoted[i]!.fields = parsed[i];
  } else if (quoted.length > 1) {
    const half = quoted.length >> 1;
    parseAll(quoted.slice(0, half), dialect);
    parseAll(quoted.slice(half), dialect);
  }
}

/** The fields of each record, or undefined when the quotes of one of them are not right. */
function parseQuoted(texts: readonly string[], dialect: Dialect): string[][] | undefined {
  const { delimiter, newline } = dialect;
  try {
    const options = { delimiter, record_delimiter: newline, relax_column_count: true };
    return parse(texts.join(newline), options);
  } catch {
    // The quotes are all that can be wrong with a record here: its fields are counted later.
    return undefined;
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
