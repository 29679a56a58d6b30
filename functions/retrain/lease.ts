import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createFile, errorCode, replaceFile, unusable } from '../../shared/durable.ts';
import { problem } from '../../shared/problems.ts';

/**
 * Who trains now, so that two retrains do not do the same work. It saves work and no more: that a
 * head is written once is decided by the store. A holder that died loses it when it runs out.
 */
export interface Lease {
  /** Holds it for another term, unless somebody else has taken it over. */
  renew(): Promise<void>;
  /** Gives it back; a lease that somebody else has taken over stays theirs. */
  release(): Promise<void>;
}

interface LeaseFile {
  holder: string;
  /** ISO 8601. */
  until: string;
}

/**
 * What ends later than this was written by a clock that has gone back since, or by another machine's
 * that is wrong: it must not keep everybody out until then.
 */
const longestTermMs = 300_000;

/**
 * Takes the lease.
 * @param termMs How long it holds without being renewed.
 * @throws `busy` when somebody else holds it, `store-unusable`.
 */
export async function takeLease(store: string, holder: string, termMs: number): Promise<Lease> {
  const path = join(store, 'lease');
  const text = () => JSON.stringify({ holder, until: new Date(Date.now() + termMs).toISOString() });
  if (!(await createFile(path, text()))) {
    const held = await readLease(path);
    const leftMs = held === undefined ? 0 : Date.parse(held.until) - Date.now();
    if (held !== undefined && leftMs > 0 && leftMs <= longestTermMs) {
      throw problem('busy', { until: held.until });
    }
    await replaceFile(path, text());
  }
  return {
    async renew() {
      const held = await readLease(path);
      if (held === undefined || held.holder === holder) await replaceFile(path, text());
    },
    async release() {
      if ((await readLease(path))?.holder === holder) await rm(path, { force: true });
    },
  };
}

/** The lease as it stands; one that nobody can read is nobody's. */
async function readLease(path: string): Promise<LeaseFile | undefined> {
  try {
    const lease = JSON.parse(await readFile(path, 'utf8')) as LeaseFile | null;
    return lease === null || Number.isNaN(Date.parse(lease.until)) ? undefined : lease;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw unusable(path, error);
  }
}
