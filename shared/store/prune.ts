import { stat, unlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { errorCode, isTemporary, namesIn, syncNames, unusable } from '../durable.ts';
import { runName } from '../runs.ts';
import { judgedName } from './files.ts';
import { listHeads, readListed } from './heads.ts';
import { rejectedSnapshots } from './rejected.ts';

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
 * Records of trainings that stay, the newest first. Who sends an event again whose record is gone has
 * the store looked at instead: it knows the model, or one is trained again.
 */
const keptRuns = 1000;

/**
 * Removes heads, snapshots and records that nothing needs, and unfinished writes. Heads go before the
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
  for (const path of await oldRuns(store)) await removeOld(path);
  return removed;
}

/** The records of trainings beyond those that stay. */
async function oldRuns(store: string): Promise<string[]> {
  const folder = join(store, 'runs');
  const names = ((await namesIn(folder)) ?? []).filter((name) => runName.test(name));
  if (names.length <= keptRuns) return [];
  const paths = names.map((name) => join(folder, name));
  const looks = await Promise.allSettled(paths.map((path) => stat(path)));
  // What cannot be looked at comes last: that is said where it is to be removed.
  const found = looks.map((look, i) => ({
    path: paths[i],
    mtimeMs: look.status === 'fulfilled' ? look.value.mtimeMs : 0,
  }));
  found.sort((a, b) => b.mtimeMs - a.mtimeMs);
  return found.slice(keptRuns).map(({ path }) => path);
}
