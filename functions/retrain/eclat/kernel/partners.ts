import * as job from './job';
import { allocate, setWord, word } from './memory';
import * as slices from './slices';
import { batch, rowAt, touchRows } from './starts';

/** Finds the partners of a class's item: what is frequent in its rows. */

/** Rank to rows of the class that hold it (16 or 32 bits); all 0 between classes. */
let counts: usize = 0;
/** Partners' ranks, ascending, and their supports with the item. */
export let partners: usize = 0;
export let partnerSupports: usize = 0;
export let partnerCount: u32 = 0;

/** False when there is no memory. */
export function openPartners(): bool {
  const words = ((job.rankCount as usize) + 16) << 2;
  counts = allocate(3 * words);
  if (counts === 0) return false;
  memory.fill(counts, 0, words);
  partners = counts + words;
  partnerSupports = counts + 2 * words;
  return slices.openSlices();
}

/**
 * Counts what is in some rows of a class.
 * @param deep Whether counts have 32 bits.
 * @param from @param to Positions in the list of starts.
 * @returns the work.
 */
export function countRows(rank: u32, deep: bool, from: u32, to: u32): i32 {
  let work: usize;
  if (job.wide) {
    work = deep ? countRowsOf<u32, u32>(rank, from, to) : countRowsOf<u32, u16>(rank, from, to);
  } else {
    work = deep ? countRowsOf<u16, u32>(rank, from, to) : countRowsOf<u16, u16>(rank, from, to);
  }
  return (work as i32) + 64;
}

function countRowsOf<T, C>(rank: u32, from: u32, to: u32): usize {
  // Closed itemsets ask for what is less frequent than the item, too.
  const last = (job.target === job.all ? rank : -1) as T;
  const before = job.starts + ((to as usize) << 2);
  let work: usize = 0;
  let start = job.starts + ((from as usize) << 2);
  while (start < before) {
    const stop = min(before, start + batch * 4);
    touchRows<T>(start, stop);
    for (; start < stop; start += 4) {
      const begin = rowAt<T>(start);
      let at = begin;
      for (;;) {
        const other = load<T>(at);
        if (other === last) break;
        const count = counts + (other as usize) * sizeof<C>();
        store<C>(count, (load<C>(count) + 1) as C);
        at += sizeof<T>();
      }
      work += at - begin;
    }
  }
  return work / sizeof<T>();
}

/** Counts and collects from rows that are bitsets; returns the work, or -1 without memory. */
export function countSlices(rank: u32, from: u32, to: u32): i32 {
  const count = to - from;
  partnerCount = 0;
  // Rows that begin with the item are not listed, so these may be fewer than its support.
  if (count < job.minSupport) return 64;
  if (!slices.openRows(job.starts + ((from as usize) << 2), count)) return -1;
  const highest = job.target === job.all ? rank : job.rankCount;
  const parts = (highest + 127) >>> 7;
  for (let index: u32 = 0; index < parts; index++) {
    slices.addUp(index);
    const frequent = slices.atLeast(job.minSupport);
    if (!v128.any_true(frequent)) continue;
    collectBits(index << 7, i64x2.extract_lane(frequent, 0), rank, highest);
    collectBits((index << 7) + 64, i64x2.extract_lane(frequent, 1), rank, highest);
  }
  return ((parts * count) as i32) + 64;
}

function collectBits(first: u32, frequent: u64, rank: u32, highest: u32): void {
  for (let bits = frequent; bits !== 0; bits &= bits - 1) {
    const partner = first + (ctz(bits) as u32);
    if (partner >= highest) return;
    if (partner !== rank) addPartner(partner, slices.countOf(partner & 127));
  }
}

/**
 * Collects what is frequent, in the order of ranks, and sets the counts back to 0.
 * @param from @param to Positions of all the class's starts.
 */
export function collect(rank: u32, deep: bool, from: u32, to: u32): i32 {
  const highest = job.target === job.all ? rank : job.rankCount;
  partnerCount = 0;
  if (!job.wide || ((to - from) as u64) * 256 > highest) {
    if (deep) collectAll<u32>(rank, highest);
    else collectAll<u16>(rank, highest);
    return (highest >>> 3) as i32;
  }
  if (deep) collectTouched<u32>(rank, from, to);
  else collectTouched<u16>(rank, from, to);
  // Members are put in order by place: the rank, here.
  for (let i: u32 = 1; i < partnerCount; i++) {
    const partner = word(partners, i);
    const partnerSupport = word(partnerSupports, i);
    let place = i;
    while (place > 0 && word(partners, place - 1) > partner) {
      setWord(partners, place, word(partners, place - 1));
      setWord(partnerSupports, place, word(partnerSupports, place - 1));
      place--;
    }
    setWord(partners, place, partner);
    setWord(partnerSupports, place, partnerSupport);
  }
  return 64;
}

function addPartner(partner: u32, count: u32): void {
  setWord(partners, partnerCount, partner);
  setWord(partnerSupports, partnerCount, count);
  partnerCount++;
}

/** Goes through all counts, a vector at a time. */
function collectAll<C>(rank: u32, highest: u32): void {
  const lanes: u32 = 16 / sizeof<C>();
  const zero = i32x4.splat(0);
  for (let first: u32 = 0; first < highest; first += lanes) {
    const from = counts + (first as usize) * sizeof<C>();
    const vector = v128.load(from);
    const any =
      sizeof<C>() === 2
        ? v128.any_true(i16x8.ge_u(vector, i16x8.splat(job.minSupport as i16)))
        : v128.any_true(i32x4.ge_u(vector, i32x4.splat(job.minSupport as i32)));
    if (any) {
      for (let lane: u32 = 0; lane < lanes; lane++) {
        const count = load<C>(from + (lane as usize) * sizeof<C>()) as u32;
        const partner = first + lane;
        if (count >= job.minSupport && partner !== rank && partner < highest) {
          addPartner(partner, count);
        }
      }
    }
    v128.store(from, zero);
  }
}

/** Goes through the rows again: they are few. */
function collectTouched<C>(rank: u32, from: u32, to: u32): void {
  const last: u32 = job.target === job.all ? rank : -1;
  for (let start = from; start < to; start++) {
    let other = job.rows + (word(job.starts, start) as usize) * 4;
    for (; load<u32>(other) !== last; other += 4) {
      const partner = load<u32>(other);
      const count = counts + (partner as usize) * sizeof<C>();
      if ((load<C>(count) as u32) >= job.minSupport && partner !== rank) {
        addPartner(partner, load<C>(count) as u32);
      }
      store<C>(count, 0);
    }
  }
}
