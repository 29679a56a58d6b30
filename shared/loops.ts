import { columnsWasm } from './columns.wasm.ts';
import { allocate, type FileMemory, type WasmMemory } from './memory.ts';
import type { Numbers } from './packing.ts';

/** What is done to each number of a column when a snapshot is opened. */
export interface Loops {
  /** Whether no number is less than the one before it. */
  ascends(column: Numbers): boolean;
  /** Whether all numbers are less than this one. */
  allBelow(column: Numbers, end: number): boolean;
  /** Entry i is the sum of the first i + 1 steps, in 32 bits. */
  addUp(steps: Numbers): Uint32Array;
}

/** For columns anywhere. */
export const plainLoops: Loops = {
  ascends(column) {
    for (let i = 1; i < column.length; i++) if (column[i] < column[i - 1]) return false;
    return true;
  },
  allBelow(column, end) {
    for (let i = 0; i < column.length; i++) if (column[i] >= end) return false;
    return true;
  },
  addUp(steps) {
    const column = new Uint32Array(steps);
    for (let i = 1; i < column.length; i++) column[i] += column[i - 1];
    return column;
  },
};

/** What is used of the global object, which Node's types leave out. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: { env: { memory: WasmMemory } }) => { exports: unknown };
};

interface Exports {
  ascends(at: number, bytes: number, length: number): number;
  allBelow(at: number, bytes: number, length: number, end: number): number;
  addUp(at: number, bytes: number, length: number, to: number): void;
}

/**
 * The same in wasm, for the columns that are in a snapshot's memory. A function that wakes up runs
 * these loops once, over millions of numbers, before V8 has compiled the plain ones.
 */
export function loopsFor(memory: FileMemory): Loops {
  const module = new WebAssembly.Module(Buffer.from(columnsWasm, 'base64'));
  const instance = new WebAssembly.Instance(module, { env: { memory: memory.wasm } });
  const kernel = instance.exports as Exports;
  const { buffer } = memory.wasm;
  return {
    ascends(column) {
      if (column.buffer !== buffer) return plainLoops.ascends(column);
      const { byteOffset, BYTES_PER_ELEMENT, length } = column;
      return kernel.ascends(byteOffset, BYTES_PER_ELEMENT, length) !== 0;
    },
    allBelow(column, end) {
      if (column.buffer !== buffer) return plainLoops.allBelow(column, end);
      const { byteOffset, BYTES_PER_ELEMENT, length } = column;
      return kernel.allBelow(byteOffset, BYTES_PER_ELEMENT, length, end) !== 0;
    },
    addUp(steps) {
      if (steps.buffer !== buffer) return plainLoops.addUp(steps);
      const { byteOffset, BYTES_PER_ELEMENT, length } = steps;
      const column = allocate(memory, Uint32Array, length);
      if (column.buffer !== buffer) return plainLoops.addUp(steps);
      kernel.addUp(byteOffset, BYTES_PER_ELEMENT, length, column.byteOffset);
      return column;
    },
  };
}
