import { readFileSync } from 'node:fs';

/** What the wasm module exports (kernel/index.ts); numbers are 32-bit, addresses unsigned. */
export interface Kernel {
  memory: WebAssembly.Memory;
  openControl(address: number): void;
  allocate(bytes: number): number;
  countItems(
    offsets: number,
    rowCount: number,
    items: number,
    itemCount: number,
    counts: number,
  ): number;
  rankRows(
    wide: number,
    offsets: number,
    rowCount: number,
    items: number,
    rankOf: number,
    rankCount: number,
    seen: number,
    firstCounts: number,
    to: number,
  ): number;
  cutRows(
    wide: number,
    offsets: number,
    rowCount: number,
    items: number,
    rankCount: number,
    firstCounts: number,
    to: number,
  ): number;
  longestRow: WebAssembly.Global;
  pairWork: WebAssembly.Global;
  setBitRows(
    from: number,
    to: number,
    origin: number,
    firsts: number,
    cursors: number,
    starts: number,
    bitRows: number,
    bytes: number,
    rowStarts: number,
    row: number,
  ): number;
  listStarts(
    wide: number,
    from: number,
    to: number,
    origin: number,
    firsts: number,
    cursors: number,
    starts: number,
  ): void;
  open(control: number, job: number, thread: number): number;
  advance(budget: number): number;
  emptied(): void;
  byLength: WebAssembly.Global;
  total: WebAssembly.Global;
  itemsets: WebAssembly.Global;
  items: WebAssembly.Global;
  parts: WebAssembly.Global;
  supports: WebAssembly.Global;
  lengths: WebAssembly.Global;
  itemBuffer: WebAssembly.Global;
  partBuffer: WebAssembly.Global;
}

/** 4 GiB, which is all that 32-bit addresses reach. */
export const mostPages = 65_536;
export const pageBytes = 65_536;

/** Compiles the kernels. They are made by `make wasm`. */
export function compileKernel(): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL('./eclat.wasm', import.meta.url)));
}

/** Memory for any number of kernels, one a thread. */
export function newMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 1, maximum: mostPages, shared: true });
}

export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernel {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { ...exports, memory } as unknown as Kernel;
}
