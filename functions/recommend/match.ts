import { canonicalArtist, canonicalTitle } from '../../shared/song.ts';
import { artistOf, type Model } from './model.ts';
import { songsOfTitle } from './suggest.ts';

/** A song as somebody asks for it: a title, or a title and an artist. */
export type Asked = string | { track: string; artist?: string };

/** A song that was found. */
export interface Match {
  /** The title asked for. */
  asked: string;
  song: number;
  /** Songs of the same title by other artists. */
  others: number;
}

/**
 * Finds the songs that are meant: by title and artist where both are given, be it as one text
 * ("Yesterday - The Beatles"), else the one of that title that is in most playlists.
 */
export function matchSongs(
  model: Model,
  asked: readonly Asked[],
): { matched: Match[]; unmatched: string[] } {
  const matched: Match[] = [];
  const unmatched: string[] = [];
  for (const one of asked) {
    const { track, artist } = typeof one === 'string' ? { track: one } : one;
    const found =
      artist === undefined
        ? (findWithArtistAfterDash(model, track) ?? find(model, track))
        : find(model, track, artist);
    if (found === undefined) unmatched.push(track);
    else matched.push({ asked: track, ...found });
  }
  return { matched, unmatched };
}

/** The songs that are not to be recommended: all of a title where no artist is given. */
export function matchExcluded(model: Model, excluded: readonly Asked[]): Set<number> {
  const songs = new Set<number>();
  for (const one of excluded) {
    const { track, artist } = typeof one === 'string' ? { track: one } : one;
    const found =
      artist === undefined ? findWithArtistAfterDash(model, track) : find(model, track, artist);
    if (found !== undefined) songs.add(found.song);
    else if (artist === undefined) for (const song of songsWithTitle(model, track)) songs.add(song);
  }
  return songs;
}

type Found = Omit<Match, 'asked'>;

function find(model: Model, title: string, artist?: string): Found | undefined {
  const namesakes = songsWithTitle(model, title);
  const song =
    artist === undefined
      ? namesakes[0]
      : namesakes.find((s) => canonicalArtist(artistOf(model, s)) === canonicalArtist(artist));
  return song === undefined ? undefined : { song, others: namesakes.length - 1 };
}

/** A song as answers are printed; what follows the last dash can be part of the title as well. */
function findWithArtistAfterDash(model: Model, text: string): Found | undefined {
  const dash = text.lastIndexOf(' - ');
  return dash === -1 ? undefined : find(model, text.slice(0, dash), text.slice(dash + 3));
}

/** The songs of a title, the one in most playlists first. */
function songsWithTitle(model: Model, title: string): number[] {
  return [...songsOfTitle(model, model.titles.names.find(canonicalTitle(title)))];
}
