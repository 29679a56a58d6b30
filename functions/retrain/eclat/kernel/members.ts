import { allocate } from './memory';

/**
 * The stacks of a search: members, and their bitsets.
 *
 * A member has four 32-bit words: its place among its siblings before they were sorted, its support
 * with the base, its number in the class, and where its bitset begins (in vectors). The first two
 * read as one 64-bit number are what members are sorted by.
 */
const memberBytes: usize = 16;

let members: usize = 0;
let memberCapacity: usize = 0;
/** Where the bitsets are; counted in vectors. */
export let bits: usize = 0;
let vectorCapacity: usize = 0;

/** Empties the stacks; what they had may be used by others. */
export function openMembers(): void {
  memberCapacity = 0;
  vectorCapacity = 0;
}

export function memberAt(index: u32): usize {
  return members + (index as usize) * memberBytes;
}

export function support(member: usize): u32 {
  return load<u32>(member, 4);
}

export function number(member: usize): u32 {
  return load<u32>(member, 8);
}

export function bitset(member: usize): usize {
  return bits + ((load<u32>(member, 12) as usize) << 4);
}

/** Makes room on the stack for so many members in all; false when there is no memory. */
export function reserveMembers(count: u32): bool {
  if ((count as usize) <= memberCapacity) return true;
  const capacity = max<usize>(2 * (count as usize), 256);
  const larger = allocate(capacity * memberBytes);
  if (larger === 0) return false;
  memory.copy(larger, members, memberCapacity * memberBytes);
  members = larger;
  memberCapacity = capacity;
  return true;
}

/** The same for bitsets, in vectors. */
export function reserveVectors(count: usize): bool {
  if (count <= vectorCapacity) return true;
  const capacity = max<usize>(count + (count >>> 1), 1024);
  const larger = allocate(capacity << 4);
  if (larger === 0) return false;
  memory.copy(larger, bits, vectorCapacity << 4);
  bits = larger;
  vectorCapacity = capacity;
  return true;
}

export function memberSupportAt(at: u32): u32 {
  return support(memberAt(at));
}

export function memberNumberAt(at: u32): u32 {
  return number(memberAt(at));
}

/** @param vector Where the member's bitset begins. */
export function writeMember(
  member: usize,
  place: u32,
  count: u32,
  memberNumber: u32,
  vector: u32,
): void {
  store<u32>(member, place);
  store<u32>(member, count, 4);
  store<u32>(member, memberNumber, 8);
  store<u32>(member, vector, 12);
}

export function writeVector(member: usize, vector: u32): void {
  store<u32>(member, vector, 12);
}

/** Sorts members by support, ties by place: a Shell sort, as there may be few or thousands. */
export function sortMembers(from: u32, to: u32): void {
  let gap: u32 = 1;
  while (gap < (to - from) / 9) gap = 3 * gap + 1;
  for (; gap > 0; gap = (gap - 1) / 3) {
    const step = (gap as usize) * memberBytes;
    const lowest = memberAt(from) + step;
    const end = memberAt(to);
    for (let sorted = lowest; sorted < end; sorted += memberBytes) {
      const key = load<u64>(sorted);
      if (load<u64>(sorted - step) <= key) continue;
      const value = v128.load(sorted);
      let at = sorted;
      do {
        v128.store(at, v128.load(at - step));
        at -= step;
      } while (at >= lowest && load<u64>(at - step) > key);
      v128.store(at, value);
    }
  }
}
