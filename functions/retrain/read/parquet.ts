/** Parquet: one row group after the other, by hyparquet. */
import type { FileHandle } from 'node:fs/promises';
import {
  type AsyncBuffer,
  type Compressors,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { compressors as unlimited } from 'hyparquet-compressors';
import { checkRows, type DecodedFile, mostPageBytes, plain } from './columnar.ts';

/** Decompressors that hold what a page says of itself against the limit before they take memory for it. */
const compressors: Compressors = Object.fromEntries(
  Object.entries(unlimited).map(([codec, decompress]) => [
    codec,
    (packed: Uint8Array, bytes: number) => {
      if (bytes > mostPageBytes) throw new Error(`a page of ${bytes} bytes is too large`);
      return decompress(packed, bytes);
    },
  ]),
);

/** Opens a file of this format; memory is needed for the columns read of one row group. */
export async function openParquet(handle: FileHandle): Promise<DecodedFile> {
  const file = await bufferOf(handle);
  const metadata = await parquetMetadataAsync(file);
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
        const options = { file, metadata, compressors, columns: [...names], rowStart, rowEnd };
        const rows = await parquetReadObjects(options);
        yield names.map((name) => rows.map((row) => plain(row[name])));
        rowStart = rowEnd;
      }
    },
    close: () => handle.close(),
  };
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
