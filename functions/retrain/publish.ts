import { packNames, type Snapshot, type SnapshotFacts } from '../../shared/snapshot.ts';
import { indexNames } from './names.ts';
import type { Rules } from './rules.ts';
import type { Catalogue } from './transactions.ts';

/**
 * A model with the names and indexes that a recommender needs: everything that could be computed
 * at load is computed here.
 * @param playlistHashes See `Snapshot`.
 */
export function toSnapshot(
  facts: SnapshotFacts,
  catalogue: Catalogue,
  rules: Rules,
  playlistHashes = new Uint32Array(0),
): Snapshot {
  const { titles, artists, artistOf, supports } = catalogue;
  return {
    facts,
    titles: packNames(titles),
    artists: packNames(artists),
    artistOf,
    supports,
    ...indexNames(catalogue),
    ...rules,
    playlistHashes,
  };
}
