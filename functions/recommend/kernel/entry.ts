/** An entry of a column of the snapshot, of so many bytes: 1, 2 or 4. */
export function entry(column: usize, bytes: u32, i: u32): u32 {
  if (bytes === 1) return load<u8>(column + i);
  if (bytes === 2) return load<u16>(column + ((<usize>i) << 1));
  return load<u32>(column + ((<usize>i) << 2));
}
