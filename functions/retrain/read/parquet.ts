/** Parquet: one row group after the other, by hyparquet. */
import type { FileHandle } from 'node:fs/promises';
import {
  type AsyncBuffer,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { type ColumnarFile, plain } from './columnar.ts';

/** Opens a file of this format; memory is needed for the columns read of one row group. */
export async function openParquet(handle: FileHandle): Promise<Omit<ColumnarFile, 'format'>> {
  const file = await bufferOf(handle);
  const metadata = await parquetMetadataAsync(file);
  const columns = parquetSchema(metadata).children;
  return {
    header: columns.map(({ element }) => element.name),
    lists: columns
      .filter(({ element, children }) =>
        [element.repetition_type, children[0]?.element.repetition_type].includes('REPEATED'),
      )
      .map(({ element }) => element.name),
    async *batches(names) {
      let rowStart = 0;
      for (const { num_rows } of metadata.row_groups) {
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
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = new Uint8Array(end - start);
      await handle.read(bytes, 0, bytes.length, start);
      return bytes.buffer;
    },
  };
}
