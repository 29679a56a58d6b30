/** Arrow: one record batch after the other, by Arrow's own library. */
import type { FileHandle } from 'node:fs/promises';
import { zstdDecompressSync } from 'node:zlib';
import { CompressionType, compressionRegistry, DataType, RecordBatchReader } from 'apache-arrow';
import { checkRows, type DecodedFile, mostPageBytes, plain } from './columnar.ts';
import { lz4Frame } from './lz4.ts';

/**
 * Opens an Arrow IPC file (Feather V2) or stream, compressed or not; memory is needed for one record
 * batch.
 */
export async function openArrow(handle: FileHandle): Promise<DecodedFile> {
  const { size } = await handle.stat();
  const most = mostPageBytes(size);
  compressionRegistry.set(CompressionType.ZSTD, {
    decode: (bytes) => zstdDecompressSync(bytes, { maxOutputLength: most }),
  });
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: (bytes) => lz4Frame(bytes, most) });
  const reader = await RecordBatchReader.from(readOnce(handle, size));
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

/**
 * The part of a file that Arrow's reader uses. A negative length takes that back to where it was, for
 * ever: of a file that is right no byte is needed more than twice.
 */
function readOnce(handle: FileHandle, size: number): FileHandle {
  let left = 2 * size + 1024;
  const part = {
    fd: handle.fd,
    stat: () => handle.stat(),
    close: () => handle.close(),
    async read(into: Uint8Array, offset: number, length: number, position: number) {
      left -= length;
      if (left < 0) throw new Error('it refers to itself');
      return handle.read(into, offset, length, position);
    },
  };
  return part as unknown as FileHandle;
}
