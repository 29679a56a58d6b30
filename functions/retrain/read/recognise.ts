/** What a file holds, by its name's ending and its first characters. */
import { problem } from '../../../shared/problems.ts';
import { basketDelimiter, looksLikeBaskets } from './baskets.ts';
import type { ColumnarFormat } from './columnar.ts';
import { type Columns, recogniseColumns } from './columns.ts';
import { readHeader, recogniseDialect, type Table } from './csv.ts';
import { parseLine } from './ndjson.ts';
import type { DecodedText } from './text.ts';

/** A table, a JSON document, JSON by line, FIMI's transactions, a basket a line, or columns. */
export type Format = 'csv' | 'json' | 'ndjson' | 'dat' | 'baskets' | ColumnarFormat;

/** How a format was told: by the file's name, by its content, or from a hint that can mislead. */
export type Certainty = 'name' | 'content' | 'guess';

/** A format, and for a table its layout. */
export type Content = { certainty: Certainty } & (
  | { format: 'csv'; table: Table }
  | { format: 'baskets'; delimiter: string }
  | { format: 'json' | 'ndjson' | 'dat' }
);

const endings: Readonly<Record<string, Format>> = {
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  dat: 'dat',
  basket: 'baskets',
  baskets: 'baskets',
  parquet: 'parquet',
  arrow: 'arrow',
  arrows: 'arrow',
  feather: 'arrow',
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
  timed = false,
): Content | undefined {
  if (whole && head.trim() === '') return undefined;
  // Binary files have it everywhere; in a text file it is at most a slip within a row.
  if (firstLine(head).includes('\0')) throw problem('dataset-format', { path });
  const { delimiter, newline } = recogniseDialect(head);
  const named = formatOfName(path);
  const certainty = named === undefined ? 'content' : 'name';
  const format = named ?? formatOfText(head, delimiter);
  if (format === undefined) throw problem('dataset-format', { path });
  if (format === 'json') return { format: jsonOrNdjson(head), certainty };
  if (format === 'ndjson' || format === 'dat') return { format, certainty };
  if (format === 'baskets') return { format, delimiter: basketDelimiter(head), certainty };
  if (format !== 'csv') {
    throw problem('dataset-corrupt', { path, reason: `it does not begin as ${format} does` });
  }
  const dialect = { delimiter: delimiter ?? ',', newline };
  const header = readHeader(head, dialect);
  try {
    const positions = recogniseColumns(path, header, columns, timed);
    return { format, table: { dialect, header, positions }, certainty };
  } catch (error) {
    if (timed || Object.keys(columns).length > 0 || !looksLikeBaskets(head)) throw error;
    return { format: 'baskets', delimiter: basketDelimiter(head), certainty: 'guess' };
  }
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
