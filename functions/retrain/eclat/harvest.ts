import type { Kernel } from './kernel.ts';
import type { Itemsets } from './types.ts';

/** Items that the columns can hold: positions among them are 32-bit. */
export const maxColumnItems = 2 ** 32 - 1;

/** What one thread has found. */
export interface Harvest {
  /** Length to itemsets. */
  byLength: Float64Array;
  /** Itemsets, if they are kept: buffer by buffer. */
  pieces: Piece[];
}

/** A buffer of itemsets, of one or more parts, each a run of one class's members. */
interface Piece {
  supports: Uint32Array<ArrayBuffer>;
  lengths: Uint32Array<ArrayBuffer>;
  items: Uint32Array<ArrayBuffer>;
  /** Three words a part: rank of the class, first member, first itemset. */
  parts: Uint32Array<ArrayBuffer>;
}

/** Takes what is in a kernel's buffer. */
export function gather(kernel: Kernel, pieces: Piece[]): void {
  // Growing by nothing makes this thread see how far others have grown the memory.
  kernel.memory.grow(0);
  const copy = (address: WebAssembly.Global, length: number) =>
    new Uint32Array(kernel.memory.buffer, address.value >>> 0, length).slice();
  const itemsets = kernel.itemsets.value as number;
  const parts = kernel.parts.value as number;
  if (parts > 0 || itemsets > 0) {
    pieces.push({
      supports: copy(kernel.supports, itemsets),
      lengths: copy(kernel.lengths, itemsets),
      items: copy(kernel.itemBuffer, kernel.items.value as number),
      parts: copy(kernel.partBuffer, 3 * parts),
    });
  }
  kernel.emptied();
}

/** The buffers that can be handed to another thread without a copy. */
/* c8 ignore next 8 -- called in worker threads, whose end V8 does not count. */
export function transferable({ pieces }: Harvest): ArrayBuffer[] {
  return pieces.flatMap(({ supports, lengths, items, parts }) => [
    supports.buffer,
    lengths.buffer,
    items.buffer,
    parts.buffer,
  ]);
}

/** A run of itemsets within a piece. */
interface Run {
  piece: Piece;
  rank: number;
  member: number;
  from: number;
  to: number;
  /** Where the first one's items begin in the piece. */
  itemFrom: number;
  itemTo: number;
}

/** All itemsets, class by class and member by member, whoever found them. */
export function toItemsets(harvests: readonly Harvest[]): Itemsets {
  const runs = harvests.flatMap(toRuns);
  const isSorted = runs.every((run, i) => i === 0 || compareRuns(runs[i - 1], run) <= 0);
  // Pieces of one thread's run follow each other already, and sorting keeps them so.
  if (!isSorted) runs.sort(compareRuns);
  const count = runs.reduce((sum, { from, to }) => sum + to - from, 0);
  const itemCount = runs.reduce((sum, { itemFrom, itemTo }) => sum + itemTo - itemFrom, 0);

  const offsets = new Uint32Array(count + 1);
  const supports = new Uint32Array(count);
  const items = new Uint32Array(itemCount);
  let at = 0;
  let itemAt = 0;
  for (const { piece, from, to, itemFrom, itemTo } of runs) {
    supports.set(piece.supports.subarray(from, to), at);
    items.set(piece.items.subarray(itemFrom, itemTo), itemAt);
    for (let i = from; i < to; i++) {
      itemAt += piece.lengths[i];
      offsets[++at] = itemAt;
    }
  }
  return { offsets, items, supports };
}

function compareRuns(a: Run, b: Run): number {
  return a.rank - b.rank || a.member - b.member;
}

function toRuns({ pieces }: Harvest): Run[] {
  const runs: Run[] = [];
  let rank = 0;
  let member = 0;
  for (const piece of pieces) {
    const { supports, lengths, parts } = piece;
    let from = 0;
    let itemFrom = 0;
    for (let part = 0; part <= parts.length; part += 3) {
      const to = part < parts.length ? parts[part + 2] : supports.length;
      if (to > from) {
        let itemTo = itemFrom;
        for (let i = from; i < to; i++) itemTo += lengths[i];
        runs.push({ piece, rank, member, from, to, itemFrom, itemTo });
        from = to;
        itemFrom = itemTo;
      }
      if (part < parts.length) [rank, member] = parts.subarray(part, part + 2);
    }
  }
  return runs;
}
