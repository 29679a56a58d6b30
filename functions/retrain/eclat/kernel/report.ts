import * as job from './job';
import { allocate } from './memory';

/**
 * What is found: counted by length, and written to a buffer that the host empties when it is full.
 */

/** Length to itemsets (64-bit floating point, as there may be more than integers can hold). */
export let byLength: usize = 0;
/** Itemsets of wanted lengths. */
export let total: f64 = 0;
/** Items that have left the buffer. */
export let totalItems: f64 = 0;

/** Itemsets in the buffer, items in it, and parts. */
export let itemsets: u32 = 0;
export let items: u32 = 0;
export let parts: u32 = 0;
/** Itemset to support and to length; items; part to class, first member and first itemset. */
export let supports: usize = 0;
export let lengths: usize = 0;
export let itemBuffer: usize = 0;
export let partBuffer: usize = 0;

const itemsetCapacity: u32 = 1 << 14;
const partCapacity: u32 = 1 << 12;
let itemCapacity: u32 = 0;

/** False when there is no memory. */
export function openReport(): bool {
  const lengthBytes = ((job.longestRow as usize) + 2) << 3;
  byLength = allocate(lengthBytes);
  if (byLength === 0) return false;
  memory.fill(byLength, 0, lengthBytes);
  total = 0;
  items = 0;
  emptied();
  totalItems = 0;
  if (!job.keeping) return true;
  itemCapacity = max(1 << 16, job.longestRow + 1);
  supports = allocate((itemsetCapacity as usize) << 2);
  lengths = allocate((itemsetCapacity as usize) << 2);
  itemBuffer = allocate((itemCapacity as usize) << 2);
  partBuffer = allocate((partCapacity as usize) * 12);
  return supports !== 0 && lengths !== 0 && itemBuffer !== 0 && partBuffer !== 0;
}

/** The host has taken what is in the buffer. */
export function emptied(): void {
  totalItems += items as f64;
  itemsets = 0;
  items = 0;
  parts = 0;
}

/** Whether one more itemset of so many items may not fit. */
export function isFull(length: u32): bool {
  return itemsets === itemsetCapacity || items + length > itemCapacity;
}

/** Whether one more part may not fit. */
export function partsFull(): bool {
  return parts === partCapacity;
}

/** From here on itemsets belong to these members of a class's root; 0 is the root itself. */
export function beginPart(rank: u32, member: u32): void {
  const part = partBuffer + (parts as usize) * 12;
  store<u32>(part, rank);
  store<u32>(part, member, 4);
  store<u32>(part, itemsets, 8);
  parts++;
}

/** Counts itemsets of `length` items, each with all that adding perfect extensions makes of it. */
export function tally(length: u32, perfect: u32, times: f64): void {
  const longest = min(length + perfect, job.maxLength);
  let subsets = times;
  for (let l = length; l <= longest; l++) {
    if (l >= job.minLength) {
      const count = byLength + ((l as usize) << 3);
      store<f64>(count, load<f64>(count) + subsets);
      total += subsets;
    }
    // From (perfect over k) to (perfect over k + 1), where k items have been added.
    const added = (l - length) as f64;
    subsets = (subsets * ((perfect as f64) - added)) / (added + 1);
  }
}

/** Counts one itemset as it is. */
export function tallyOne(length: u32): void {
  if (length < job.minLength || length > job.maxLength) return;
  const count = byLength + ((length as usize) << 3);
  store<f64>(count, load<f64>(count) + 1);
  total += 1;
}

/** Begins an itemset in the buffer, if there is room. */
export function beginItemset(support: u32, length: u32): void {
  store<u32>(supports + ((itemsets as usize) << 2), support);
  store<u32>(lengths + ((itemsets as usize) << 2), length);
  itemsets++;
}

/** Adds the next item of the itemset begun last, so that its items ascend. @param size Before. */
export function addItem(code: u32, size: u32): void {
  const begin = itemBuffer + (((items - size) as usize) << 2);
  let at = itemBuffer + ((items as usize) << 2);
  while (at > begin && load<u32>(at - 4) > code) {
    store<u32>(at, load<u32>(at - 4));
    at -= 4;
  }
  store<u32>(at, code);
  items++;
}
