import { nameHash, songKey } from '../../shared/song.ts';
import { type AccountOptions, openAccount } from './read/account.ts';
import { type DatSet, readDat } from './read/dat/dat.ts';
import { emptyBatch, reject } from './read/row.ts';
import { idBySongs, type TransactionSet } from './transactions.ts';

/**
 * Reads .dat files as a training does: what `toTransactions` makes of their rows, but songs of
 * equal support come by number. No number becomes a name before it is a song of the catalogue.
 *
 * @throws Problem as `account` and `readDat` do; a number that is none is a rejected row.
 */
export async function readNumbered(
  files: readonly string[],
  options: AccountOptions & { threads?: number; signal?: AbortSignal | undefined },
): Promise<TransactionSet> {
  const account = openAccount(options);
  try {
    const set = await readDat(files, {
      threads: options.threads,
      signal: options.signal,
      onMistakes: (path, mistakes) => {
        const batch = emptyBatch(path);
        for (const { line, found } of mistakes) reject(batch, line, 'number', found);
        return account.add({ file: path, accepted: 0, rejected: batch.rejected });
      },
      onFile: ({ path, items }) => account.add({ file: path, accepted: items, rejected: [] }),
    });
    account.judge();
    return named(set);
  } finally {
    await account.close();
  }
}

function named({ transactions, numbers, supports, repeats }: DatSet): TransactionSet {
  const titles = Array.from(numbers, String);
  let ids: string[] | undefined;
  return {
    transactions,
    // Made when somebody asks: a digest for each of a million playlists takes seconds.
    get ids() {
      ids ??= idsBySongs(transactions, titles);
      return ids;
    },
    catalogue: {
      titles,
      artists: [''],
      artistOf: new Uint32Array(numbers.length),
      supports,
    },
    repeats,
  };
}

function idsBySongs(rows: DatSet['transactions'], titles: readonly string[]): string[] {
  const keys = Uint32Array.from(titles, (title) => nameHash(songKey(title, '')));
  return Array.from({ length: rows.offsets.length - 1 }, (_, row) => idBySongs(rows, row, keys));
}
