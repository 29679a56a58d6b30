import type { Loops } from './loops.ts';

/**
 * A column of numbers as a file has it: little-endian in the narrowest type that holds them all.
 * Where `steps` is set it has the differences of ascending numbers instead, the first from 0: number
 * i is the sum of the first i + 1 entries.
 */
export interface PackedNumbers {
  type: NumberType;
  steps?: true;
  data: Uint8Array;
}

/** A column of numbers in memory: as narrow as its file has it, except where that has steps. */
export type Numbers = Uint8Array | Uint16Array | Uint32Array;

const numberTypes = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array } as const;
type NumberType = keyof typeof numberTypes;

/** Packs a column. */
export function packNumbers(column: Numbers): PackedNumbers {
  const plain = narrowest(column);
  const steps = stepsOf(column);
  const stepType = steps && narrowest(steps);
  return steps && stepType && width(stepType) < width(plain)
    ? { type: stepType, steps: true, data: bytesOf(new numberTypes[stepType](steps)) }
    : { type: plain, data: bytesOf(new numberTypes[plain](column)) };
}

/**
 * Unpacks a column: a view of the data itself, where that is aligned as typed arrays must be, and
 * what steps add up to elsewhere.
 * @returns Why it cannot be unpacked, where it cannot.
 */
export function unpackNumbers(
  packed: unknown,
  { addUp }: Pick<Loops, 'addUp'>,
): Numbers | 'absent' | 'cut short' {
  const { type, steps, data } = (packed ?? {}) as Record<string, unknown>;
  if (!(data instanceof Uint8Array) || !Object.hasOwn(numberTypes, String(type))) return 'absent';
  const Type = numberTypes[type as NumberType];
  if (data.byteLength % Type.BYTES_PER_ELEMENT !== 0) return 'cut short';
  const aligned = data.byteOffset % Type.BYTES_PER_ELEMENT === 0 ? data : new Uint8Array(data);
  const length = data.byteLength / Type.BYTES_PER_ELEMENT;
  const numbers = new Type(aligned.buffer as ArrayBuffer, aligned.byteOffset, length);
  return steps === true ? addUp(numbers) : numbers;
}

/** Bytes of a number of a column whose highest is this. */
export function widthFor(highest: number): number {
  return highest < 256 ? 1 : highest < 65_536 ? 2 : 4;
}

function narrowest(column: Numbers): NumberType {
  let bits = 0;
  for (let i = 0; i < column.length; i++) bits |= column[i];
  return bits >>> 8 === 0 ? 'u8' : bits >>> 16 === 0 ? 'u16' : 'u32';
}

function width(type: NumberType): number {
  return numberTypes[type].BYTES_PER_ELEMENT;
}

/** The differences of ascending numbers; undefined where they do not ascend. */
function stepsOf(column: Numbers): Uint32Array | undefined {
  const steps = new Uint32Array(column.length);
  for (let i = 0; i < column.length; i++) {
    const before = i === 0 ? 0 : column[i - 1];
    if (column[i] < before) return undefined;
    steps[i] = column[i] - before;
  }
  return steps;
}

function bytesOf({ buffer }: { buffer: ArrayBuffer }): Uint8Array {
  return Buffer.from(buffer);
}
