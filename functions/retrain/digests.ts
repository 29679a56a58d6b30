/** What a training is made from: the digests of its files, which stand in its key and in its model. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errorCode, unusable } from '../../shared/durable.ts';
import type { DatasetDigest } from '../../shared/facts.ts';
import { problem } from '../../shared/problems.ts';

/** Files that were digested. */
export interface Digests {
  datasets: DatasetDigest[];
  /**
   * Asked when the files have been read: a model must not be said to be made from what it is not.
   * Who puts another file in the place of one, and the first one back, is not found out.
   * @throws `dataset-changed`, `store-unusable`
   */
  checkUnchanged(): Promise<void>;
}

/**
 * Digests files.
 * @param expected SHA-256 that they must have, in order.
 * @throws `dataset-digest`, `store-unusable`
 */
export async function digestAll(
  files: readonly string[],
  expected: readonly string[] | undefined,
): Promise<Digests> {
  const states: (string | undefined)[] = [];
  const datasets: DatasetDigest[] = [];
  for (const [i, path] of files.entries()) {
    states.push(await stateOf(path));
    const dataset = await digestFile(path);
    if (expected !== undefined && expected[i] !== dataset.sha256) {
      const announced = expected[i] ?? 'no such file';
      throw problem('dataset-digest', { path, expected: announced, found: dataset.sha256 });
    }
    datasets.push(dataset);
  }
  return {
    datasets,
    async checkUnchanged() {
      for (const [i, path] of files.entries()) {
        const state = await stateOf(path);
        // What was removed meanwhile was read before. The same bytes may have been uploaded again.
        if (state === undefined || state === states[i]) continue;
        if ((await digestFile(path)).sha256 !== datasets[i].sha256) {
          throw problem('dataset-changed', { path });
        }
      }
    },
  };
}

/** Which file is at a path, and when it was changed; undefined where there is none. */
async function stateOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw unusable(path, error);
  }
}

async function digestFile(path: string): Promise<DatasetDigest> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
      }
    });
  } catch (error) {
    throw unusable(path, error);
  }
  return { name: basename(path), sha256: hash.digest('hex'), bytes };
}
