/** Reading data sets: bytes in, rows out. The pipeline reads nothing but through this file. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { problem } from '../../../shared/problems.ts';
import { readBaskets } from './baskets.ts';
import { type Bytes, type Compression, openFile } from './bytes.ts';
import { openColumnar } from './columnar.ts';
import type { ColumnPositions, Columns, Role } from './columns.ts';
import { firstRows, readCsv, readHeader, recogniseDialect } from './csv.ts';
import { readDatRows } from './datRows.ts';
import { readJson } from './json.ts';
import { readNdjson } from './ndjson.ts';
import { playlistKeys, textOf } from './playlist.ts';
import type { TableHead } from './propose.ts';
import { columnarPositions, readColumnar } from './readColumnar.ts';
import { type Certainty, type Format, formatOfName, recogniseContent } from './recognise.ts';
import { emptyBatch, type RowBatch } from './row.ts';
import { decode, type Encoding } from './text.ts';
import { unreadable } from './unreadable.ts';

export type { Columns } from './columns.ts';
export type { RowBatch } from './row.ts';

/** How to read. */
export interface ReadOptions {
  /** Default: recognised. */
  columns?: Columns;
  /** Whether each row needs a time. */
  timed?: boolean;
  /** Ends the reading with the signal's reason. */
  signal?: AbortSignal;
  /** Told of bytes that are read from files of text, before they are decompressed. */
  onBytes?: (bytes: number) => void;
  /** How long a file of columns may take for its next rows, in milliseconds; else a minute. */
  patienceMs?: number;
}

/** What a file is taken for. */
export interface Recognition {
  file: string;
  format: Format;
  compression: Compression;
  encoding: Encoding;
  byteOrderMark: boolean;
  /** How the format was told. */
  certainty: Certainty;
  /** Only of a table as text, and of baskets. */
  delimiter?: string;
  /** The names of all columns, only of a table. */
  header?: string[];
  /** The names of the columns that are read, only of a table. */
  columns?: Partial<Record<Role, string>>;
}

/**
 * Reads the rows of all files, in their order, in batches of about 4,096 rows; each file gives one
 * batch at least. The next batch is read when it is asked for, and leaving the iteration closes the
 * file.
 *
 * The strings of a batch can be views of the text that was read: who keeps a few of them for long
 * keeps all of it in memory, unless they are copied.
 *
 * @param paths Files and folders, see {@link listFiles}.
 * @throws Problem `dataset-missing`, `dataset-format`, `dataset-corrupt`, `column-missing`; the
 *   signal's reason after an abort. A row that is wrong is no error but rejected.
 */
export async function* read(
  paths: readonly string[],
  options: ReadOptions = {},
): AsyncGenerator<RowBatch, void, undefined> {
  const { columns = {}, timed = false, signal, onBytes, patienceMs } = options;
  for (const path of await listFiles(paths)) {
    const columnar = await openColumnar(path, { signal, patienceMs });
    if (columnar !== undefined) {
      try {
        const positions = columnarPositions(path, columnar, columns, timed);
        yield* untilAbort(readColumnar(path, columnar, positions, columns), signal);
      } finally {
        await columnar.close();
      }
      continue;
    }
    const file = await openFile(path, signal, onBytes);
    try {
      yield* parse(path, file.bytes, columns, timed);
    } finally {
      await file.close();
    }
  }
}

async function* untilAbort(batches: AsyncIterable<RowBatch>, signal?: AbortSignal) {
  for await (const batch of batches) {
    signal?.throwIfAborted();
    yield batch;
  }
}

/**
 * Reads the rows of one file.
 *
 * @param path Names the file in rows and errors, and by its ending the format.
 * @param bytes The content, decompressed, parted anywhere.
 */
export async function* parse(
  path: string,
  bytes: Bytes,
  columns: Columns,
  timed = false,
): AsyncGenerator<RowBatch, void, undefined> {
  const decoded = await decode(bytes);
  const content = recogniseContent(path, decoded, columns, timed);
  const { text } = decoded;
  if (timed && (content?.format === 'dat' || content?.format === 'baskets')) {
    throw problem('column-missing', { path, role: 'time', found: [] });
  }
  if (content === undefined) yield emptyBatch(path);
  else if (content.format === 'csv') yield* readCsv(path, text, content.table);
  else if (content.format === 'json') yield* readJson(path, text, playlistKeys(columns, timed));
  else if (content.format === 'ndjson') yield* readNdjson(path, text, playlistKeys(columns, timed));
  else if (content.format === 'baskets') yield* readBaskets(path, text, content.delimiter);
  else yield* readDatRows(path, text);
}

/**
 * Tells what a file is taken for, from its first characters.
 *
 * @throws Problem as {@link read} does, and `dataset-empty`.
 */
export async function recognise(path: string, options: ReadOptions = {}): Promise<Recognition> {
  const columnar = await openColumnar(path, options);
  if (columnar !== undefined) {
    try {
      const { format, header } = columnar;
      const positions = columnarPositions(path, columnar, options.columns ?? {}, options.timed);
      const told = {
        format,
        compression: 'none',
        encoding: 'utf-8',
        certainty: 'content',
      } as const;
      return {
        file: path,
        ...told,
        byteOrderMark: false,
        header,
        columns: named(header, positions),
      };
    } finally {
      await columnar.close();
    }
  }
  const file = await openFile(path, options.signal);
  try {
    const decoded = await decode(file.bytes);
    const content = recogniseContent(path, decoded, options.columns ?? {}, options.timed);
    if (content === undefined) throw problem('dataset-empty', { path });
    const { compression } = file;
    const { encoding, byteOrderMark } = decoded;
    const { format, certainty } = content;
    const recognition = { file: path, format, certainty, compression, encoding, byteOrderMark };
    if (content.format === 'baskets') return { ...recognition, delimiter: content.delimiter };
    if (content.format !== 'csv') return recognition;
    const { dialect, header, positions } = content.table;
    const columns = named(header, positions);
    return { ...recognition, delimiter: dialect.delimiter, header, columns };
  } finally {
    await file.close();
  }
}

function named(header: readonly string[], positions: ColumnPositions): Record<string, string> {
  const chosen = Object.entries(positions).filter(([, position]) => position !== -1);
  return Object.fromEntries(chosen.map(([role, at]) => [role, header[at]]));
}

/** Rows that show what is in a column. */
const rowsShown = 1000;

/**
 * The names and the first rows of a table whose columns are not recognised.
 *
 * @throws Problem as {@link read} does, but for the columns.
 */
export async function readTableHead(path: string): Promise<TableHead> {
  const columnar = await openColumnar(path);
  if (columnar !== undefined) {
    try {
      const { header } = columnar;
      const { value: columns = [] } = await columnar.batches(header).next();
      const rows = Array.from({ length: Math.min(rowsShown, columns[0]?.length ?? 0) }, (_, row) =>
        columns.map((values) => textOf(values[row])),
      );
      return { header, rows };
    } finally {
      await columnar.close();
    }
  }
  const file = await openFile(path);
  try {
    const { head } = await decode(file.bytes);
    const { delimiter = ',', newline } = recogniseDialect(head);
    const dialect = { delimiter, newline };
    return { header: readHeader(head, dialect), rows: firstRows(head, dialect, rowsShown) };
  } finally {
    await file.close();
  }
}

/**
 * Whether all files with something in them are .dat: numbers alone, which need no names.
 *
 * @throws Problem as {@link read} does.
 */
export async function areDat(
  paths: readonly string[],
  options: ReadOptions = {},
): Promise<boolean> {
  let found = false;
  for (const path of paths) {
    const columnar = await openColumnar(path, options);
    await columnar?.close();
    if (columnar !== undefined) return false;
    const file = await openFile(path, options.signal);
    try {
      const content = recogniseContent(path, await decode(file.bytes), options.columns ?? {});
      if (content !== undefined && content.format !== 'dat') return false;
      found ||= content !== undefined;
    } finally {
      await file.close();
    }
  }
  return found;
}

/**
 * Lists the files that paths stand for, in the order of the paths. A file is taken whatever its
 * ending. A folder is walked in the order of names, folders within it too: what is hidden, has an
 * unknown ending or is a link to a folder is left out.
 *
 * @throws Problem `dataset-missing`; `dataset-empty` for a folder without such a file.
 */
export async function listFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    if (await isFolder(path)) {
      const found = await walk(path);
      if (found.length === 0) throw problem('dataset-empty', { path });
      files.push(...found);
    } else files.push(path);
  }
  return files;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function walk(folder: string): Promise<string[]> {
  const files: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((one, other) => Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) files.push(...(await walk(path)));
    else if (formatOfName(path) !== undefined && !(await isFolder(path))) files.push(path);
  }
  return files;
}
