/** What is used of the global object, which Node's types leave out. */
declare const WebAssembly: { Memory: new (size: { initial: number }) => WasmMemory };

/** The memory of wasm modules; it is never grown, which would part all arrays in it from it. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** Memory that begins with the bytes of a file; behind them is room for what is made of these. */
export interface FileMemory {
  wasm: WasmMemory;
  /** Bytes that are taken, from the beginning. */
  taken: number;
}

const pageBytes = 65_536;
/** A module's addresses have 32 bits. */
const mostPages = 65_536;

/**
 * Memory for a file, in which a wasm module can read it where it stands. There is twice as much
 * room again: what is not written to takes no memory.
 * @returns undefined for a file that is too large for a module.
 */
export function memoryFor(fileBytes: number): FileMemory | undefined {
  const initial = Math.ceil((3 * fileBytes) / pageBytes) + 16;
  if (initial > mostPages) return undefined;
  return { wasm: new WebAssembly.Memory({ initial }), taken: fileBytes };
}

interface ArrayType<Numbers> {
  new (length: number): Numbers;
  new (buffer: ArrayBuffer, offset: number, length: number): Numbers;
  readonly BYTES_PER_ELEMENT: number;
}

/** An array of zeros: in the memory while there is room, else, or without one, anywhere. */
export function allocate<Numbers>(
  memory: FileMemory | undefined,
  Type: ArrayType<Numbers>,
  length: number,
): Numbers {
  if (memory === undefined) return new Type(length);
  // Lines of a processor's cache.
  const begin = Math.ceil(memory.taken / 64) * 64;
  const end = begin + length * Type.BYTES_PER_ELEMENT;
  if (end > memory.wasm.buffer.byteLength) return new Type(length);
  memory.taken = end;
  return new Type(memory.wasm.buffer, begin, length);
}
