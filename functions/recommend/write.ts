import type { Model } from './model.ts';
import { type FoundSongs, toAnswer, toBriefAnswer, toMatched, withReasons } from './recommend.ts';

/** The JSON of an answer in UTF-8: what `JSON.stringify` makes of `toAnswer`, sooner. */
export function writeAnswer(model: Model, found: FoundSongs): Buffer {
  const { unmatched, fallback } = found;
  const matched = toMatched(model, found);
  const behind = `],${membersOf({ matched, unmatched, fallback })}`;
  return (
    model.writer?.answer(model, found, behind) ??
    Buffer.from(JSON.stringify(toAnswer(model, withReasons(model, found))))
  );
}

/**
 * A line of a batch's answer: what `JSON.stringify` makes of the id that was asked with, if there
 * is one, and `toBriefAnswer`.
 */
export function writeBriefAnswer(model: Model, id: unknown, found: FoundSongs): Buffer {
  const { unmatched, fallback } = found;
  const before = id === undefined ? '{' : `{"id":${JSON.stringify(id)},`;
  const behind = `],${membersOf({ unmatched, fallback })}\n`;
  return (
    model.writer?.briefAnswer(model, before, found, behind) ??
    Buffer.from(`${JSON.stringify({ id, ...toBriefAnswer(model, found) })}\n`)
  );
}

/** The members of an object and its end. */
function membersOf(last: object): string {
  return JSON.stringify(last).slice(1);
}
