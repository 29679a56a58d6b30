import type { Model } from './model.ts';
import { type FoundSongs, toAnswer, toBriefAnswer, withReasons } from './recommend.ts';

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
  return (
    model.writer?.answer(model, found, endOf(found), allocate) ??
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
  const before = id === undefined ? '{' : `{"id":${JSON.stringify(id)},`;
  return (
    model.writer?.line(before, found, `${endOf(found)}\n`, allocate) ??
    encode(`${JSON.stringify({ id, ...toBriefAnswer(model, found) })}\n`, allocate)
  );
}

/** A text in UTF-8. */
export function encode(text: string, allocate: Allocate): Buffer {
  const bytes = allocate(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

/** What stands behind `"unmatched":` in both. */
function endOf({ unmatched, fallback }: FoundSongs): string {
  const list = unmatched.length === 0 ? '[]' : JSON.stringify(unmatched);
  return fallback === undefined ? `${list}}` : `${list},"fallback":"${fallback}"}`;
}
