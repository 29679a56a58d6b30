/**
 * Memory that all threads share, and the words through which they agree.
 *
 * Nothing is given back: blocks that must grow double, so that the waste is bound by what is used.
 * All of it ends with the mining.
 */

/** Bytes from the control block's beginning to its words. */
const nextTaskAt = 0;
const stopAt = 4;
const endAt = 8;
const limitAt = 12;
/** A thread's slot, one cache line: what the others may know of it. */
const slotsAt = 64;
const slotBytes = 64;

/** Memory grows by a quarter, and by this. */
const ampleBytes: u32 = 1 << 22;

/** Address of the control block; the host leaves it at the beginning of the memory. */
let control: usize = 0;

export function openControl(address: usize): void {
  control = address;
}

/**
 * A block of at least so many bytes, on a multiple of 16, with as much room behind it as one vector.
 * @returns its address, or 0 where the limit or the address space ends.
 */
export function allocate(bytes: usize): usize {
  const units = ((bytes + 31) >>> 4) as u32;
  const begin = atomic.add<u32>(control + endAt, units);
  const end = ((begin as u64) + units) << 4;
  // The limit is in pages, as 4 GiB are one byte too many for 32 bits.
  const pages = ((end + 0xffff) >>> 16) as u32;
  const limit = load<u32>(control + limitAt);
  if (end >> 4 > 0xfffffff || pages > limit) return 0;
  for (;;) {
    const size = memory.size() as u32;
    // Another thread may be faster: what counts is the size, not who made it.
    if (size >= pages) break;
    // For many blocks at once: each growth is a call of the system, and what nobody uses takes none.
    const ample = min(limit, pages + (pages >>> 2) + ampleBytes / 0x10000);
    if (memory.grow(ample - size) >= 0) break;
    if (memory.grow(pages - size) < 0 && (memory.size() as u32) < pages) return 0;
  }
  return (begin as usize) << 4;
}

export function nextTask(): u32 {
  return atomic.add<u32>(control + nextTaskAt, 1);
}

/** Whether the host wants no more. */
export function stopped(): bool {
  return atomic.load<u32>(control + stopAt) !== 0;
}

/** Address of a thread's slot. */
export function slotOf(thread: u32): usize {
  return control + slotsAt + (thread as usize) * slotBytes;
}

/** The 32-bit words of an array. */
export function word(array: usize, index: u32): u32 {
  return load<u32>(array + ((index as usize) << 2));
}

export function setWord(array: usize, index: u32, value: u32): void {
  store<u32>(array + ((index as usize) << 2), value);
}
