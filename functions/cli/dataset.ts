import { account, emptyCounts } from '../retrain/read/account.ts';
import { read } from '../retrain/read/read.ts';
import type { TrainSettings } from '../retrain/settings.ts';
import { tabulate } from '../retrain/table.ts';
import { type TransactionSet, toTransactions } from '../retrain/transactions.ts';

/**
 * A data set that a command looks into, read as a training does, with the order of its playlists.
 * @throws as reading and accounting do: too many rejected rows are an error here, too.
 */
export async function readDataset(
  paths: readonly string[],
  { columns, sessionGapMs, maxRejectedShare }: TrainSettings,
): Promise<TransactionSet> {
  const timed = sessionGapMs !== undefined;
  const rows = account(read(paths, { columns, timed }), {
    counts: emptyCounts(),
    maxRejectedShare,
  });
  return toTransactions(await tabulate(rows, { sessionGapMs }), { listed: true });
}
