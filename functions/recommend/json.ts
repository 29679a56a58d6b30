import type { Names } from '../../shared/snapshot.ts';

const quote = 0x22;
const backslash = 0x5c;
const zero = 0x30;
const dot = 0x2e;

/** Text that is written as it is, as bytes. */
export function literal(text: string): Uint8Array {
  return Buffer.from(text);
}

/** Memory is asked for once for many answers; few of them are larger than the second number. */
const roomBytes = 2 ** 18;
const usualBytes = 2 ** 15;

/** Rounded numbers below it, times 10,000, are whole numbers that a processor divides at once. */
const mostScaled = 2 ** 31;

/**
 * Writes JSON as bytes, the ones that `JSON.stringify` gives: names come out of a snapshot's column
 * as they stand there, and no text is made in between.
 */
export class JsonBytes {
  /** Room for many answers, one behind the other; what is written behind its end is lost. */
  #bytes = Buffer.allocUnsafeSlow(roomBytes);
  #at = 0;

  /** The bytes that a function writes here; it is asked again, with more room, if they did not fit. */
  take(write: (json: JsonBytes) => void): Buffer {
    if (this.#bytes.length - this.#at < usualBytes) this.#begin(roomBytes);
    let start = this.#at;
    write(this);
    if (this.#at > this.#bytes.length) {
      this.#begin(Math.max(roomBytes, this.#at - start));
      start = 0;
      write(this);
    }
    return this.#bytes.subarray(start, this.#at);
  }

  #begin(bytes: number): void {
    this.#bytes = Buffer.allocUnsafeSlow(bytes);
    this.#at = 0;
  }

  literal(text: Uint8Array): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let i = 0; i < text.length; i++) bytes[at++] = text[i];
    this.#at = at;
  }

  /** Anything that `JSON.stringify` knows. */
  value(value: unknown): void {
    this.literal(Buffer.from(JSON.stringify(value)));
  }

  /** Name i of a column. */
  name({ bytes: from, offsets }: Names, i: number): void {
    const bytes = this.#bytes;
    const end = offsets[i + 1];
    let at = this.#at;
    bytes[at++] = quote;
    for (let next = offsets[i]; next < end; next++) {
      const byte = from[next];
      if (byte < 0x20 || byte === quote || byte === backslash) {
        const escaped = JSON.stringify(String.fromCharCode(byte));
        for (let k = 1; k < escaped.length - 1; k++) bytes[at++] = escaped.charCodeAt(k);
      } else {
        bytes[at++] = byte;
      }
    }
    bytes[at++] = quote;
    this.#at = at;
  }

  /** A number that may have many digits. */
  number(value: number): void {
    const text = String(value);
    const bytes = this.#bytes;
    let at = this.#at;
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.#at = at;
  }

  /** A whole number from 0 to 2^31 - 1. */
  count(value: number): void {
    const bytes = this.#bytes;
    let digits = 1;
    for (let power = 10; power <= value; power *= 10) digits++;
    const end = this.#at + digits;
    let rest = value;
    for (let at = end - 1; at >= this.#at; at--) {
      const left = (rest / 10) | 0;
      bytes[at] = zero + rest - 10 * left;
      rest = left;
    }
    this.#at = end;
  }

  /** A number from 0 on that is rounded to four decimals. */
  decimal(value: number): void {
    const scaled = Math.round(value * 10_000);
    if (!(scaled < mostScaled)) {
      this.number(value);
      return;
    }
    const whole = (scaled / 10_000) | 0;
    this.count(whole);
    const fraction = scaled - whole * 10_000;
    if (fraction === 0) return;
    const bytes = this.#bytes;
    const at = this.#at;
    const hundreds = (fraction / 100) | 0;
    const rest = fraction - 100 * hundreds;
    bytes[at] = dot;
    bytes[at + 1] = zero + ((hundreds / 10) | 0);
    bytes[at + 2] = zero + (hundreds % 10);
    bytes[at + 3] = zero + ((rest / 10) | 0);
    bytes[at + 4] = zero + (rest % 10);
    // Without the zeros at its end.
    if (rest % 10 !== 0) this.#at += 5;
    else if (rest !== 0) this.#at += 4;
    else this.#at += hundreds % 10 === 0 ? 2 : 3;
  }
}
