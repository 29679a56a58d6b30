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

/** Runs of itemsets of one class's member each, as columns: there can be as many as items. */
interface Runs {
  length: number;
  /** What a run is put in order by. */
  ranks: Uint32Array;
  members: Uint32Array;
  /** The piece it is in, and which of its itemsets and items. */
  pieces: Uint32Array;
  froms: Uint32Array;
  tos: Uint32Array;
  itemFroms: Uint32Array;
  itemTos: Uint32Array;
}

/** All itemsets, class by class and member by member, whoever found them. */
export function toItemsets(harvests: readonly Harvest[]): Itemsets {
  const pieces = harvests.flatMap((harvest) => harvest.pieces);
  const runs = toRuns(harvests, pieces.length);
  const order = new Uint32Array(runs.length);
  let isSorted = true;
  let count = 0;
  let itemCount = 0;
  for (let run = 0; run < runs.length; run++) {
    order[run] = run;
    isSorted &&= run === 0 || compareRuns(runs, run - 1, run) <= 0;
    count += runs.tos[run] - runs.froms[run];
    itemCount += runs.itemTos[run] - runs.itemFroms[run];
  }
  // Pieces of one thread's run follow each other already, and sorting keeps them so.
  if (!isSorted) order.sort((a, b) => compareRuns(runs, a, b));

  const offsets = new Uint32Array(count + 1);
  const supports = new Uint32Array(count);
  const items = new Uint32Array(itemCount);
  let at = 0;
  let itemAt = 0;
  for (const run of order) {
    const piece = pieces[runs.pieces[run]];
    const to = runs.tos[run];
    let from = runs.itemFroms[run];
    // Runs are short: calls of `set` would take longer than what they copy.
    for (let i = itemAt; from < runs.itemTos[run]; i++) items[i] = piece.items[from++];
    for (let i = runs.froms[run]; i < to; i++) {
      supports[at] = piece.supports[i];
      itemAt += piece.lengths[i];
      offsets[++at] = itemAt;
    }
  }
  return { offsets, items, supports };
}

function compareRuns({ ranks, members }: Runs, a: number, b: number): number {
  return ranks[a] - ranks[b] || members[a] - members[b];
}

function toRuns(harvests: readonly Harvest[], pieceCount: number): Runs {
  let most = pieceCount;
  for (const { pieces } of harvests) for (const { parts } of pieces) most += parts.length / 3;
  const column = () => new Uint32Array(most);
  const runs: Runs = {
    ...{ length: 0, ranks: column(), members: column(), pieces: column() },
    ...{ froms: column(), tos: column(), itemFroms: column(), itemTos: column() },
  };
  let piece = 0;
  for (const { pieces } of harvests) {
    let rank = 0;
    let member = 0;
    for (const { supports, lengths, parts } of pieces) {
      let from = 0;
      let itemFrom = 0;
      for (let part = 0; part <= parts.length; part += 3) {
        const to = part < parts.length ? parts[part + 2] : supports.length;
        if (to > from) {
          let itemTo = itemFrom;
          for (let i = from; i < to; i++) itemTo += lengths[i];
          const run = runs.length++;
          runs.ranks[run] = rank;
          runs.members[run] = member;
          runs.pieces[run] = piece;
          runs.froms[run] = from;
          runs.tos[run] = to;
          runs.itemFroms[run] = itemFrom;
          runs.itemTos[run] = itemTo;
          from = to;
          itemFrom = itemTo;
        }
        if (part < parts.length) {
          rank = parts[part];
          member = parts[part + 1];
        }
      }
      piece++;
    }
  }
  return runs;
}
