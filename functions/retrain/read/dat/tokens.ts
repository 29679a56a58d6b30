import { tokensWasm } from './tokens.wasm.ts';

/** The kernels that read and rank, see kernel/tokens.ts; one at a time uses them. */
export interface Tokens {
  /** Text is put here; one byte more can be written. */
  text: Uint8Array;
  /** Numbers of the last run. */
  numbers: Uint32Array;
  /** Of each row that ended in the last run: numbers since `begin` at its end, and its line. */
  rowEnds: Uint32Array;
  rowLines: Uint32Array;
  begin(): void;
  /** Reads `text` from here to there; returns where it stopped. */
  run(from: number, to: number): number;
  /** Numbers since `begin`. */
  count(): number;
  /** Rows that ended in the last run. */
  rows(): number;
  /** Lines that ended since `begin`. */
  lines(): number;
  /** One more than the highest of the first numbers of the last run that is below a bound. */
  endOf(length: number, bound: number): number;
  /** Counts the first numbers of the last run in the table; returns how many are not below a bound. */
  tally(length: number, bound: number): number;
  /** Looks codes up in the table and sorts the rows of them, see the kernel. */
  sortRows(rowCount: number, firstLarge: number, smallEnd: number, highestRank: number): number;
  /** Items that `sortRows` takes at once. */
  mostSorted: number;
  /** Ranks that `sortRows` found in a row that had them already. */
  repeats(): Uint32Array;
  /** Counts, later ranks; room for so many at least. Memory that threads share. */
  table(length: number): Uint32Array;
}

interface Global {
  readonly value: number;
}

interface Kernel {
  memory: { readonly buffer: SharedArrayBuffer; grow(pages: number): number };
  text: Global;
  textBytes: Global;
  numbers: Global;
  rowEnds: Global;
  rowLines: Global;
  count: Global;
  rows: Global;
  lines: Global;
  table: Global;
  mostSorted: Global;
  repeats: Global;
  begin(): void;
  run(from: number, to: number): number;
  endOf(length: number, bound: number): number;
  tally(length: number, bound: number): number;
  sortRows(rowCount: number, firstLarge: number, smallEnd: number, rankBits: number): number;
}

/** What is used of the global object, which Node's types leave out. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};

const pageBytes = 65_536;

/** Kernels of one's own: some 1,500 bytes of code, compiled in a few milliseconds. */
export function newTokens(): Tokens {
  const module = new WebAssembly.Module(Buffer.from(tokensWasm, 'base64'));
  const kernel = new WebAssembly.Instance(module).exports as Kernel;
  const { memory } = kernel;
  const start = kernel.text.value;
  const bytes = kernel.textBytes.value;
  const column = (at: Global) => new Uint32Array(memory.buffer, at.value, bytes / 2);
  return {
    text: new Uint8Array(memory.buffer, start, bytes),
    numbers: column(kernel.numbers),
    rowEnds: column(kernel.rowEnds),
    rowLines: column(kernel.rowLines),
    begin: kernel.begin,
    run: (from, to) => kernel.run(start + from, start + to) - start,
    count: () => kernel.count.value >>> 0,
    rows: () => kernel.rows.value,
    lines: () => kernel.lines.value,
    endOf: (length, bound) => kernel.endOf(length, bound) >>> 0,
    tally: kernel.tally,
    sortRows: (rowCount, firstLarge, smallEnd, highestRank) =>
      kernel.sortRows(rowCount, firstLarge, smallEnd, 32 - Math.clz32(highestRank)),
    mostSorted: kernel.mostSorted.value,
    repeats: () => new Uint32Array(memory.buffer, start, kernel.repeats.value),
    table(length) {
      const end = kernel.table.value + 4 * length;
      if (end > memory.buffer.byteLength) {
        // Twice as much, so that a table that grows number by number is not grown as often.
        const pages = Math.ceil((2 * end - memory.buffer.byteLength) / pageBytes);
        memory.grow(pages);
      }
      return new Uint32Array(memory.buffer, kernel.table.value, length);
    },
  };
}
