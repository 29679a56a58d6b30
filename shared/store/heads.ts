import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, namesIn, unusable } from '../durable.ts';
import { asProblem, problem } from '../problems.ts';
import { isSigned, type Signed } from '../signature.ts';
import { isSnapshotFile, type SnapshotFile } from './files.ts';

/**
 * The store: a folder on the shared volume with `snapshots/<sha256>.msgpack` and
 * `heads/<seq>.json`. The highest head serves. Publishing, pointing back and rolling back each add
 * a head; no file is ever replaced, so a reader that sees an old state of the volume sees a lower
 * head, and knows it.
 */

/** Names the snapshot that serves from here on. */
export interface Head extends Signed, SnapshotFile {
  /** 1, 2, 3, ...: the file's name, and what two writers compete for. */
  seq: number;
  /** The version a person speaks of: the seq of the head that first published the snapshot. */
  version: string;
  cause: 'published' | 'again' | 'rollback';
  /** When this version was first published, ISO 8601. */
  created: string;
  /** ULID of the newest upload that is decided with this head; older uploads are superseded. */
  sequence: string;
  /** The training's key (see `SnapshotFacts`). */
  key: string;
  /** What the gate said when the version was published; absent where nothing was judged. */
  gate?: Gate;
  /** The trace that the upload was part of, as W3C Trace Context writes it. */
  traceparent?: string | undefined;
}

/** The head of a model that is measured and never serves. */
export const noHead: Head = {
  ...{ seq: 0, version: '', file: '', bytes: 0, sha256: '', cause: 'published' },
  ...{ created: '', sequence: '', key: '' },
};

/** What the gate said of a model, with its figures. */
export interface Gate {
  reason: string;
  figures: Record<string, number>;
}

const headName = /^([1-9]\d*)\.json$/;

/**
 * All heads that can be understood, ascending: a damaged one names nothing, and must not keep
 * anybody from publishing above it. `readLatest` and `verifyStore` report it.
 * @param publicKey Who must have signed a head; one that they have not is as good as damaged.
 * @throws `store-unusable` when the folder cannot be read; one that does not exist yet has none.
 */
export async function readHeads(store: string, publicKey?: KeyObject): Promise<Head[]> {
  return readListed(store, await listHeads(store), publicKey);
}

export async function readListed(
  store: string,
  seqs: readonly number[],
  publicKey: KeyObject | undefined,
): Promise<Head[]> {
  const heads: Head[] = [];
  for (const seq of seqs) {
    try {
      const head = await readHead(store, seq, publicKey);
      if (head !== undefined) heads.push(head);
    } catch (error) {
      const { code } = asProblem(error);
      if (code !== 'snapshot-invalid' && code !== 'head-unsigned') throw error;
    }
  }
  return heads;
}

/** The numbers of the heads there are, ascending. */
export async function listHeads(store: string): Promise<number[]> {
  const names = await namesIn(join(store, 'heads'));
  // A volume that is not mounted is no empty store.
  if (names === undefined && (await namesIn(store)) === undefined) {
    throw unusable(store, 'it does not exist');
  }
  return (
    (names ?? [])
      .flatMap((name) => headName.exec(name)?.[1] ?? [])
      .map(Number)
      // No other number has the name that it was read from.
      .filter(Number.isSafeInteger)
      .sort((a, b) => a - b)
  );
}

/** How often a head that cannot be understood is read, and the pause before it is read again. */
const headReads = 3;
const headPauseMs = 50;

/**
 * One head; undefined when it was removed since it was listed. Heads are whole before they have
 * their name, so one that is not is mostly a volume that shows a young file short for a moment:
 * who publishes must not take an older head for the newest because of that.
 */
export async function readHead(
  store: string,
  seq: number,
  publicKey?: KeyObject,
): Promise<Head | undefined> {
  const head = await readHeadPatiently(store, seq);
  if (head !== undefined && publicKey !== undefined && !isSigned(head, publicKey)) {
    throw problem('head-unsigned', { path: join(store, 'heads', `${seq}.json`) });
  }
  return head;
}

async function readHeadPatiently(store: string, seq: number): Promise<Head | undefined> {
  for (let reads = 1; reads < headReads; reads++) {
    try {
      return await readHeadOnce(store, seq);
    } catch (error) {
      if (asProblem(error).code !== 'snapshot-invalid') throw error;
      await sleep(headPauseMs);
    }
  }
  return readHeadOnce(store, seq);
}

async function readHeadOnce(store: string, seq: number): Promise<Head | undefined> {
  const path = join(store, 'heads', `${seq}.json`);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw unusable(path, error);
  }
  const refuse = (reason: string) => problem('snapshot-invalid', { path, reason });
  let head: unknown;
  try {
    head = JSON.parse(text);
  } catch (error) {
    throw Object.assign(refuse('it is not JSON'), { cause: error });
  }
  if (!isHead(head)) throw refuse('it is no head');
  if (head.seq !== seq) throw refuse(`it says that it is head ${head.seq}`);
  return head;
}

function isHead(value: unknown): value is Head {
  const { seq, version, cause, created, sequence, key } = (value ?? {}) as Partial<Head>;
  const texts = [version, cause, created, sequence, key];
  return (
    Number.isSafeInteger(seq) &&
    texts.every((text) => typeof text === 'string') &&
    isSnapshotFile(value as Partial<SnapshotFile>)
  );
}
