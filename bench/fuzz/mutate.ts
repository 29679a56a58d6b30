/** Inputs made of inputs: what a disk, a program or a person makes of a file. */
import type { Random } from '../../shared/random.ts';

/** Values that programs are wrong about. */
const telling = [
  0, 1, 0x22, 0x2c, 0x0a, 0x0d, 0x5b, 0x5d, 0x7b, 0x7d, 0x5c, 0x7f, 0x80, 0xc0, 0xfe, 0xff,
];
const words = [
  ...['__proto__', 'null', '-1', '1e999', '99999999999999999999', '\u0000', '\ufeff', '""', '\r\n'],
  ...['NaN', '\ud800', '[[[[[[[[', '{"a":', 'true', '0x10', ' '.repeat(100), 'é'],
];

/** An input with one to six changes: bytes turned, set, removed, repeated, moved, or words put in. */
export function mutate(seeds: readonly Buffer[], random: Random): Buffer {
  const pick = (count: number) => Math.floor(random() * count);
  let bytes = Buffer.from(seeds[pick(seeds.length)]);
  for (let changes = 1 + pick(6); changes > 0; changes--) {
    const at = pick(bytes.length + 1);
    const length = 1 + pick(random() < 0.5 ? 4 : 200);
    const rest = bytes.subarray(Math.min(bytes.length, at + length));
    switch (pick(7)) {
      case 0:
        if (at < bytes.length) bytes[at] ^= 1 << pick(8);
        break;
      case 1:
        if (at < bytes.length) bytes[at] = telling[pick(telling.length)];
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), rest]);
        break;
      case 3:
        bytes = Buffer.concat([
          bytes.subarray(0, Math.min(bytes.length, at + length)),
          bytes.subarray(at),
        ]);
        break;
      case 4:
        bytes = bytes.subarray(0, at);
        break;
      case 5: {
        const word = Buffer.from(words[pick(words.length)]);
        bytes = Buffer.concat([bytes.subarray(0, at), word, bytes.subarray(at)]);
        break;
      }
      default: {
        const other = seeds[pick(seeds.length)];
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(pick(other.length))]);
      }
    }
  }
  return bytes;
}
