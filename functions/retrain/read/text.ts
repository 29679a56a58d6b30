/** Bytes as text, and text as lines. */
import { TextDecoder } from 'node:util';
import { problem } from '../../../shared/problems.ts';
import type { Bytes } from './bytes.ts';

/** How text is written as bytes. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Text that can be iterated once. */
type Text = AsyncGenerator<string, void, undefined>;

/** Text whose beginning is known. */
export interface DecodedText {
  encoding: Encoding;
  byteOrderMark: boolean;
  /** The first characters: all of them when the text is short. */
  head: string;
  /** Whether `head` is all there is. */
  whole: boolean;
  /** All of the text, `head` too. */
  text: Text;
}

/** Bytes by which a format is recognised: room for a long first line. */
const headBytes = 1 << 18;

/**
 * Characters that one line, or one playlist of a JSON document, can have: a bound for the memory
 * that a file can ask for.
 */
export const longestUnit = 1 << 24;

/**
 * Decodes UTF-8, or UTF-16 when a byte order mark says so. Bytes that are not valid become U+FFFD,
 * by which the rows with them are rejected.
 */
export async function decode(bytes: Bytes): Promise<DecodedText> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let whole = false;
  while (length < headBytes && !whole) {
    const next = await bytes.next();
    if (next.done) whole = true;
    else {
      chunks.push(next.value);
      length += next.value.length;
    }
  }
  const { encoding, byteOrderMark } = markOf(chunks);
  const decoder = new TextDecoder(encoding);
  const parts = chunks.map((chunk) => decoder.decode(chunk, { stream: true }));
  if (whole) parts.push(decoder.decode());
  return {
    encoding,
    byteOrderMark,
    head: parts.join(''),
    whole,
    text: decoded(parts, bytes, decoder),
  };
}

function markOf(chunks: readonly Uint8Array[]): { encoding: Encoding; byteOrderMark: boolean } {
  // A chunk has one byte at least.
  const hex = Buffer.concat(chunks.slice(0, 3)).toString('hex', 0, 3);
  if (hex.startsWith('fffe')) return { encoding: 'utf-16le', byteOrderMark: true };
  if (hex.startsWith('feff')) return { encoding: 'utf-16be', byteOrderMark: true };
  return { encoding: 'utf-8', byteOrderMark: hex === 'efbbbf' };
}

async function* decoded(parts: readonly string[], bytes: Bytes, decoder: TextDecoder): Text {
  yield* parts;
  for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/**
 * Parts text into lines, without the sign that ends them. A last line that is empty is none.
 *
 * @param newline '\n' (a '\r' before it stays at the end of the line) or '\r'.
 * @throws Problem `dataset-corrupt` when a line is longer than {@link longestUnit}.
 */
export async function* lines(
  path: string,
  text: AsyncIterable<string>,
  newline: string,
): AsyncGenerator<string[], void, undefined> {
  let rest = '';
  let line = 1;
  for await (const chunk of text) {
    const parts = chunk.split(newline);
    parts[0] = rest + parts[0]!;
    rest = parts.pop()!;
    line += parts.length;
    if (rest.length > longestUnit) {
      const reason = `line ${line} is longer than ${longestUnit} characters`;
      throw problem('dataset-corrupt', { path, reason });
    }
    yield parts;
  }
  if (rest !== '') yield [rest];
}
