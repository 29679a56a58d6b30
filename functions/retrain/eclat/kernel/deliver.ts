import * as job from './job';
import { memberCount, rowCount, rowOffsets } from './memberRows';
import { allocate, word } from './memory';

/**
 * Counts the rows that one of a class's members shares with each other one by going through its
 * rows: occurrence deliver again. In a class of many members, few of them in each row, most pairs are
 * infrequent and need no bitset.
 */

/** Member to rows that it shares with the one that is looked at. */
let counts: usize = 0;
let capacity: u32 = 0;

export function openDeliver(): void {
  capacity = 0;
}

/** Whether this is less work than intersecting with all others. @param stride Vectors of a bitset. */
export function isLessWork(support: u32, others: u32, stride: u32): bool {
  if (rowCount === 0 || others === 0) return false;
  const occurrences = (word(rowOffsets, rowCount) - word(rowOffsets, 0)) / (job.wide ? 4 : 2);
  const perRow = occurrences / rowCount + 1;
  return (support as u64) * perRow * 2 < (others as u64) * stride;
}

/** Counts for the member that has this bitset; false when there is no memory. */
export function countMembers(bitset: usize, stride: u32): bool {
  if (memberCount > capacity) {
    capacity = 2 * memberCount;
    counts = allocate((capacity as usize) << 2);
    if (counts === 0) return false;
  }
  memory.fill(counts, 0, (memberCount as usize) << 2);
  for (let i: u32 = 0; i < 2 * stride; i++) {
    for (let bits = load<u64>(bitset + ((i as usize) << 3)); bits !== 0; bits &= bits - 1) {
      const row = (i << 6) + (ctz(bits) as u32);
      if (job.wide) countRow<u32>(row);
      else countRow<u16>(row);
    }
  }
  return true;
}

function countRow<T>(row: u32): void {
  const end = word(rowOffsets, row + 1) as usize;
  for (let at = word(rowOffsets, row) as usize; at < end; at += sizeof<T>()) {
    const count = counts + ((load<T>(at) as usize) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
}

/** Rows that a member shares with the one that was counted for. */
export function countOf(member: u32): u32 {
  return word(counts, member);
}
