const magic = 0x184d2204;

/**
 * Decompresses an LZ4 frame, which is how pandas writes Feather unless told otherwise. Blocks may
 * refer to those before them; checksums are passed over. After LZ4's frame and block format
 * descriptions, 1.6.
 *
 * @param mostBytes The most that it may unpack to.
 * @throws Error for what is no such frame, and for more.
 */
export function lz4Frame(bytes: Uint8Array, mostBytes: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== magic) throw new Error('it is not compressed by LZ4 as it says');
  const flags = view.getUint8(4);
  const hasBlockChecksum = (flags & 0x10) !== 0;
  const hasSize = (flags & 0x08) !== 0;
  const limited = (size: number) => {
    if (size > mostBytes) throw new Error(`it unpacks to more than ${mostBytes} bytes`);
    return size;
  };
  let output = new Uint8Array(
    hasSize ? limited(Number(view.getBigUint64(6, true))) : Math.min(bytes.length * 4, mostBytes),
  );
  let length = 0;
  const reserve = (more: number) => {
    if (length + more <= output.length) return;
    const larger = new Uint8Array(
      Math.max(Math.min(output.length * 2, mostBytes), limited(length + more)),
    );
    larger.set(output);
    output = larger;
  };
  let at = 7 + (hasSize ? 8 : 0);
  for (let word = view.getUint32(at, true); word !== 0; word = view.getUint32(at, true)) {
    const end = at + 4 + (word & 0x7fffffff);
    if (word >>> 31 === 1) copyLiterals(at + 4, end);
    else expand(at + 4, end);
    at = end + (hasBlockChecksum ? 4 : 0);
  }
  return output.subarray(0, length);

  /** A block: literals, then a match in what is written already, again and again. */
  function expand(start: number, end: number): void {
    let from = start;
    /** A length of 15 goes on in the bytes that follow, as long as they are 255. */
    const lengthFrom = (nibble: number): number => {
      let total = nibble;
      if (nibble < 15) return total;
      let byte = 255;
      while (byte === 255) {
        byte = bytes[from++];
        total += byte;
      }
      return total;
    };
    while (from < end) {
      const token = bytes[from++];
      const literals = lengthFrom(token >> 4);
      copyLiterals(from, from + literals);
      from += literals;
      if (from >= end) return;
      const offset = bytes[from] | (bytes[from + 1] << 8);
      from += 2;
      const matched = lengthFrom(token & 15) + 4;
      if (offset === 0 || offset > length) throw new Error('its LZ4 compression is damaged');
      reserve(matched);
      // Byte by byte: a match can reach into itself.
      for (let i = 0; i < matched; i++, length++) output[length] = output[length - offset];
    }
  }

  function copyLiterals(start: number, end: number): void {
    reserve(end - start);
    output.set(bytes.subarray(start, end), length);
    length += end - start;
  }
}
