/** A playlist as a JSON value becomes rows. */
import type { Columns } from './columns.ts';
import { addRow, type RowBatch, reject } from './row.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** The keys under which the parts of a playlist are looked for, the best first. */
export interface PlaylistKeys {
  transaction: readonly string[];
  /** Whether a person named the key, so that an id cannot be made up. */
  transactionGiven: boolean;
  item: readonly string[];
  artist: readonly string[];
}

const trackListKeys = ['tracks', 'songs', 'items'];

/** The keys that are looked for: those of a person, else all known ones. */
export function playlistKeys({ transaction, item, artist }: Columns): PlaylistKeys {
  return {
    transaction:
      transaction === undefined
        ? ['pid', 'playlist_id', 'playlistId', 'id', 'transaction_id', 'tid']
        : [transaction],
    transactionGiven: transaction !== undefined,
    item:
      item === undefined
        ? ['track_name', 'trackName', 'track', 'title', 'song_name', 'song', 'name', 'track_uri']
        : [item],
    artist: artist === undefined ? ['artist_name', 'artistName', 'artist', 'artists'] : [artist],
  };
}

/** Whether the value is an object with a list of tracks. */
export function isPlaylist(value: unknown): boolean {
  return isObject(value) && Array.isArray(valueUnder(value, trackListKeys));
}

/**
 * Adds the tracks of a playlist to the batch, one row each. A playlist is an object with an id and
 * a list of tracks, or only the list; a track is an object or a title. A playlist that has no id
 * gets `<file>:<line>`. One without tracks is one rejected row.
 *
 * @param line As in RejectedRow.
 */
export function addPlaylist(
  batch: RowBatch,
  line: number,
  playlist: unknown,
  keys: PlaylistKeys,
): void {
  const tracks = isObject(playlist) ? valueUnder(playlist, trackListKeys) : playlist;
  if (!Array.isArray(tracks) || tracks.length === 0) {
    reject(batch, line, 'tracks', playlist);
    return;
  }
  const id = isObject(playlist) ? valueUnder(playlist, keys.transaction) : undefined;
  const named = id !== undefined || keys.transactionGiven;
  const transaction = named ? textOf(id) : `${batch.file}:${line}`;
  const inexact = typeof id === 'number' && !Number.isSafeInteger(id) && Number.isInteger(id);
  for (const track of tracks as unknown[]) {
    if (inexact) reject(batch, line, 'transaction-inexact', track);
    else if (isObject(track)) {
      const title = textOf(valueUnder(track, keys.item));
      addRow(batch, line, transaction, title, textOf(valueUnder(track, keys.artist)), track);
    } else addRow(batch, line, transaction, textOf(track), '', track);
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueUnder(object: JsonObject, keys: readonly string[]): unknown {
  for (const key of keys) if (Object.hasOwn(object, key)) return object[key];
  return undefined;
}

/** Strings and numbers as they are, several of them parted by commas; what else there is as ''. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return Array.isArray(value) ? value.map(textOf).filter(Boolean).join(', ') : '';
}
