/** NDJSON: one playlist a line. */
import { addPlaylist, isPlaylist, type PlaylistKeys } from './playlist.ts';
import { emptyBatch, isFull, type RowBatch, reject } from './row.ts';
import { lines } from './text.ts';

/**
 * Reads a playlist, or an array of playlists, from each line. A line that is no JSON is a rejected
 * row; blank lines are no rows.
 */
export async function* readNdjson(
  path: string,
  text: AsyncIterable<string>,
  keys: PlaylistKeys,
): AsyncGenerator<RowBatch, void, undefined> {
  let batch = emptyBatch(path);
  let number = 0;
  for await (const some of lines(path, text, '\n')) {
    for (const line of some) {
      number++;
      if (line.trim() === '') continue;
      const value = parseLine(line);
      if (value === undefined) reject(batch, number, 'json', line);
      else if (Array.isArray(value) && value.some(isPlaylist)) {
        for (const playlist of value) addPlaylist(batch, number, playlist, keys);
      } else addPlaylist(batch, number, value, keys);
      if (isFull(batch)) {
        yield batch;
        batch = emptyBatch(path);
      }
    }
  }
  yield batch;
}

/** The value that a line of JSON stands for, undefined when it is no JSON. */
export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
