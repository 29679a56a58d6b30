/** Parquet: one row group after the other, by hyparquet. */
import type { FileHandle } from 'node:fs/promises';
import {
  type AsyncBuffer,
  type ColumnData,
  type Compressors,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
} from 'hyparquet';
import { compressors as unlimited } from 'hyparquet-compressors';
import { checkRows, type DecodedFile, mostPageBytes, plain } from './columnar.ts';

/** Decompressors that hold what a page says of itself against a limit before they take memory for it. */
function compressorsUpTo(mostBytes: number): Compressors {
  return Object.fromEntries(
    Object.entries(unlimited).map(([codec, decompress]) => [
      codec,
      (packed: Uint8Array, bytes: number) => {
        if (bytes > mostBytes) throw new Error(`a page of ${bytes} bytes is too large`);
        return decompress(packed, bytes);
      },
    ]),
  );
}

/** Opens a file of this format; memory is needed for the columns read of one row group. */
export async function openParquet(handle: FileHandle): Promise<DecodedFile> {
  const file = await bufferOf(handle);
  const metadata = await parquetMetadataAsync(file);
  const compressors = compressorsUpTo(mostPageBytes(file.byteLength));
  const columns = parquetSchema(metadata).children;
  // A damaged schema may have no name, or a number in its place.
  const nameOf = ({ element }: { element: { name: unknown } }) => String(element.name ?? '');
  return {
    header: columns.map(nameOf),
    lists: columns
      .filter(({ element, children }) =>
        [element.repetition_type, children[0]?.element.repetition_type].includes('REPEATED'),
      )
      .map(nameOf),
    async *batches(names) {
      let rowStart = 0;
      for (const { num_rows } of metadata.row_groups) {
        checkRows(Number(num_rows), file.byteLength);
        const rowEnd = rowStart + Number(num_rows);
        const chunks: ColumnData[] = [];
        const onChunk = (chunk: ColumnData) => void chunks.push(chunk);
        const range = { columns: [...names], rowStart, rowEnd };
        await parquetRead({ file, metadata, compressors, ...range, onChunk });
        yield names.map((name) => joined(chunks, name, rowStart, rowEnd));
        rowStart = rowEnd;
      }
    },
    close: () => handle.close(),
  };
}

/** The values of a column in a row group, from its chunks. */
function joined(chunks: readonly ColumnData[], name: string, rowStart: number, rowEnd: number) {
  const values = new Array<unknown>(rowEnd - rowStart);
  for (const { columnName, columnData, rowStart: first } of chunks) {
    if (columnName !== name) continue;
    // A last page that lies of itself has more rows than its group.
    const end = Math.min(columnData.length, rowEnd - first);
    for (let i = 0; i < end; i++) values[first - rowStart + i] = plain(columnData[i]);
  }
  return values;
}

async function bufferOf(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  const readSlice = async (start: number, end: number) => {
    if (!(start >= 0 && end >= start && end <= size)) throw new Error('it refers beyond its end');
    const bytes = new Uint8Array(end - start);
    await handle.read(bytes, 0, bytes.length, start);
    return bytes.buffer;
  };
  return {
    byteLength: size,
    slice(start, end = size) {
      const slice = readSlice(start, end);
      // Slices are asked for ahead: of two that fail, the second one is waited for by nobody.
      slice.catch(() => {});
      return slice;
    },
  };
}
