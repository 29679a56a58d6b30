import { nameHash, songKey } from '../../shared/song.ts';
import { type AccountOptions, openAccount } from './read/account.ts';
import { type DatSet, readDat } from './read/dat/dat.ts';
import { emptyBatch, reject } from './read/row.ts';
import { inSlices, type Rest, rester } from './rest.ts';
import { idBySongs, type TransactionSet } from './transactions.ts';

type NumberedOptions = AccountOptions & { threads?: number; signal?: AbortSignal | undefined };

/**
 * Reads .dat files as a training does: what `toTransactions` makes of their rows, but songs of
 * equal support come by number. No number becomes a name before it is a song of the catalogue.
 *
 * @throws Problem as `account` and `readDat` do; a number that is none is a rejected row.
 */
export async function readNumbered(
  files: readonly string[],
  options: NumberedOptions,
): Promise<TransactionSet> {
  const set = await readWithoutIds(files, options);
  return { ...set, ids: await identify(set, options.signal) };
}

/** The same but for ids, which take longer than all the rest and which mining does not need. */
export async function readWithoutIds(
  files: readonly string[],
  options: NumberedOptions,
): Promise<Omit<TransactionSet, 'ids'>> {
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
    return await named(set, rester(options.signal));
  } finally {
    await account.close();
  }
}

async function named(
  { transactions, numbers, supports, repeats }: DatSet,
  rest: Rest,
): Promise<Omit<TransactionSet, 'ids'>> {
  const titles = new Array<string>(numbers.length);
  await inSlices(numbers.length, rest, (from, to) => {
    for (let song = from; song < to; song++) titles[song] = String(numbers[song]);
  });
  return {
    transactions,
    catalogue: {
      titles,
      artists: [''],
      artistOf: new Uint32Array(numbers.length),
      supports,
    },
    repeats,
  };
}

async function identify(
  { transactions, catalogue: { titles } }: Omit<TransactionSet, 'ids'>,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const rest = rester(signal);
  const keys = new Uint32Array(titles.length);
  await inSlices(titles.length, rest, (from, to) => {
    for (let song = from; song < to; song++) keys[song] = nameHash(songKey(titles[song], ''));
  });
  const ids = new Array<string>(transactions.offsets.length - 1);
  await inSlices(ids.length, rest, (from, to) => {
    for (let row = from; row < to; row++) ids[row] = idBySongs(transactions, row, keys);
  });
  return ids;
}
