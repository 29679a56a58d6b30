/** Arrow: one record batch after the other, by Arrow's own library. */
import type { FileHandle } from 'node:fs/promises';
import { zstdDecompressSync } from 'node:zlib';
import { CompressionType, compressionRegistry, DataType, RecordBatchReader } from 'apache-arrow';
import { type ColumnarFile, checkRows, mostPageBytes, plain } from './columnar.ts';
import { lz4Frame } from './lz4.ts';

/**
 * Opens an Arrow IPC file (Feather V2) or stream, compressed or not; memory is needed for one record
 * batch.
 */
export async function openArrow(handle: FileHandle): Promise<Omit<ColumnarFile, 'format'>> {
  compressionRegistry.set(CompressionType.ZSTD, {
    decode: (bytes) => zstdDecompressSync(bytes, { maxOutputLength: mostPageBytes }),
  });
  compressionRegistry.set(CompressionType.LZ4_FRAME, {
    decode: (bytes) => lz4Frame(bytes, mostPageBytes),
  });
  const { size } = await handle.stat();
  const reader = await RecordBatchReader.from(handle);
  await reader.open();
  const { fields } = reader.schema;
  return {
    // A field may have no name.
    header: fields.map(({ name }) => name ?? ''),
    lists: fields
      .filter(({ type }) => DataType.isList(type) || DataType.isFixedSizeList(type))
      .map(({ name }) => name),
    async *batches(names) {
      for await (const batch of reader) {
        checkRows(batch.numRows, size);
        yield names.map((name) => Array.from(batch.getChild(name)!, plain));
      }
    },
    async close() {
      await reader.cancel();
      await handle.close();
    },
  };
}
