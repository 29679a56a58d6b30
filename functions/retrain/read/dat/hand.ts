import { type Mistake, newParser, type Parser, parseBlock, type ReadAt } from './block.ts';
import { type Block, beginTurn, endTurn, place, type SharedRows, write } from './csr.ts';
import { type Ranks, type Repeats, rankBlock, sortByKernel, sortPlainly } from './rank.ts';

/** One of those that read a data set together, each in a thread of its own. */
export interface Hand {
  rows: SharedRows;
  parser: Parser;
  /** The blocks that it has read; it ranks them, too, for its codes are its own. */
  blocks: Block[];
}

/** A hand that has read nothing. */
export function newHand(rows: SharedRows): Hand {
  return { rows, parser: newParser(), blocks: [] };
}

/**
 * Reads one block of text into the shared rows.
 *
 * @param number The block's number in its file; blocks get their places in this order.
 * @param report Told of what is no number, lines counted from 1, while later blocks wait.
 */
export function readBlock(
  { rows, parser, blocks }: Hand,
  readAt: ReadAt,
  { start, end, number }: { start: number; end: number; number: number },
  report: (mistakes: Mistake[]) => void,
): void {
  const parsed = parseBlock(parser, readAt, start, end);
  const linesBefore = beginTurn(rows, number);
  if (parsed.mistakes.length > 0) {
    report(parsed.mistakes.map(({ line, found }) => ({ line: linesBefore + line + 1, found })));
  }
  const block = place(rows, parsed);
  endTurn(rows, number);
  write(rows, block, parsed, linesBefore);
  blocks.push(block);
}

/** Ranks what the hand has read, see `rankBlock`; yields after each block. */
export function* rankBlocks(
  { rows, parser, blocks }: Hand,
  ranks: Ranks,
  repeats: Repeats,
): Generator<undefined, void, undefined> {
  const sort = sortByKernel(parser.tokens, ranks);
  const sorts = { sort, sortLong: sortPlainly(ranks), most: parser.tokens.mostSorted };
  for (const block of blocks) {
    rankBlock(rows, block, sorts, repeats);
    yield undefined;
  }
}
