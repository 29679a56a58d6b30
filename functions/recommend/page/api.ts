/** What the page asks the server. Names from data sets are only ever text, never markup. */
import { ask } from '../../../shared/page/ask.ts';

/** A song by its names; without an artist, the title alone decides. */
export interface Song {
  track: string;
  artist?: string;
}

export type Reason =
  | {
      kind: 'rule';
      songs: readonly string[];
      together: number;
      given: number;
      lift: number;
      share: number;
    }
  | { kind: 'artist'; artist: string; together: number; given: number; share: number }
  | { kind: 'popular'; support: number };

export interface Recommendation {
  track: string;
  artist: string;
  score: number;
  because: Reason[];
}

export interface Answer {
  version: string;
  model_date: string;
  recommendations: Recommendation[];
  matched: { asked: string; track: string; artist: string; others: number; corrected?: boolean }[];
  unmatched: string[];
  fallback?: 'popular' | 'artist';
}

export interface Suggestion {
  track: string;
  artist: string;
  /** Playlists with it, if it is known. */
  support?: number;
}

/** Songs for songs. @throws Fault, and the signal's reason */
export function recommend(
  songs: readonly Song[],
  exclude: readonly Song[],
  signal: AbortSignal,
): Promise<Answer> {
  return ask('api/recommend', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ songs, ...(exclude.length > 0 && { exclude }) }),
    signal,
  });
}

/** Songs whose title or artist is like what was typed. @throws as `recommend` */
export async function suggest(typed: string, signal: AbortSignal): Promise<Suggestion[]> {
  const { songs } = await ask<{ songs: Suggestion[] }>(
    `api/songs?${new URLSearchParams({ q: typed.slice(0, 512) })}`,
    { signal },
  );
  return songs;
}

/** A song as people write it. */
export function songLine({ track, artist }: Song): string {
  return artist ? `${track} - ${artist}` : track;
}

export function isSame(one: Song, other: Song): boolean {
  return one.track === other.track && (one.artist ?? '') === (other.artist ?? '');
}
