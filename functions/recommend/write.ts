import type { Model } from './model.ts';
import { type FoundSongs, toAnswer, toBriefAnswer, toMatched, withReasons } from './recommend.ts';

/** Gives memory of so many bytes, which need not be zeros. */
export type Allocate = (bytes: number) => Buffer;

/**
 * The JSON of an answer in UTF-8: what `JSON.stringify` makes of `toAnswer`, sooner.
 * @param allocate Where it is written.
 */
export function writeAnswer(
  model: Model,
  found: FoundSongs,
  allocate: Allocate = Buffer.allocUnsafeSlow,
): Buffer {
  const { unmatched, fallback } = found;
  const matched = toMatched(model, found);
  const behind = `],${membersOf({ matched, unmatched, fallback })}`;
  return (
    model.writer?.answer(model, found, behind, allocate) ??
    encode(JSON.stringify(toAnswer(model, withReasons(model, found))), allocate)
  );
}

/**
 * A line of a batch's answer: what `JSON.stringify` makes of the id that was asked with, if there
 * is one, and `toBriefAnswer`.
 * @param allocate Where it is written.
 */
export function writeBriefAnswer(
  model: Model,
  id: unknown,
  found: FoundSongs,
  allocate: Allocate = Buffer.allocUnsafeSlow,
): Buffer {
  const { unmatched, fallback } = found;
  const before = id === undefined ? '{' : `{"id":${JSON.stringify(id)},`;
  const behind = `],${membersOf({ unmatched, fallback })}\n`;
  return (
    model.writer?.briefAnswer(before, found, behind, allocate) ??
    encode(`${JSON.stringify({ id, ...toBriefAnswer(model, found) })}\n`, allocate)
  );
}

/** A text in UTF-8. */
export function encode(text: string, allocate: Allocate): Buffer {
  const bytes = allocate(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

/** The members of an object and its end. */
function membersOf(last: object): string {
  return JSON.stringify(last).slice(1);
}
