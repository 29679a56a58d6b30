/** What a file holds, by its name's ending and its first characters. */
import { problem } from '../../../shared/problems.ts';
import { type Columns, recogniseColumns } from './columns.ts';
import { readHeader, recogniseDialect, type Table } from './csv.ts';
import { parseLine } from './ndjson.ts';
import type { DecodedText } from './text.ts';

/** A table, a JSON document, JSON by line or FIMI's transactions. */
export type Format = 'csv' | 'json' | 'ndjson' | 'dat';

/** A format, and for a table its layout. */
export type Content = { format: 'csv'; table: Table } | { format: 'json' | 'ndjson' | 'dat' };

const endings: Readonly<Record<string, Format>> = {
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  dat: 'dat',
};

/** The format that a file's name tells, leaving out `.gz` and `.zst`. */
export function formatOfName(path: string): Format | undefined {
  const ending = /\.([^./\\]+?)(?:\.(?:gz|zst))?$/i.exec(path)?.[1]?.toLowerCase();
  return ending !== undefined && Object.hasOwn(endings, ending) ? endings[ending] : undefined;
}

/**
 * Recognises what the text is. A name's ending decides, but for `.json`, which can be NDJSON.
 *
 * @returns undefined when there is nothing but white space.
 * @throws Problem `dataset-format`, and `column-missing` for a table.
 */
export function recogniseContent(
  path: string,
  { head, whole }: DecodedText,
  columns: Columns,
): Content | undefined {
  if (whole && head.trim() === '') return undefined;
  // Binary files have it everywhere; in a text file it is at most a slip within a row.
  if (firstLine(head).includes('\0')) throw problem('dataset-format', { path });
  const { delimiter, newline } = recogniseDialect(head);
  const format = formatOfName(path) ?? formatOfText(head, delimiter);
  if (format === undefined) throw problem('dataset-format', { path });
  if (format === 'json') return { format: jsonOrNdjson(head) };
  if (format !== 'csv') return { format };
  const dialect = { delimiter: delimiter ?? ',', newline };
  const header = readHeader(head, dialect);
  const positions = recogniseColumns(path, header, columns);
  return { format, table: { dialect, header, positions } };
}

function formatOfText(head: string, delimiter: string | undefined): Format | undefined {
  if (/^\s*[[{]/.test(head)) return 'json';
  if (/^[\d\s]+$/.test(head)) return 'dat';
  return delimiter === undefined ? undefined : 'csv';
}

/**
 * NDJSON has a complete value in its first line. A document can have that too: an array on a line
 * of its own, or an object with a list of playlists.
 */
function jsonOrNdjson(head: string): 'json' | 'ndjson' {
  const line = firstLine(head);
  const value = parseLine(line);
  if (value === undefined) return 'json';
  const isAll = head.trim().length === line.trim().length;
  if (Array.isArray(value)) return isAll ? 'json' : 'ndjson';
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'playlists')
    ? 'json'
    : 'ndjson';
}

/** The first line that is not blank. */
function firstLine(head: string): string {
  return /\S.*|$/.exec(head)![0];
}
