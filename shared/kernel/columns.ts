/**
 * What is done to each number of a snapshot's columns when it is opened. AssemblyScript: `make
 * kernels` compiles it to ../columns.wasm.ts. It works in the memory that the snapshot was read
 * into; each loop has its plain twin of the same name in ../loops.ts. A column is where it begins,
 * the bytes of an entry (1, 2 or 4) and the number of entries.
 */

export function allBelow(at: usize, bytes: u32, length: u32, end: u32): bool {
  if (bytes === 1) return end > 0xff || below<u8>(at, length, <u8>end);
  if (bytes === 2) return end > 0xffff || below<u16>(at, length, <u16>end);
  return below<u32>(at, length, end);
}

function below<Entry>(at: usize, length: u32, end: Entry): bool {
  const last = at + <usize>length * sizeof<Entry>();
  const ends = v128.splat<Entry>(end);
  let found = i32x4.splat(0);
  for (; at + 16 <= last; at += 16) {
    found = v128.or(found, v128.ge<Entry>(v128.load(at), ends));
  }
  if (v128.any_true(found)) return false;
  for (; at < last; at += sizeof<Entry>()) if (load<Entry>(at) >= end) return false;
  return true;
}

export function ascends(at: usize, bytes: u32, length: u32): bool {
  if (bytes === 1) return ascending<u8>(at, length);
  if (bytes === 2) return ascending<u16>(at, length);
  return ascending<u32>(at, length);
}

function ascending<Entry>(at: usize, length: u32): bool {
  const last = at + <usize>length * sizeof<Entry>();
  let found = i32x4.splat(0);
  // Each with the one behind it.
  for (; at + 16 + sizeof<Entry>() <= last; at += 16) {
    found = v128.or(found, v128.gt<Entry>(v128.load(at), v128.load(at + sizeof<Entry>())));
  }
  if (v128.any_true(found)) return false;
  for (; at + sizeof<Entry>() < last; at += sizeof<Entry>()) {
    if (load<Entry>(at) > load<Entry>(at + sizeof<Entry>())) return false;
  }
  return true;
}

export function addUp(at: usize, bytes: u32, length: u32, to: usize): void {
  if (bytes === 1) sums<u8>(at, length, to);
  else if (bytes === 2) sums<u16>(at, length, to);
  else sums<u32>(at, length, to);
}

function sums<Entry>(at: usize, length: u32, to: usize): void {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    sum += <u32>load<Entry>(at + <usize>i * sizeof<Entry>());
    store<u32>(to + ((<usize>i) << 2), sum);
  }
}
