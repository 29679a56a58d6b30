import { canonicalArtist, songKey } from '../../shared/song.ts';
import type { TransactionSet } from './transactions.ts';

/** A song by its names. */
export interface NamedSong {
  track: string;
  artist: string;
}

/** What a reason claims something about: songs that a playlist must all hold, or an artist. */
export type Claim = { songs: readonly NamedSong[] } | { artist: string };

/** Counts of a claim. */
export interface Counts {
  /** Playlists that hold the claim's songs, or a song of its artist. */
  given: number;
  /** Those of them that hold the recommended song. */
  together: number;
}

/**
 * Counts what reasons say from the playlists themselves, without any index or model.
 * @returns Counts for a recommended song, one for each claim.
 */
export function recounter({
  transactions,
  catalogue,
}: TransactionSet): (song: NamedSong, claims: readonly Claim[]) => Counts[] {
  const { titles, artists, artistOf } = catalogue;
  const keys = new Map(titles.map((title, i) => [songKey(title, artists[artistOf[i]]), i]));
  const canonicalArtists = artists.map(canonicalArtist);
  const numberOf = ({ track, artist }: NamedSong) => keys.get(songKey(track, artist)) ?? -1;
  return (song, claims) => {
    const wanted = numberOf(song);
    const tests = claims.map((claim) => {
      if ('songs' in claim) {
        const needed = claim.songs.map(numberOf);
        return (row: Uint32Array) => needed.every((one) => row.includes(one));
      }
      const artist = canonicalArtist(claim.artist);
      const isHis = canonicalArtists.map((name) => name === artist);
      return (row: Uint32Array) => row.some((one) => isHis[artistOf[one]]);
    });
    const { offsets, items } = transactions;
    const counts = claims.map(() => ({ given: 0, together: 0 }));
    for (let row = 0; row + 1 < offsets.length; row++) {
      const songs = items.subarray(offsets[row], offsets[row + 1]);
      const holdsSong = songs.includes(wanted);
      for (const [i, holds] of tests.entries()) {
        if (!holds(songs)) continue;
        counts[i].given++;
        if (holdsSong) counts[i].together++;
      }
    }
    return counts;
  };
}
