import { createHash } from 'node:crypto';
import { constants, type ReadStream } from 'node:fs';
import { lstat, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  errorCode,
  isTemporary,
  makeFolder,
  syncFolder,
  temporaryPath,
  unusable,
} from '../../shared/durable.ts';
import { asProblem, Problem, problem } from '../../shared/problems.ts';
import { chunksOf } from './body.ts';

/** A data set on the volume: `<folder>/<sha256>/<name>`. */
export interface StoredDataset {
  /** A label: two data sets may have it, the newest is meant. */
  name: string;
  sha256: string;
  bytes: number;
  /** ISO 8601. */
  uploaded: string;
}

/** Names that are one plain file name on every system, so that none can leave the folder. */
const plainName = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/;

/** The name itself. @throws `dataset-name` */
export function checkName(name: string): string {
  if (!plainName.test(name)) throw problem('dataset-name', { name });
  return name;
}

/** Where a data set is, below the folder of data sets. */
export function datasetPath({ sha256, name }: Pick<StoredDataset, 'sha256' | 'name'>): string {
  return join(sha256, name);
}

/**
 * Streams a data set to the volume, where it appears whole or not at all. Sent again, it takes the
 * place of the same bytes: it is the newest then, and one that the volume has damaged is mended.
 * @param check Is given the path of the complete file; what it throws refuses the data set.
 * @param limitBytes More is refused while it comes in.
 * @throws `too-large`, `bad-request` when the body ends early, `store-unusable`, what `check`
 * throws.
 */
export async function storeDataset<Checked>(
  folder: string,
  name: string,
  body: Readable,
  limitBytes: number,
  check: (path: string) => Promise<Checked>,
): Promise<{ dataset: StoredDataset; checked: Checked }> {
  await makeFolder(folder);
  // The ending stays, because it says what the format is.
  const temporary = `${temporaryPath(folder)}-${name}`;
  try {
    try {
      const { sha256, bytes } = await receive(body, temporary, limitBytes);
      const checked = await check(temporary).catch((error: unknown) => {
        throw named(asProblem(error), temporary, name);
      });
      const home = join(folder, sha256);
      await makeFolder(home);
      if (!(await lstat(home)).isDirectory()) throw new Error('it leads elsewhere');
      await rename(temporary, join(home, name));
      await syncFolder(home);
      await syncFolder(folder);
      const { mtime } = await stat(join(home, name));
      return { dataset: { name, sha256, bytes, uploaded: mtime.toISOString() }, checked };
    } finally {
      await rm(temporary, { force: true });
    }
  } catch (error) {
    throw error instanceof Problem ? error : unusable(folder, error);
  }
}

async function receive(
  body: Readable,
  path: string,
  limitBytes: number,
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(path, 'wx');
  try {
    for await (const chunk of chunksOf(body, limitBytes)) {
      bytes += chunk.length;
      hash.update(chunk);
      await file.appendFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** A problem that speaks of a file by the name that its sender knows. */
function named(cause: Problem, path: string, name: string): Problem {
  return Object.assign(new Problem(cause.code, cause.message.replaceAll(path, name)), { cause });
}

/** Removes what uploads left behind that were killed so long ago. */
export async function removeLeftovers(folder: string, olderThanMs: number): Promise<void> {
  for (const name of (await names(folder)).filter(isTemporary)) {
    const path = join(folder, name);
    // Somebody else may have been faster.
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > olderThanMs) {
      await rm(path, { force: true });
    }
  }
}

/** All data sets, the newest first. @throws `store-unusable` */
export async function listDatasets(folder: string): Promise<StoredDataset[]> {
  const datasets: StoredDataset[] = [];
  for (const sha256 of await names(folder)) {
    if (!/^[0-9a-f]{64}$/.test(sha256)) continue;
    // Links are not ours: what they lead to may be anybody's.
    const home = await unlessGone(lstat(join(folder, sha256)), folder);
    if (!home?.isDirectory()) continue;
    for (const name of await names(join(folder, sha256))) {
      if (isTemporary(name)) continue;
      const found = await unlessGone(lstat(join(folder, sha256, name)), folder);
      if (!found?.isFile()) continue;
      datasets.push({ name, sha256, bytes: found.size, uploaded: found.mtime.toISOString() });
    }
  }
  return datasets.sort((a, b) => b.uploaded.localeCompare(a.uploaded));
}

/** The newest data set of a name, and its bytes. @throws `dataset-missing`, `store-unusable` */
export async function openDataset(
  folder: string,
  name: string,
): Promise<{ dataset: StoredDataset; stream: ReadStream }> {
  const dataset = (await listDatasets(folder)).find((one) => one.name === name);
  if (dataset === undefined) throw problem('dataset-missing', { path: name });
  const path = join(folder, datasetPath(dataset));
  const opening = open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const handle = await unlessGone(opening, folder);
  if (handle === undefined) throw problem('dataset-missing', { path: name });
  return { dataset, stream: handle.createReadStream() };
}

/**
 * Removes every data set of a name.
 * @throws `dataset-missing` when there is none, `store-unusable`.
 */
export async function removeDataset(folder: string, name: string): Promise<void> {
  const doomed = (await listDatasets(folder)).filter((one) => one.name === name);
  if (doomed.length === 0) throw problem('dataset-missing', { path: name });
  for (const dataset of doomed) {
    const home = join(folder, dataset.sha256);
    try {
      await rm(join(home, name), { force: true });
      await rmdir(home);
    } catch (error) {
      // The same bytes may have another name, too, or somebody else was faster.
      if (!['ENOTEMPTY', 'ENOENT'].includes(String(errorCode(error)))) throw unusable(home, error);
    }
  }
}

async function names(folder: string): Promise<string[]> {
  return (await unlessGone(readdir(folder), folder)) ?? [];
}

/** What a look at the volume finds; undefined when somebody has removed it. */
async function unlessGone<Found>(look: Promise<Found>, folder: string): Promise<Found | undefined> {
  try {
    return await look;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw unusable(folder, error);
  }
}
