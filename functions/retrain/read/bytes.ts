/** A file's bytes, decompressed, one chunk after the other. */
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress, type ZstdDecompress } from 'node:zlib';
import { problem } from '../../../shared/problems.ts';
import { isSystemError, unreadable } from './unreadable.ts';

/** How a file is compressed. */
export type Compression = 'none' | 'gzip' | 'zstd';

/** Bytes that can be iterated once. */
export type Bytes = AsyncGenerator<Uint8Array, void, undefined>;

/** An open file; who opens it closes it, whether or not the bytes were read. */
export interface OpenFile {
  compression: Compression;
  bytes: Bytes;
  close(): Promise<void>;
}

const chunkBytes = 1 << 16;

/**
 * Opens a file for reading. The compression is told by the first bytes, not by the name.
 *
 * @param onBytes Told of bytes that are read from the file, before they are decompressed.
 * @throws Problem `dataset-missing`, `store-unusable`; while iterating also what {@link decompress} throws, and the
 *   signal's reason after an abort.
 */
export async function openFile(
  path: string,
  signal?: AbortSignal,
  onBytes?: (bytes: number) => void,
): Promise<OpenFile> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const magic = Buffer.alloc(4);
    await handle.read(magic, 0, magic.length, 0);
    const compression = compressionOf(magic);
    const bytes = untilAbort(path, decompress(path, compression, chunks(handle, onBytes)), signal);
    return { compression, bytes, close: () => closeFile(bytes, handle!) };
  } catch (error) {
    await handle?.close();
    throw unreadable(path, error);
  }
}

async function closeFile(bytes: Bytes, handle: FileHandle): Promise<void> {
  await bytes.return();
  await handle.close();
}

/** RFC 1952 for gzip, RFC 8878 for zstd, whose files may begin with a skippable frame. */
function compressionOf(magic: Buffer): Compression {
  if (magic.readUInt16BE(0) === 0x1f8b) return 'gzip';
  const word = magic.readUInt32LE(0);
  return word === 0xfd2fb528 || word >>> 4 === 0x184d2a5 ? 'zstd' : 'none';
}

async function* chunks(handle: FileHandle, onBytes?: (bytes: number) => void): Bytes {
  let chunk = await chunkAt(handle, 0);
  for (let position = 0; chunk.length > 0; chunk = await chunkAt(handle, position)) {
    position += chunk.length;
    onBytes?.(chunk.length);
    yield chunk;
  }
}

async function chunkAt(handle: FileHandle, position: number): Promise<Uint8Array> {
  const chunk = Buffer.allocUnsafe(chunkBytes);
  const { bytesRead } = await handle.read(chunk, 0, chunkBytes, position);
  return chunk.subarray(0, bytesRead);
}

async function* untilAbort(path: string, bytes: Bytes, signal?: AbortSignal): Bytes {
  try {
    for await (const chunk of bytes) {
      signal?.throwIfAborted();
      yield chunk;
    }
  } catch (error) {
    throw isSystemError(error) ? unreadable(path, error) : error;
  }
}

/** What a compressed file may unpack to. */
export interface UnpackLimits {
  /** Bytes for each byte of the file. */
  ratio: number;
  /** Bytes from which on the ratio counts. */
  freeBytes: number;
  /** Bytes in all. */
  bytes: number;
}

/**
 * Playlists as text shrink to a fourth to a twentieth; gzip can shrink zeros to a thousandth, zstd to
 * a ten-thousandth: a file of megabytes that unpacks to terabytes keeps a function at work for days.
 */
const unpackLimits: UnpackLimits = { ratio: 200, freeBytes: 2 ** 28, bytes: 2 ** 38 };

/**
 * The bytes without their compression. Concatenated gzip members and zstd frames are read as one.
 *
 * @param path Named in the error.
 * @throws Problem `unpacks-too-large`, or `dataset-corrupt` while iterating, when the stream is damaged or cut.
 */
export async function* decompress(
  path: string,
  compression: Compression,
  source: Bytes,
  limits: UnpackLimits = unpackLimits,
): Bytes {
  if (compression === 'none') return yield* source;
  let packed = 0;
  let unpacked = 0;
  const counted = (async function* () {
    for await (const chunk of source) {
      packed += chunk.length;
      yield chunk;
    }
  })();
  try {
    const plain = compression === 'gzip' ? through(counted, createGunzip()) : unzstd(counted);
    for await (const chunk of plain) {
      unpacked += chunk.length;
      const most = Math.min(limits.bytes, Math.max(limits.freeBytes, packed * limits.ratio));
      if (unpacked > most) throw problem('unpacks-too-large', { path, packed, most });
      yield chunk;
    }
  } catch (error) {
    if (!isCompressionError(error)) throw error;
    const reason = `the ${compression} stream is damaged or cut (${error.message})`;
    const corrupt = problem('dataset-corrupt', { path, reason });
    corrupt.cause = error;
    throw corrupt;
  }
}

function isCompressionError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^Z(?:STD)?_/.test(String(error.code));
}

async function* through(source: Bytes, transform: Transform): Bytes {
  // The iteration ends with the same error that the callback is given.
  pipeline(source, transform, () => {});
  try {
    yield* transform;
  } finally {
    transform.destroy();
  }
}

/**
 * Node's zstd stream ends with the first frame and forgets what follows in the same chunk
 * (node:zlib, v24), so that each frame is given a stream of its own, beginning with the bytes that
 * the one before did not take.
 */
async function* unzstd(source: Bytes): Bytes {
  let chunks: Uint8Array[] = [];
  let droppedBytes = 0;
  let ended = false;
  let pulling = Promise.resolve();
  let current: ZstdDecompress | undefined;

  async function pull(): Promise<void> {
    const next = await source.next();
    if (next.done) ended = true;
    else chunks.push(next.value);
  }

  async function* feed(frame: ZstdDecompress): Bytes {
    let next = 0;
    // A stream that has ended may ask once more before it is told to stop.
    while (frame === current) {
      while (next > 0 && droppedBytes + chunks[0]!.length <= frame.bytesWritten) {
        droppedBytes += chunks.shift()!.length;
        next--;
      }
      if (next < chunks.length) yield chunks[next++]!;
      else if (ended) return;
      else {
        pulling = pull();
        await pulling;
      }
    }
  }

  await pull();
  while (chunks.length > 0) {
    const frame = createZstdDecompress();
    current = frame;
    droppedBytes = 0;
    yield* through(feed(frame), frame);
    current = undefined;
    await pulling;
    chunks = withoutFirst(chunks, frame.bytesWritten - droppedBytes);
    if (chunks.length === 0) await pull();
  }
}

function withoutFirst(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const left: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (bytes < chunk.length) left.push(chunk.subarray(bytes));
    bytes = Math.max(0, bytes - chunk.length);
  }
  return left;
}
