/** What the tests of reading share: content to read, and what was read of it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Bytes } from './bytes.ts';
import type { Columns } from './columns.ts';
import { parse } from './read.ts';
import { cleaned, type RejectedRow, type RowBatch } from './row.ts';

/** A song in a playlist: transaction, title, artist. */
export type Row = [transaction: string, title: string, artist: string];

/** All that was read, without the parting into batches. */
export interface Gathered {
  read: number;
  rows: Row[];
  rejected: RejectedRow[];
}

/** Content as bytes, in chunks of this size. */
export async function* bytesOf(content: string | Uint8Array, chunkBytes = 1 << 16): Bytes {
  const bytes = Buffer.from(content);
  for (let i = 0; i < bytes.length; i += chunkBytes) yield bytes.subarray(i, i + chunkBytes);
}

/** All items of an iteration. */
export async function listOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Reads to the end, and holds each batch to its invariant. */
export async function gather(batches: AsyncIterable<RowBatch>): Promise<Gathered> {
  const all: Gathered = { read: 0, rows: [], rejected: [] };
  for await (const { read, transactions, titles, artists, rejected } of batches) {
    const lengths = [transactions, titles, artists].map((names) => names.length + rejected.length);
    assert.deepEqual(lengths, [read, read, read]);
    all.read += read;
    titles.forEach((title, i) => {
      all.rows.push([transactions[i]!, title, artists[i]!]);
    });
    all.rejected.push(...rejected);
  }
  return all;
}

/** Reads a file that has this name and content. */
export function gatherContent(
  name: string,
  content: string | Uint8Array,
  chunkBytes?: number,
  columns: Columns = {},
): Promise<Gathered> {
  return gather(parse(name, bytesOf(content, chunkBytes), columns));
}

/** Names with all that is hard for a parser in them, as they come out of reading. */
export const anyName = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(...'",;|\t\r\n\\[]{}:\0 '),
      fc.constantFrom('__proto__', 'constructor', '\r\n', '""', 'é', '\u{1F3B5}'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 12,
  })
  .map(cleaned)
  .filter((name) => name !== '' && !name.includes('\uFFFD'));

/** Rows, those of a playlist together. */
export const anyRows: fc.Arbitrary<Row[]> = fc
  .uniqueArray(
    fc.tuple(
      anyName,
      fc.array(fc.tuple(anyName, fc.oneof(anyName, fc.constant(''))), {
        minLength: 1,
        maxLength: 5,
      }),
    ),
    {
      selector: ([id]) => id,
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((playlists) =>
    playlists.flatMap(([id, songs]) => songs.map(([title, artist]): Row => [id, title, artist])),
  );

/** The rows as a table. Fields are quoted where they must be, or all of them. */
export function tableOf(
  rows: readonly Row[],
  delimiter = ',',
  newline = '\n',
  quoteAll = false,
): string {
  const field = (name: string): string =>
    quoteAll || /["\r\n,;|\t]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
  return [['pid', 'track_name', 'artist_name'], ...rows]
    .map((row) => row.map(field).join(delimiter) + newline)
    .join('');
}

/** The rows as playlists of the Million Playlist Dataset. */
export function playlistsOf(rows: readonly Row[]): { pid: string; tracks: object[] }[] {
  return [...Map.groupBy(rows, ([id]) => id)].map(([pid, songs]) => ({
    pid,
    tracks: songs.map(([, track_name, artist_name]) => ({ track_name, artist_name })),
  }));
}

/** A Parquet file of columns `pid` and `title` that its library reads for ever. */
export function endlessParquet(): Buffer {
  const columnData = [
    { name: 'pid', data: [1, null, 3], type: 'INT32' as const },
    { name: 'title', data: ['a', 'b', 'c'], type: 'STRING' as const },
  ];
  const endless = Buffer.from(parquetWriteBuffer({ columnData, codec: 'UNCOMPRESSED' }));
  // Of three values the levels are a run of each: now one of two thousand millions.
  const levels = endless.indexOf(Buffer.from([0x03, 0x05, 0x01, 0, 0, 0, 0x03]));
  Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f]).copy(endless, levels);
  return endless;
}
