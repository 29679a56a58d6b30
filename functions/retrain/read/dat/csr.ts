import { problem } from '../../../../shared/problems.ts';
import type { ParsedBlock } from './block.ts';

/**
 * Rows in compressed sparse form, in memory that threads share and that grows. Where the blocks
 * stand is decided one block after the other, in the order of the text; what they hold is then
 * written by all threads at once.
 */
export interface SharedRows {
  items: SharedArrayBuffer;
  /** Row r is `items[offsets[r]]` to before `items[offsets[r + 1]]`. */
  offsets: SharedArrayBuffer;
  /** The line of row r in its file, from 1. */
  lines: SharedArrayBuffer;
  /** What is taken of all this, and whose turn it is: see the positions below. */
  state: SharedArrayBuffer;
}

/** Positions in `state`, as Uint32. */
const itemsTaken = 0;
const rowsTaken = 1;
/** Of the file that is read. */
const linesTaken = 2;
const nextBlock = 3;
const turn = 4;
const answered = 5;

/** Where a block stands. */
export interface Block {
  itemsAt: number;
  items: number;
  rowsAt: number;
  rows: number;
}

/** Items that the rows can have: positions are 32-bit. */
const mostItems = 2 ** 32 - 2;

/** No rows. Address space is set aside for as many as there can be; memory is not. */
export function newSharedRows(): SharedRows {
  const maxByteLength = 4 * (mostItems + 1);
  const column = (length: number) => new SharedArrayBuffer(4 * length, { maxByteLength });
  return {
    items: column(0),
    offsets: column(1),
    lines: column(0),
    state: new SharedArrayBuffer(24),
  };
}

/** Items and rows so far. */
export function taken({ state }: SharedRows): { items: number; rows: number } {
  const values = new Uint32Array(state);
  return { items: values[itemsTaken], rows: values[rowsTaken] };
}

/** Begins a file: its blocks and lines are counted from 0. */
export function beginFile({ state }: SharedRows): void {
  new Uint32Array(state).fill(0, linesTaken);
}

/** The number of a block that nobody else reads. */
export function claimBlock({ state }: SharedRows): number {
  return Atomics.add(new Int32Array(state), nextBlock, 1);
}

/**
 * Waits until all blocks before this one have their place; blocks the thread.
 * @returns Lines of the file before this block.
 */
export function beginTurn({ state }: SharedRows, block: number): number {
  const values = new Int32Array(state);
  for (let now = Atomics.load(values, turn); now !== block; now = Atomics.load(values, turn)) {
    Atomics.wait(values, turn, now);
  }
  return new Uint32Array(state)[linesTaken];
}

/** Lets the block after this one have its place. */
export function endTurn({ state }: SharedRows, block: number): void {
  const values = new Int32Array(state);
  Atomics.store(values, turn, block + 1);
  Atomics.notify(values, turn);
}

/** Waits for the answer to what was sent last. Blocks the thread. */
export function awaitAnswer({ state }: SharedRows): void {
  const values = new Int32Array(state);
  Atomics.wait(values, answered, 0);
  Atomics.store(values, answered, 0);
}

/** Answers who waits. */
export function answer({ state }: SharedRows): void {
  const values = new Int32Array(state);
  Atomics.store(values, answered, 1);
  Atomics.notify(values, answered);
}

/**
 * Gives a block its place, behind the last that was given one; to be called when it has its turn.
 * @throws Problem `dataset-too-large`.
 */
export function place(rows: SharedRows, parsed: ParsedBlock): Block {
  const values = new Uint32Array(rows.state);
  const block = {
    itemsAt: values[itemsTaken],
    items: parsed.length,
    rowsAt: values[rowsTaken],
    rows: parsed.rows,
  };
  if (block.itemsAt + block.items > mostItems) throw problem('dataset-too-large', { mostItems });
  values[itemsTaken] += block.items;
  values[rowsTaken] += block.rows;
  values[linesTaken] += parsed.lines;
  rows.items.grow(4 * values[itemsTaken]);
  rows.offsets.grow(4 * values[rowsTaken] + 4);
  rows.lines.grow(4 * values[rowsTaken]);
  return block;
}

/** Writes a block to its place. */
export function write(
  rows: SharedRows,
  { itemsAt, rowsAt }: Block,
  parsed: ParsedBlock,
  linesBefore: number,
): void {
  new Uint32Array(rows.items, 4 * itemsAt, parsed.length).set(
    parsed.codes.subarray(0, parsed.length),
  );
  const ends = new Uint32Array(rows.offsets, 4 * rowsAt + 4, parsed.rows);
  const lines = new Uint32Array(rows.lines, 4 * rowsAt, parsed.rows);
  for (let row = 0; row < parsed.rows; row++) {
    ends[row] = itemsAt + parsed.rowEnds[row];
    lines[row] = linesBefore + parsed.rowLines[row] + 1;
  }
}
