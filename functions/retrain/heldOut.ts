import { nameHash } from '../../shared/song.ts';
import { scramble } from './evaluate/folds.ts';
import { inSlices, rester } from './rest.ts';
import type { TransactionSet } from './transactions.ts';

/** Playlists that judge a model: enough of them, and never more than this share. */
const enough = 500;
const mostShare = 0.3;

/** Which playlists a judged model has not seen. */
export interface HeldOut {
  /** One a row: the same in every data set that has the playlist. */
  hashes: Uint32Array;
  /** Rows held out, and the others. */
  heldOut: Uint32Array;
  seen: Uint32Array;
}

/**
 * Holds playlists out by a hash of their id, which is made of their songs where a data set has none.
 * A playlist that is held out in a large data set is held out in every smaller one that has it.
 */
export async function holdOut({ ids }: TransactionSet, signal?: AbortSignal): Promise<HeldOut> {
  const hashes = new Uint32Array(ids.length);
  await inSlices(ids.length, rester(signal), (from, to) => {
    for (let row = from; row < to; row++) {
      hashes[row] = scramble(nameHash(`held out ${ids[row]}`));
    }
  });
  const below = Math.min(mostShare, enough / Math.max(1, hashes.length)) * 2 ** 32;
  const rows = hashes.map((_, row) => row);
  return {
    hashes,
    heldOut: rows.filter((row) => hashes[row] < below),
    seen: rows.filter((row) => hashes[row] >= below),
  };
}
