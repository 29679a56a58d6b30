import type { KeyObject } from 'node:crypto';
import { asProblem, type Problem, problem } from '../problems.ts';
import type { Snapshot } from '../snapshot.ts';
import { readJudged, readSnapshot, type SnapshotFile } from './files.ts';
import { type Head, listHeads, noHead, readHead, readHeads } from './heads.ts';
import { rejectedSnapshots } from './rejected.ts';

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
 * The newest head of a version, which may be named by its snapshot's digest, too (the first 12 digits
 * are enough): so can one that was rejected and is kept aside, where no signature is asked for.
 * @param publicKey Who must have signed it; absent: nobody.
 * @throws `version-unknown`, `version-unsigned`
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
  return newestOf(store, version, heads, publicKey);
}

/**
 * The newest head of a version among those that count.
 * @param heads Those that are signed as they must be.
 * @throws `version-unknown`, or `version-unsigned` when it has other heads only.
 */
export async function newestOf(
  store: string,
  version: string,
  heads: readonly Head[],
  publicKey: KeyObject | undefined,
): Promise<Head> {
  const isMeant = (one: Head) => one.version === version;
  const head = heads.findLast(isMeant);
  if (head !== undefined) return head;
  if (publicKey !== undefined && (await readHeads(store)).some(isMeant)) {
    throw problem('version-unsigned', { version });
  }
  const known = [...new Set(heads.map((one) => one.version))];
  throw problem('version-unknown', { version, known });
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
      await readJudged(store, head, await readSnapshot(store, head));
      sound.add(head.sha256);
    } catch (error) {
      faults.push(asProblem(error));
    }
  }
  return { heads: seqs.length, faults };
}
