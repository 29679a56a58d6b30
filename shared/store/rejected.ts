import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, isTemporary, makeFolder, namesIn, replaceFile, unusable } from '../durable.ts';
import { isSnapshotFile, type SnapshotFile } from './files.ts';
import type { Gate } from './heads.ts';

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

/** The snapshots that are kept aside, the newest first; a note that nobody can understand names none. */
export async function rejectedSnapshots(store: string): Promise<Rejected[]> {
  const notes: Rejected[] = [];
  for (const name of (await namesIn(join(store, 'rejected'))) ?? []) {
    if (isTemporary(name)) continue;
    try {
      const note: unknown = JSON.parse(await readFile(join(store, 'rejected', name), 'utf8'));
      if (isRejected(note) && name === `${note.sha256}.json`) notes.push(note);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' && !(error instanceof SyntaxError)) {
        throw unusable(join(store, 'rejected', name), error);
      }
    }
  }
  return notes.sort((a, b) => b.rejected.localeCompare(a.rejected));
}

function isRejected(value: unknown): value is Rejected {
  const note = (value ?? {}) as Partial<Rejected>;
  const { key, rejected, reason, figures } = note;
  const isWhole = [key, rejected, reason].every((text) => typeof text === 'string');
  return isWhole && Object(figures) === figures && isSnapshotFile(note);
}
