/** Counting what was read, and refusing a data set of which too much was rejected. */
import { type FileHandle, open } from 'node:fs/promises';
import { problem } from '../../../shared/problems.ts';
import { type RejectedRow, type RejectionReason, type RowBatch, rejectionReasons } from './row.ts';

/** Rows of one file: `accepted + rejected === read`. */
interface FileCounts {
  file: string;
  read: number;
  accepted: number;
  rejected: number;
}

/** Rows of all files. */
export interface ReadCounts {
  files: FileCounts[];
  read: number;
  accepted: number;
  rejected: number;
  byReason: Record<RejectionReason, number>;
}

/** How to account. */
export interface AccountOptions {
  /** Added to while the batches pass. */
  counts: ReadCounts;
  /** A file for the rejected rows, one JSON object a line; made when there is one. */
  report?: string;
  /** From 0 to 1; a larger part of rejected rows is an error. */
  maxRejectedShare: number;
}

/** Counts of nothing. */
export function emptyCounts(): ReadCounts {
  const none = rejectionReasons.map((reason) => [reason, 0]);
  const byReason = Object.fromEntries(none) as ReadCounts['byReason'];
  return { files: [], read: 0, accepted: 0, rejected: 0, byReason };
}

/** Some rows of one file: as many accepted, and those rejected. */
interface Accounted {
  file: string;
  accepted: number;
  rejected: RejectedRow[];
}

/** Counts what is read and writes down the rejected rows. */
export interface Account {
  /** The rows of a file are added before those of the next. @throws Problem `report-unwritable` */
  add(rows: Accounted): Promise<void>;
  /** Ends the report. */
  close(): Promise<void>;
  /** @throws Problem `too-many-rejected`, and `dataset-empty` when no row was accepted. */
  judge(): void;
}

/** Opens an account; who opens it closes it. */
export function openAccount({ counts, report, maxRejectedShare }: AccountOptions): Account {
  let handle: FileHandle | undefined;
  return {
    async add(rows) {
      count(counts, rows);
      if (report === undefined || rows.rejected.length === 0) return;
      handle ??= await reporting(report, open(report, 'w'));
      await reporting(report, handle.appendFile(linesOf(rows)));
    },
    close: async () => handle?.close(),
    judge: () => judge(counts, maxRejectedShare),
  };
}

/**
 * Passes batches through, counts them and writes down the rejected rows.
 *
 * @throws Problem `report-unwritable`; after the last batch `too-many-rejected`, and
 *   `dataset-empty` when no row was accepted.
 */
export async function* account(
  batches: AsyncIterable<RowBatch>,
  options: AccountOptions,
): AsyncGenerator<RowBatch, void, undefined> {
  const account = openAccount(options);
  try {
    for await (const batch of batches) {
      const { file, titles, rejected } = batch;
      await account.add({ file, accepted: titles.length, rejected });
      yield batch;
    }
  } finally {
    await account.close();
  }
  account.judge();
}

function count(counts: ReadCounts, rows: Accounted): void {
  const { accepted } = rows;
  const rejected = rows.rejected.length;
  let file = counts.files.at(-1);
  if (file?.file !== rows.file) {
    file = { file: rows.file, read: 0, accepted: 0, rejected: 0 };
    counts.files.push(file);
  }
  for (const sum of [counts, file]) {
    sum.read += accepted + rejected;
    sum.accepted += accepted;
    sum.rejected += rejected;
  }
  for (const { reason } of rows.rejected) counts.byReason[reason]++;
}

function linesOf({ rejected }: Accounted): string {
  return rejected.map((row) => `${JSON.stringify(row)}\n`).join('');
}

async function reporting<Result>(path: string, action: Promise<Result>): Promise<Result> {
  try {
    return await action;
  } catch (error) {
    const unwritable = problem('report-unwritable', { path, reason: (error as Error).message });
    unwritable.cause = error;
    throw unwritable;
  }
}

function judge({ files, read, accepted, rejected, byReason }: ReadCounts, maxShare: number): void {
  if (rejected > read * maxShare) {
    const [reason] = rejectionReasons.toSorted((one, other) => byReason[other] - byReason[one]);
    const limit = `${Number((maxShare * 100).toPrecision(3))}%`;
    throw problem('too-many-rejected', { rejected, read, limit, reason: reason! });
  }
  if (accepted === 0) {
    const path = files.map(({ file }) => file).join(', ') || 'The data set';
    throw problem('dataset-empty', { path });
  }
}
