import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { problem } from './problems.ts';

/**
 * Files that are whole or absent, on a volume that several machines share: bytes go to a temporary
 * file beside the target, reach the disk (fsync), and only then get the target's name; then the
 * folder reaches the disk. What a process that died leaves behind is a temporary file, which no
 * reader looks at and `prune` removes.
 */
const temporaryPrefix = '.tmp-';

/** Whether a file of this name is an unfinished write. */
export function isTemporary(name: string): boolean {
  return name.startsWith(temporaryPrefix);
}

/** A new name for an unfinished file in a folder. */
export function temporaryPath(folder: string): string {
  return join(folder, temporaryPrefix + randomUUID());
}

/**
 * Makes a file that must not exist yet (put-if-absent; `link` decides between two writers).
 * @returns Whether this call made it; false when somebody else had.
 * @throws `store-unusable` when the volume is missing, full or read-only.
 */
export async function createFile(path: string, bytes: Uint8Array | string): Promise<boolean> {
  return writeBeside(path, bytes, async (temporary) => {
    const created = await linkIfAbsent(temporary, path);
    await rm(temporary);
    return created;
  });
}

/**
 * Makes a file or takes the place of the one there, in one step.
 * @throws `store-unusable` when the volume is missing, full or read-only.
 */
export async function replaceFile(path: string, bytes: Uint8Array | string): Promise<void> {
  await writeBeside(path, bytes, (temporary) => rename(temporary, path));
}

/** Gives a finished temporary file its name unless that is taken; says whether it did. */
export async function linkIfAbsent(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Makes the names in a folder reach the disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder and its parents; one that exists is fine. @throws `store-unusable` */
export async function makeFolder(folder: string): Promise<void> {
  try {
    // The name of a folder stands in its parent, and who made one may not have got to syncing that:
    // what others put into it meanwhile would be lost with it.
    const first = (await mkdir(folder, { recursive: true })) ?? folder;
    for (let made = resolve(folder); made.length >= resolve(first).length; made = dirname(made)) {
      await syncFolder(dirname(made));
    }
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** The code of a system error (`ENOENT`, ...), or undefined for any other value. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** A system error, or a reason, as `store-unusable`. */
export function unusable(path: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return Object.assign(problem('store-unusable', { path, reason }), { cause: error });
}

async function writeBeside<Result>(
  path: string,
  bytes: Uint8Array | string,
  giveName: (temporary: string) => Promise<Result>,
): Promise<Result> {
  const folder = dirname(path);
  await makeFolder(folder);
  const temporary = temporaryPath(folder);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const result = await giveName(temporary);
    await syncFolder(folder);
    return result;
  } catch (error) {
    // Where that fails, too, `prune` removes it; what failed first says more.
    await rm(temporary, { force: true }).catch(() => {});
    throw unusable(path, error);
  }
}

/** @throws `store-unusable` */
export async function syncNames(folder: string): Promise<void> {
  try {
    await syncFolder(folder);
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** The names in a folder, or undefined when it does not exist. */
export async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw unusable(folder, error);
  }
}
