import type { Loops } from './loops.ts';
import { atOnce, type Steps, stepsOf } from './steps.ts';

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
  const { kind, bytes } = atOnce(planPacking(column));
  const data = Buffer.allocUnsafeSlow(bytes);
  atOnce(writePacked(column, kind, data));
  return { ...kind, data };
}

/** How a column is packed. */
type PackingKind = Omit<PackedNumbers, 'data'>;

/** Numbers that are looked at or written at once. */
const numbersAStep = 1 << 20;

/** How a column is packed, and in how many bytes. */
export function* planPacking(column: Numbers): Steps<{ kind: PackingKind; bytes: number }> {
  const seen: Seen = { bits: 0, stepBits: 0, ascends: true };
  // A byte is as narrow as it gets.
  if (!(column instanceof Uint8Array)) {
    yield* stepsOf(column.length, numbersAStep, (from, to) => look(column, from, to, seen));
  }
  const plain = typeFor(seen.bits);
  const stepType = typeFor(seen.stepBits);
  const kind: PackingKind =
    seen.ascends && width(stepType) < width(plain)
      ? { type: stepType, steps: true }
      : { type: plain };
  return { kind, bytes: width(kind.type) * column.length };
}

/** Writes a column as it is packed. @param into Begins at a multiple of four in its memory. */
export function* writePacked(
  column: Numbers,
  { type, steps }: PackingKind,
  into: Uint8Array,
): Steps<void> {
  const packed = new numberTypes[type](into.buffer as ArrayBuffer, into.byteOffset, column.length);
  yield* stepsOf(column.length, numbersAStep, (from, to) => {
    if (steps) writeSteps(column, from, to, packed);
    else packed.set(column.subarray(from, to), from);
  });
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

/** What the numbers of a column have for bits, and their differences, while they ascend. */
interface Seen {
  bits: number;
  stepBits: number;
  ascends: boolean;
}

function look(column: Numbers, from: number, to: number, seen: Seen): void {
  let { bits, stepBits, ascends } = seen;
  let before = from === 0 ? 0 : column[from - 1];
  for (let i = from; i < to; i++) {
    const number = column[i];
    bits |= number;
    stepBits |= number - before;
    if (number < before) ascends = false;
    before = number;
  }
  seen.bits = bits;
  seen.stepBits = stepBits;
  seen.ascends = ascends;
}

function writeSteps(column: Numbers, from: number, to: number, into: Numbers): void {
  let before = from === 0 ? 0 : column[from - 1];
  for (let i = from; i < to; i++) {
    into[i] = column[i] - before;
    before = column[i];
  }
}

/** The narrowest type for numbers that have no other bits than these. */
function typeFor(bits: number): NumberType {
  return bits >>> 8 === 0 ? 'u8' : bits >>> 16 === 0 ? 'u16' : 'u32';
}

function width(type: NumberType): number {
  return numberTypes[type].BYTES_PER_ELEMENT;
}
