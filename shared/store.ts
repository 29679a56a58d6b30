import { createHash, type KeyObject } from 'node:crypto';
import { type FileHandle, open, readdir, readFile, stat, unlink, utimes } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createFile,
  errorCode,
  isTemporary,
  makeFolder,
  replaceFile,
  syncFolder,
  unusable,
} from './durable.ts';
import { asProblem, type Problem, problem } from './problems.ts';
import { isSigned, publicKeyOf, type Signed, signed } from './signature.ts';
import {
  decodeFacts,
  decodeSnapshot,
  type Snapshot,
  type SnapshotFacts,
  sha256Of,
} from './snapshot.ts';

/**
 * The store: a folder on the shared volume with `snapshots/<sha256>.msgpack` and
 * `heads/<seq>.json`. The highest head serves. Publishing, pointing back and rolling back each add
 * a head; no file is ever replaced, so a reader that sees an old state of the volume sees a lower
 * head, and knows it.
 */

/** Names the snapshot that serves from here on. */
export interface Head extends Signed {
  /** 1, 2, 3, ...: the file's name, and what two writers compete for. */
  seq: number;
  /** The version a person speaks of: the seq of the head that first published the snapshot. */
  version: string;
  /** The snapshot's name below `snapshots/`. */
  file: string;
  bytes: number;
  sha256: string;
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

/** What asks for a head. */
export type Asked = Pick<Head, 'key' | 'sequence' | 'traceparent'> & {
  /** Signs it; heads that this key has not signed count for nothing then. */
  signingKey?: KeyObject | undefined;
};

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

/** A snapshot's file, written but not published. */
export type SnapshotFile = Pick<Head, 'file' | 'bytes' | 'sha256'>;

/** What came of an attempt to publish. */
export type Publication =
  /** The head is new. */
  | { outcome: 'published' | 'again'; head: Head }
  /** The head is the one that serves already. */
  | { outcome: 'unchanged' | 'superseded'; head: Head };

/** The gate let it not serve; the head is the one that goes on serving, if there is one. */
export interface Rejection {
  outcome: 'rejected';
  head: Head | undefined;
  gate: Gate;
}

/** Whether a snapshot may take the place of the one that serves. */
export type Judge = (current: Head | undefined) => Promise<Gate & { passed: boolean }>;

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

async function readListed(
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
async function listHeads(store: string): Promise<number[]> {
  const names = await namesIn(join(store, 'heads'));
  // A volume that is not mounted is no empty store.
  if (names === undefined && (await namesIn(store)) === undefined) {
    throw unusable(store, 'it does not exist');
  }
  return (names ?? [])
    .flatMap((name) => headName.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
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
  const { seq, version, file, bytes, sha256, cause, ...rest } = (value ?? {}) as Partial<Head>;
  const texts = [version, sha256, cause, rest.created, rest.sequence, rest.key];
  return (
    [seq, bytes].every(Number.isSafeInteger) &&
    texts.every((text) => typeof text === 'string') &&
    file === snapshotName(sha256 as string)
  );
}

function snapshotName(sha256: string): string {
  return `${sha256}.msgpack`;
}

/** The name of a snapshot's judged model, which is a part of its version. */
function judgedName(file: string): string {
  return file.replace(/\.msgpack$/, '.judged.msgpack');
}

/**
 * Writes a snapshot under its digest, and its judged model beside it; nothing refers to them yet.
 * What is there already is checked, mended when it was damaged, and made young again, so that
 * `prune` leaves it alone until a head names it.
 */
export async function writeSnapshot(
  store: string,
  bytes: Uint8Array,
  judged?: Uint8Array,
): Promise<SnapshotFile> {
  const sha256 = sha256Of(bytes);
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
async function makeYoung(path: string): Promise<void> {
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
  let read: { bytes: Uint8Array; sha256: string };
  try {
    read = await readDigested(path);
  } catch (error) {
    throw unusable(path, error);
  }
  return decodeSnapshot(read.bytes, path, head.sha256, read.sha256);
}

/** Bytes that are digested at once: about a millisecond, for which everybody else waits. */
const chunkBytes = 2 ** 20;

/** A whole file and its hexadecimal SHA-256, taken as it comes. */
async function readDigested(path: string): Promise<{ bytes: Uint8Array; sha256: string }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const bytes = Buffer.allocUnsafeSlow(size);
    const hash = createHash('sha256');
    let length = 0;
    let bytesRead: number;
    // To where nothing comes any more: a file shorter than it was said to be has another digest.
    do {
      const most = Math.min(chunkBytes, size - length);
      ({ bytesRead } = await file.read(bytes, length, most, length));
      hash.update(bytes.subarray(length, length + bytesRead));
      length += bytesRead;
    } while (bytesRead > 0);
    return { bytes: bytes.subarray(0, length), sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}

/** Bytes in which the facts of most snapshots end. */
const factsBytes = 65_536;

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
    for (let length = factsBytes; facts === undefined && !isWhole; length *= 8) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
      facts = decodeFacts(buffer.subarray(0, bytesRead));
      isWhole = bytesRead < length;
    }
    return facts;
  } finally {
    await file.close();
  }
}

/**
 * Reads and verifies the judged model of a snapshot; undefined where it has none.
 * @throws as `readSnapshot` does.
 */
export async function readJudged(store: string, head: SnapshotFile): Promise<Snapshot | undefined> {
  const { judged } = (await readSnapshot(store, head)).facts;
  if (judged === null) return undefined;
  return readSnapshot(store, { file: judgedName(head.file), ...judged });
}

/**
 * The newest head above `above` whose snapshot verifies, and what was wrong with newer ones. A
 * reader passes the seq it serves, so it never goes back.
 * @param publicKey Who must have signed it; absent: nobody.
 * @throws `store-unusable` when the folder cannot be read.
 */
export async function readLatest(
  store: string,
  above: number,
  publicKey?: KeyObject,
): Promise<{ found?: { head: Head; snapshot: Snapshot }; faults: Problem[] }> {
  const faults: Problem[] = [];
  for (const seq of (await listHeads(store)).reverse()) {
    if (seq <= above) break;
    try {
      const head = await readHead(store, seq, publicKey);
      if (head === undefined) continue;
      return { found: { head, snapshot: await readSnapshot(store, head) }, faults };
    } catch (error) {
      faults.push(asProblem(error));
    }
  }
  return { faults };
}

/**
 * Makes a snapshot the one that serves. When another writer takes the next number, the new head
 * is looked at and the attempt repeated: two writers both succeed, one after the other.
 * @returns `again` when it is a version's already, `unchanged` when this very upload (by
 * `sequence`) made it serve, `superseded` when a newer upload was decided meanwhile, or this very
 * one was and somebody rolled back since.
 * @param options.judge Asked before a version first serves, and again when another one was faster;
 * what it lets not serve is kept aside, see `rejectedSnapshots`.
 * @throws `store-unusable`, also when the snapshot is not there.
 */
export async function publish(
  store: string,
  snapshot: SnapshotFile,
  options: Asked,
): Promise<Publication>;
export async function publish(
  store: string,
  snapshot: SnapshotFile,
  options: Asked & { judge: Judge },
): Promise<Publication | Rejection>;
export async function publish(
  store: string,
  snapshot: SnapshotFile,
  { key, sequence, traceparent, judge, signingKey }: Asked & { judge?: Judge },
): Promise<Publication | Rejection> {
  return addHead<Publication | Rejection>(store, signingKey, async (heads, seq) => {
    const current = heads.at(-1);
    if (current !== undefined && sequence <= current.sequence) {
      if (sequence < current.sequence) return { outcome: 'superseded', head: current };
      if (current.sha256 === snapshot.sha256) return { outcome: 'unchanged', head: current };
      const decided = heads.some(
        (head) => head.sequence === sequence && head.sha256 === snapshot.sha256,
      );
      if (decided) return { outcome: 'superseded', head: current };
    }
    const earlier = heads.findLast((head) => head.sha256 === snapshot.sha256);
    // What has served was let in before, be it by force.
    const gate = earlier === undefined ? await judge?.(current) : undefined;
    if (gate?.passed === false) {
      const { reason, figures } = gate;
      return { outcome: 'rejected', head: current, gate: { reason, figures } };
    }
    const said =
      gate === undefined ? earlier?.gate : { reason: gate.reason, figures: gate.figures };
    const head: Head = {
      seq,
      version: earlier?.version ?? String(seq),
      ...snapshot,
      cause: earlier === undefined ? 'published' : 'again',
      created: earlier?.created ?? new Date().toISOString(),
      sequence,
      key,
      ...(said && { gate: said }),
      ...(traceparent !== undefined && { traceparent }),
    };
    return { outcome: earlier === undefined ? 'published' : 'again', head };
  });
}

/**
 * Makes an older version serve again, by a new head. Uploads that were decided before stay so.
 * @param signingKey Signs the head, as in `publish`.
 * @throws `version-unknown`, or what is wrong with that version's snapshot.
 */
export async function rollback(
  store: string,
  version: string,
  signingKey?: KeyObject,
): Promise<Publication> {
  return addHead<Publication>(store, signingKey, async (heads, seq) => {
    const target = newestOf(version, heads);
    await readSnapshot(store, target);
    const current = heads[heads.length - 1];
    if (current.version === version) return { outcome: 'unchanged', head: current };
    const { sequence } = current;
    const { traceparent: _, ...again } = target;
    return { outcome: 'again', head: { ...again, seq, cause: 'rollback', sequence } };
  });
}

/**
 * The newest head of a version, which may be named by its snapshot's digest, too (the first 12 digits
 * are enough): so can one that was rejected and is kept aside, where no signature is asked for.
 * @param publicKey Who must have signed it; absent: nobody.
 * @throws `version-unknown`
 */
export async function findVersion(
  store: string,
  version: string,
  publicKey?: KeyObject,
): Promise<Head> {
  const heads = await readHeads(store, publicKey);
  if (/^[0-9a-f]{12,64}$/.test(version)) {
    const isMeant = ({ sha256 }: SnapshotFile) => sha256.startsWith(version);
    const served = heads.findLast(isMeant);
    if (served !== undefined) return served;
    const aside = (await rejectedSnapshots(store)).find(isMeant);
    if (aside !== undefined && publicKey === undefined) {
      const { file, bytes, sha256, key, rejected: created, reason, figures } = aside;
      return { ...noHead, file, bytes, sha256, key, created, gate: { reason, figures } };
    }
  }
  return newestOf(version, heads);
}

function newestOf(version: string, heads: readonly Head[]): Head {
  const head = heads.findLast((one) => one.version === version);
  if (head !== undefined) return head;
  const known = [...new Set(heads.map((one) => one.version))];
  throw problem('version-unknown', { version, known });
}

/** A snapshot that the gate let not serve, kept aside for people to look at. */
export interface Rejected extends SnapshotFile, Gate {
  key: string;
  /** ISO 8601. */
  rejected: string;
}

/** Notes that a snapshot was rejected, so that `prune` keeps the newest ones for a while. */
export async function keepAside(
  store: string,
  { file, bytes, sha256 }: SnapshotFile,
  { reason, figures }: Gate,
  key: string,
): Promise<void> {
  const rejected = new Date().toISOString();
  const note: Rejected = { file, bytes, sha256, key, rejected, reason, figures };
  const path = join(store, 'rejected', `${sha256}.json`);
  await makeFolder(join(store, 'rejected'));
  await replaceFile(path, `${JSON.stringify(note, null, 2)}\n`);
}

/** The snapshots that are kept aside, the newest first. */
export async function rejectedSnapshots(store: string): Promise<Rejected[]> {
  const notes: Rejected[] = [];
  for (const name of (await namesIn(join(store, 'rejected'))) ?? []) {
    if (isTemporary(name)) continue;
    try {
      notes.push(JSON.parse(await readFile(join(store, 'rejected', name), 'utf8')));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' && !(error instanceof SyntaxError)) {
        throw unusable(join(store, 'rejected', name), error);
      }
    }
  }
  return notes.sort((a, b) => b.rejected.localeCompare(a.rejected));
}

/**
 * What is wrong in a store: heads that cannot be read, or that are not signed with the key if there
 * is one, and snapshots that do not verify.
 */
export async function verifyStore(
  store: string,
  publicKey?: KeyObject,
): Promise<{ heads: number; faults: Problem[] }> {
  const faults: Problem[] = [];
  const sound = new Set<string>();
  const seqs = await listHeads(store);
  for (const seq of seqs) {
    try {
      const head = await readHead(store, seq, publicKey);
      if (head === undefined || sound.has(head.sha256)) continue;
      await readSnapshot(store, head);
      await readJudged(store, head);
      sound.add(head.sha256);
    } catch (error) {
      faults.push(asProblem(error));
    }
  }
  return { heads: seqs.length, faults };
}

/** What `prune` keeps. */
export interface Retention {
  /** Versions that stay, the newest first; at least 1. */
  keepVersions: number;
  /** Versions that stay whatever their age. */
  pinned: readonly string[];
  /** Nothing younger is removed: a reader may be about to open it, a writer about to name it. */
  graceMs: number;
}

/** The grace time of everybody who prunes. */
export const pruneGraceMs = 3_600_000;

/**
 * Removes heads and snapshots that nothing needs, and unfinished writes. Heads go before the
 * snapshots they name, so no head ever names what is not there. Where a head cannot be understood,
 * what it needs is not known, and all snapshots stay. What somebody else removes meanwhile is no
 * concern.
 * @returns The names of the files removed.
 * @throws `store-unusable`
 */
export async function prune(store: string, retention: Retention): Promise<string[]> {
  const seqs = await listHeads(store);
  const heads = await readListed(store, seqs, undefined);
  const isKnown = heads.length === seqs.length;
  const newest = [...new Set(heads.map((head) => head.version).reverse())];
  const kept = new Set([...newest.slice(0, retention.keepVersions), ...retention.pinned]);
  const before = Date.now() - retention.graceMs;
  const removed: string[] = [];
  const removeOld = async (path: string) => {
    try {
      if ((await stat(path)).mtimeMs > before) return false;
      await unlink(path);
      removed.push(relative(store, path));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw unusable(path, error);
    }
    return true;
  };
  const needed = new Set<string>();
  for (const head of heads) {
    const stays =
      kept.has(head.version) || !(await removeOld(join(store, 'heads', `${head.seq}.json`)));
    if (stays) needed.add(head.file).add(judgedName(head.file));
  }
  const aside = await rejectedSnapshots(store);
  for (const [i, one] of aside.entries()) {
    const stays =
      i < retention.keepVersions ||
      !(await removeOld(join(store, 'rejected', `${one.sha256}.json`)));
    if (stays) needed.add(one.file).add(judgedName(one.file));
  }
  // Else a power failure could bring a head back, and not the snapshot that it names.
  if (removed.length > 0) await syncNames(join(store, 'heads'));
  for (const folder of ['heads', 'snapshots', 'runs', 'rejected']) {
    for (const name of (await namesIn(join(store, folder))) ?? []) {
      const unneeded = folder === 'snapshots' && isKnown && !needed.has(name);
      if (isTemporary(name) || unneeded) await removeOld(join(store, folder, name));
    }
  }
  return removed;
}

/**
 * Tries to add the head that `decide` makes of those there are and the next number, until no other
 * writer is faster. The snapshot is made young first: whoever prunes at the same time leaves it.
 */
async function addHead<Decision extends Publication | Rejection>(
  store: string,
  signingKey: KeyObject | undefined,
  decide: (heads: readonly Head[], seq: number) => Promise<Decision>,
): Promise<Decision> {
  for (;;) {
    const seqs = await listHeads(store);
    // What is decided rests on the heads there are: who made the last one may not have got to this.
    if (seqs.length > 0) await syncNames(join(store, 'heads'));
    const heads = await readListed(store, seqs, publicKeyOf(signingKey));
    const decision = await decide(heads, (seqs.at(-1) ?? 0) + 1);
    if (decision.outcome !== 'published' && decision.outcome !== 'again') return decision;
    const { signature: _, ...unsigned } = decision.head;
    const head: Head = signed(unsigned, signingKey);
    await makeYoung(join(store, 'snapshots', head.file));
    const path = join(store, 'heads', `${head.seq}.json`);
    if (await createFile(path, `${JSON.stringify(head, null, 2)}\n`)) return { ...decision, head };
  }
}

/** @throws `store-unusable` */
async function syncNames(folder: string): Promise<void> {
  try {
    await syncFolder(folder);
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** The names in a folder, or undefined when it does not exist. */
async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw unusable(folder, error);
  }
}
