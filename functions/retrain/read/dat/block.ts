import { countNumbers, emptyNumberCounts, type NumberCounts } from './counts.ts';
import { newTokens, type Tokens } from './tokens.ts';

/** Something that is no number from 0 to 2^32 - 1. */
export interface Mistake {
  /** The line it is on, counted from 0. */
  line: number;
  /** What stands there, cut to some 200 characters. */
  found: string;
}

/** What the lines of a block of text hold; valid until the next block is read. */
export interface ParsedBlock {
  /** Codes of the numbers, row after row, as they stand there; the first `length` are filled. */
  codes: Uint32Array;
  length: number;
  /** Of each row that is not empty: its end in `codes`, and its line in the block from 0. */
  rowEnds: Uint32Array;
  rowLines: Uint32Array;
  rows: number;
  /** Lines in all. */
  lines: number;
  mistakes: Mistake[];
}

/** What reads blocks, and counts their numbers meanwhile. */
export interface Parser {
  tokens: Tokens;
  counts: NumberCounts;
  block: ParsedBlock;
}

/** Fills bytes from a position of the text on; returns how many, 0 only at the end. */
export type ReadAt = (into: Uint8Array, position: number) => number;

const lineFeed = 0x0a;
const blank = 0x20;
const byteOrderMark = [0xef, 0xbb, 0xbf];
const longestFound = 200;
/** Read at once behind the end of a block, where its last line may end. */
const tailBytes = 1 << 13;

/** A parser that has read nothing. */
export function newParser(): Parser {
  return {
    tokens: newTokens(),
    counts: emptyNumberCounts(),
    block: {
      codes: new Uint32Array(1 << 16),
      length: 0,
      rowEnds: new Uint32Array(1 << 12),
      rowLines: new Uint32Array(1 << 12),
      rows: 0,
      lines: 0,
      mistakes: [],
    },
  };
}

/**
 * Reads the lines that begin from `start` to before `end`, to their own ends: blocks that meet take
 * each line once. Lines can be of any length.
 */
export function parseBlock(
  parser: Parser,
  readAt: ReadAt,
  start: number,
  end: number,
): ParsedBlock {
  const { tokens, block } = parser;
  const { text } = tokens;
  tokens.begin();
  Object.assign(block, { length: 0, rows: 0, lines: 0, mistakes: [] });
  // The byte before tells whether a line begins right at the start.
  let position = Math.max(0, start - 1);
  let inLineBefore = start > 0;
  let carried = 0;
  for (;;) {
    const base = position - carried;
    const room = Math.min(text.length - 1, Math.max(end - base, carried) + tailBytes);
    const got = readAt(text.subarray(carried, room), position);
    const filled = carried + got;
    position += got;
    let from = 0;
    if (inLineBefore) {
      const lineEnd = text.subarray(0, filled).indexOf(lineFeed);
      if (lineEnd === -1 ? got === 0 || position >= end : base + lineEnd + 1 >= end) return block;
      if (lineEnd === -1) continue;
      inLineBefore = false;
      from = lineEnd + 1;
    } else if (base === 0 && byteOrderMark.every((byte, i) => text[i] === byte && i < filled)) {
      from = byteOrderMark.length;
    }
    if (got === 0) {
      text[filled] = lineFeed;
      parseText(parser, from, filled + 1);
      return block;
    }
    const last = text.subarray(0, filled).indexOf(lineFeed, Math.max(0, end - 1 - base));
    if (last !== -1) {
      parseText(parser, from, last + 1);
      return block;
    }
    const to = wholeTokens(text, from, filled);
    parseText(parser, from, to);
    text.copyWithin(0, to, filled);
    carried = filled - to;
  }
}

/** Where the last token ends that has its separator. One that fills the room is taken in parts. */
function wholeTokens(text: Uint8Array, from: number, filled: number): number {
  let to = filled;
  while (to > from && !isSeparator(text[to - 1])) to--;
  if (to > from || filled < text.length - 1) return to;
  text[filled - 1] = blank;
  return filled;
}

function parseText({ tokens, counts, block }: Parser, from: number, to: number): void {
  const { text } = tokens;
  for (let at = from; at < to; ) {
    at = tokens.run(at, to);
    const length = tokens.count();
    const rows = block.rows + tokens.rows();
    if (length > block.codes.length) block.codes = grown(block.codes, block.length, length);
    countNumbers(counts, tokens, length - block.length, block.codes, block.length);
    block.length = length;
    if (rows > block.rowEnds.length) {
      block.rowEnds = grown(block.rowEnds, block.rows, rows);
      block.rowLines = grown(block.rowLines, block.rows, rows);
    }
    block.rowEnds.set(tokens.rowEnds.subarray(0, rows - block.rows), block.rows);
    block.rowLines.set(tokens.rowLines.subarray(0, rows - block.rows), block.rows);
    block.rows = rows;
    if (at === to) break;
    let tokenEnd = at;
    while (!isSeparator(text[tokenEnd])) tokenEnd++;
    const bytes = text.subarray(at, Math.min(tokenEnd, at + 4 * longestFound));
    const found = Buffer.from(bytes).toString().slice(0, longestFound);
    block.mistakes.push({ line: tokens.lines(), found });
    at = tokenEnd;
  }
  block.lines = tokens.lines();
}

function isSeparator(byte: number): boolean {
  return byte === blank || byte === lineFeed || byte === 0x0d || byte === 0x09;
}

function grown(array: Uint32Array, filled: number, atLeast: number): Uint32Array {
  const larger = new Uint32Array(Math.max(array.length * 2, atLeast));
  larger.set(array.subarray(0, filled));
  return larger;
}
