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
  count: readonly string[];
  time: readonly string[];
  /** Whether each row needs a time. */
  timed: boolean;
}

const trackListKeys = ['tracks', 'songs', 'items'];
/** Keys by which an object is a listen, not a playlist whose songs are missing. */
const listenKeys = ['track_name', 'trackName', 'track', 'song'];
const userKeys = ['user_name', 'username', 'user_id', 'userId', 'user', 'listener'];

/** The keys that are looked for: those of a person, else all known ones. */
export function playlistKeys(
  { transaction, item, artist, count, time }: Columns,
  timed = false,
): PlaylistKeys {
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
    count: count === undefined ? ['play_count', 'playcount', 'plays', 'listen_count'] : [count],
    time:
      time === undefined ? ['listened_at', 'played_at', 'timestamp', 'time', 'endTime'] : [time],
    timed,
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
  if (tracks === undefined && addListen(batch, line, playlist as JsonObject, keys)) return;
  if (!Array.isArray(tracks) || tracks.length === 0) {
    reject(batch, line, 'tracks', playlist);
    return;
  }
  const id = isObject(playlist) ? valueUnder(playlist, keys.transaction) : undefined;
  const named = id !== undefined || keys.transactionGiven;
  const transaction = named ? textOf(id) : `${batch.file}:${line}`;
  const inexact = typeof id === 'number' && !Number.isSafeInteger(id) && Number.isInteger(id);
  for (const track of tracks as unknown[]) {
    const extras = keys.timed ? { time: timeOf(track, keys) } : undefined;
    if (inexact) reject(batch, line, 'transaction-inexact', track);
    else if (isObject(track)) {
      const title = textOf(valueUnder(track, keys.item));
      addRow(
        batch,
        line,
        transaction,
        title,
        textOf(valueUnder(track, keys.artist)),
        track,
        extras,
      );
    } else addRow(batch, line, transaction, textOf(track), '', track, extras);
  }
}

/**
 * Adds a listen: an object with a track, by itself or as ListenBrainz has it under
 * `track_metadata`, and with a user; where times part listens, those without are of one user.
 *
 * @returns Whether it is one.
 */
function addListen(batch: RowBatch, line: number, listen: JsonObject, keys: PlaylistKeys): boolean {
  const { track_metadata: metadata } = listen;
  const track = isObject(metadata) ? metadata : listen;
  const title = valueUnder(track, track === metadata ? keys.item : listenKeys);
  if (title === undefined) return false;
  const user = valueUnder(listen, keys.transactionGiven ? keys.transaction : userKeys);
  const transaction = user === undefined && keys.timed ? batch.file : textOf(user);
  const artist = textOf(valueUnder(track, keys.artist));
  const count = valueUnder(listen, keys.count);
  const extras = keys.timed ? { count, time: timeOf(listen, keys) } : { count };
  addRow(batch, line, transaction, textOf(title), artist, listen, extras);
  return true;
}

/** When, or null: a time that is needed and not there is a wrong one. */
function timeOf(value: unknown, keys: PlaylistKeys): unknown {
  return (isObject(value) ? valueUnder(value, keys.time) : undefined) ?? null;
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
