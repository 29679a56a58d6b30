import { createHash } from 'node:crypto';
import { createWriteStream, type ReadStream } from 'node:fs';
import { open, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  errorCode,
  isTemporary,
  linkIfAbsent,
  makeFolder,
  syncFolder,
  temporaryPath,
  unusable,
} from '../../shared/durable.ts';
import { Problem, problem } from '../../shared/problems.ts';

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
 * Streams a data set to the volume, where it appears whole or not at all.
 * @param check Is given the path of the complete file; what it throws refuses the data set.
 * @param limitBytes More is refused while it comes in.
 * @throws `too-large`, `store-unusable`, what `check` throws, or the stream's own error.
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
    const { sha256, bytes } = await receive(body, temporary, limitBytes);
    const checked = await check(temporary);
    const home = join(folder, sha256);
    await makeFolder(home);
    await linkIfAbsent(temporary, join(home, name));
    await syncFolder(home);
    await syncFolder(folder);
    return {
      dataset: { name, sha256, bytes, uploaded: new Date().toISOString() },
      checked,
    };
  } catch (error) {
    if (error instanceof Problem || body.errored !== null) throw error;
    throw unusable(folder, error);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function receive(
  body: Readable,
  path: string,
  limitBytes: number,
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(
    body,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes > limitBytes) throw problem('too-large', { limitBytes });
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path, { flags: 'wx', flush: true }),
  );
  return { sha256: hash.digest('hex'), bytes };
}

/** All data sets, the newest first. */
export async function listDatasets(folder: string): Promise<StoredDataset[]> {
  const datasets: StoredDataset[] = [];
  for (const sha256 of await names(folder)) {
    if (!/^[0-9a-f]{64}$/.test(sha256)) continue;
    for (const name of await names(join(folder, sha256))) {
      if (isTemporary(name)) continue;
      const { size, mtime } = await stat(join(folder, sha256, name));
      datasets.push({ name, sha256, bytes: size, uploaded: mtime.toISOString() });
    }
  }
  return datasets.sort((a, b) => b.uploaded.localeCompare(a.uploaded));
}

/** The newest data set of a name, and its bytes. @throws `dataset-missing` */
export async function openDataset(
  folder: string,
  name: string,
): Promise<{ dataset: StoredDataset; stream: ReadStream }> {
  const dataset = (await listDatasets(folder)).find((one) => one.name === name);
  if (dataset === undefined) throw problem('dataset-missing', { path: name });
  const handle = await open(join(folder, datasetPath(dataset)));
  return { dataset, stream: handle.createReadStream() };
}

/** Removes every data set of a name. @throws `dataset-missing` when there is none. */
export async function removeDataset(folder: string, name: string): Promise<void> {
  const doomed = (await listDatasets(folder)).filter((one) => one.name === name);
  if (doomed.length === 0) throw problem('dataset-missing', { path: name });
  for (const dataset of doomed) {
    const home = join(folder, dataset.sha256);
    await rm(join(home, name), { force: true });
    await rmdir(home).catch((error: unknown) => {
      // The same bytes may have another name, too.
      if (errorCode(error) !== 'ENOTEMPTY') throw error;
    });
  }
}

async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw unusable(folder, error);
  }
}
