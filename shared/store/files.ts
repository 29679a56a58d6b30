import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { createFile, replaceFile, unusable } from '../durable.ts';
import type { SnapshotFacts } from '../facts.ts';
import { type FileMemory, memoryFor } from '../memory.ts';
import { Problem, problem } from '../problems.ts';
import { decodeFacts, decodeSnapshot, type Snapshot, sha256Of } from '../snapshot.ts';

/** A snapshot's file, written but not published. */
export interface SnapshotFile {
  /** The snapshot's name below `snapshots/`. */
  file: string;
  bytes: number;
  sha256: string;
}

function snapshotName(sha256: string): string {
  return `${sha256}.msgpack`;
}

/** Whether a note names a snapshot by its digest: else its name could lead anywhere. */
export function isSnapshotFile({ file, bytes, sha256 }: Partial<SnapshotFile>): boolean {
  return (
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    file === snapshotName(sha256) &&
    Number.isSafeInteger(bytes)
  );
}

/** The name of a snapshot's judged model, which is a part of its version. */
export function judgedName(file: string): string {
  return file.replace(/\.msgpack$/, '.judged.msgpack');
}

/**
 * Writes a snapshot under its digest, and its judged model beside it; nothing refers to them yet.
 * What is there already is checked, mended when it was damaged, and made young again, so that
 * `prune` leaves it alone until a head names it.
 * @param sha256 Of the snapshot, where it is known.
 */
export async function writeSnapshot(
  store: string,
  bytes: Uint8Array,
  judged?: Uint8Array,
  sha256 = sha256Of(bytes),
): Promise<SnapshotFile> {
  const file = snapshotName(sha256);
  if (judged !== undefined) await writeWhole(join(store, 'snapshots', judgedName(file)), judged);
  await writeWhole(join(store, 'snapshots', file), bytes);
  return { file, bytes: bytes.length, sha256 };
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  if (await createFile(path, bytes)) return;
  const sound = await readFile(path).then(
    (found) => sha256Of(found) === sha256Of(bytes),
    () => false,
  );
  if (sound) await makeYoung(path);
  else await replaceFile(path, bytes);
}

/** @throws `store-unusable`, also when there is no such file. */
export async function makeYoung(path: string): Promise<void> {
  const now = new Date();
  try {
    await utimes(path, now, now);
  } catch (error) {
    throw unusable(path, error);
  }
}

/**
 * Reads and verifies the snapshot that a head names.
 * @throws `snapshot-invalid`, or `store-unusable` when the file cannot be read.
 */
export async function readSnapshot(store: string, head: SnapshotFile): Promise<Snapshot> {
  const path = join(store, 'snapshots', head.file);
  let read: Digested;
  try {
    read = await readDigested(path, head.bytes);
  } catch (error) {
    throw error instanceof Problem ? error : unusable(path, error);
  }
  return decodeSnapshot(read.bytes, path, head.sha256, read.sha256, read.memory);
}

/** Bytes that are digested at once, a millisecond or two, for which everybody else waits. */
const chunkBytes = 2 ** 21;

/** A whole file and its hexadecimal SHA-256. */
interface Digested {
  bytes: Uint8Array;
  sha256: string;
  /** Where the bytes are, unless they are too many for it. */
  memory: FileMemory | undefined;
}

/**
 * Reads a file into memory that kernels read, and digests it as it comes: each part while the next one
 * is read.
 * @throws `snapshot-invalid` for a file that is larger than it should be: no memory is taken for it.
 */
async function readDigested(path: string, mostBytes: number): Promise<Digested> {
  const file = await open(path);
  try {
    const found = await file.stat();
    const { size } = found;
    if (size > mostBytes && found.isFile()) {
      const reason = `it has ${size} bytes instead of ${mostBytes}`;
      throw problem('snapshot-invalid', { path, reason });
    }
    const memory = memoryFor(size);
    const bytes = memory ? Buffer.from(memory.wasm.buffer, 0, size) : Buffer.allocUnsafeSlow(size);
    const hash = createHash('sha256');
    const readFrom = (start: number) =>
      file.read(bytes, start, Math.min(chunkBytes, size - start), start);
    let length = 0;
    let { bytesRead } = await readFrom(0);
    // To where nothing comes any more: a file shorter than it was said to be has another digest.
    while (bytesRead > 0) {
      const part = bytes.subarray(length, length + bytesRead);
      length += bytesRead;
      const next = readFrom(length);
      hash.update(part);
      ({ bytesRead } = await next);
    }
    return { bytes: bytes.subarray(0, length), sha256: hash.digest('hex'), memory };
  } finally {
    await file.close();
  }
}

/** Bytes in which the facts of most snapshots end, and of all of them: with a thousand data sets. */
const factsBytes = 2 ** 16;
const mostFactsBytes = 2 ** 22;

/**
 * What the model of a head was made from, read from the beginning of its file, unverified;
 * undefined when it cannot be read.
 */
export async function readFacts(
  store: string,
  head: SnapshotFile,
): Promise<SnapshotFacts | undefined> {
  let file: FileHandle;
  try {
    file = await open(join(store, 'snapshots', head.file));
  } catch {
    return undefined;
  }
  try {
    let facts: SnapshotFacts | undefined;
    let isWhole = false;
    for (let length = factsBytes; length <= mostFactsBytes; length *= 8) {
      if (facts !== undefined || isWhole) break;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
      facts = decodeFacts(buffer.subarray(0, bytesRead));
      isWhole = bytesRead < length;
    }
    return facts;
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

/**
 * Reads and verifies the judged model of a snapshot; undefined where it has none.
 * @param snapshot What the head names, where it has been read.
 * @throws as `readSnapshot` does.
 */
export async function readJudged(
  store: string,
  head: SnapshotFile,
  snapshot?: Snapshot,
): Promise<Snapshot | undefined> {
  const { judged } = (snapshot ?? (await readSnapshot(store, head))).facts;
  if (judged === null) return undefined;
  return readSnapshot(store, { file: judgedName(head.file), ...judged });
}
