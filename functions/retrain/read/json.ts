/** JSON documents with a list of playlists: slices of the Million Playlist Dataset and arrays. */
import { problem } from '../../../shared/problems.ts';
import { addPlaylist, type PlaylistKeys } from './playlist.ts';
import { emptyBatch, isFull, type RowBatch } from './row.ts';
import { longestUnit } from './text.ts';

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** What stands before the list in an object. */
const listKey = /[{,]\s*"playlists"\s*:\s*$/;
/** Characters before the list in which its key is looked for. */
const longestKey = 256;

/**
 * Reads the playlists of a document, `{"playlists": [...]}` or `[...]`, one at a time: memory is
 * needed for one playlist, not for the document. The playlists are told apart by brackets, commas
 * and quotes alone; `JSON.parse` then judges each of them, and what is left of the document when
 * they are cut out.
 *
 * @throws Problem `dataset-corrupt` when the document is not JSON or has no such list.
 */
export async function* readJson(
  path: string,
  text: AsyncIterable<string>,
  keys: PlaylistKeys,
): AsyncGenerator<RowBatch, void, undefined> {
  let batch = emptyBatch(path);
  let number = 0;
  for await (const playlist of elements(path, text)) {
    number++;
    const value = parseOrThrow(path, playlist, `playlist ${number}`);
    addPlaylist(batch, number, value, keys);
    if (isFull(batch)) {
      yield batch;
      batch = emptyBatch(path);
    }
  }
  yield batch;
}

/** The texts of the list's elements; what stands around the list is checked at the end. */
async function* elements(
  path: string,
  text: AsyncIterable<string>,
): AsyncGenerator<string, void, undefined> {
  let outside = '';
  let element = '';
  /** Playlists that are complete, in this list and in those before it. */
  let count = 0;
  let firstOfList = 0;
  let depth = 0;
  /** The depth at which elements stand; 0 outside of the list. */
  let listDepth = 0;
  let hasList = false;
  let inString = false;
  let escaped = false;

  for await (const chunk of text) {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const character = chunk.charCodeAt(i);
      if (inString) {
        if (escaped) escaped = false;
        else if (character === backslash) escaped = true;
        else if (character === quote) inString = false;
      } else if (character === quote) {
        inString = true;
      } else if (character === openBrace) {
        depth++;
      } else if (character === openBracket) {
        depth++;
        if (listDepth === 0 && depth <= 2) {
          const before =
            outside.slice(-longestKey) + chunk.slice(Math.max(start, i - longestKey), i);
          if (depth === 1 ? before.trim() === '' : listKey.test(before)) {
            outside += chunk.slice(start, i + 1);
            start = i + 1;
            listDepth = depth;
            hasList = true;
            firstOfList = count;
          }
        }
      } else if (character === closeBracket || character === closeBrace) {
        if (listDepth > 0 && listDepth === depth) {
          element += chunk.slice(start, i);
          start = i;
          listDepth = 0;
          // Only an empty list may end where an element could stand.
          if (count > firstOfList || element.trim() !== '') {
            yield element;
            count++;
          }
          element = '';
        }
        depth--;
      } else if (character === comma && listDepth > 0 && listDepth === depth) {
        yield element + chunk.slice(start, i);
        start = i + 1;
        element = '';
        count++;
      }
    }
    if (listDepth > 0) element += chunk.slice(start);
    else outside += chunk.slice(start);
    if (element.length > longestUnit || outside.length > longestUnit) {
      const place = listDepth > 0 ? `playlist ${count + 1}` : 'what stands around the playlists';
      throw corrupt(path, `${place} is longer than ${longestUnit} characters`);
    }
  }
  if (listDepth > 0) throw corrupt(path, `it ends within playlist ${count + 1}`);
  parseOrThrow(path, outside, 'the document');
  if (!hasList)
    throw corrupt(path, 'it is neither an array nor an object with an array "playlists"');
}

function parseOrThrow(path: string, text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw corrupt(path, `${what} is not valid JSON (${(error as Error).message})`);
  }
}

function corrupt(path: string, reason: string): Error {
  return problem('dataset-corrupt', { path, reason });
}
