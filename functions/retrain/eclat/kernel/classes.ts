import * as cube from './cube';
import * as job from './job';
import { allocate, nextTask, slotOf, stopped } from './memory';
import * as report from './report';
import * as search from './search';
import * as slices from './slices';

/**
 * Mines class after class: the twin of ../plain/classes.ts, which explains classes. A thread takes
 * the next class from the list that all share; when none is left, it helps with one that takes
 * another thread long.
 */

/** Outcomes of `advance`; the first ones are those of `search.searchOn`. */
const ended = search.ended;
const more = search.more;
const full = search.full;
const noMemory = search.noMemory;
/** Nothing to do at present, but another thread may get to a class that takes it long. */
const idle: i32 = 4;

const taking: u32 = 0;
const counting: u32 = 1;
const collecting: u32 = 2;
const projecting: u32 = 3;
const pairing: u32 = 4;
const searching: u32 = 5;
let phase: u32 = 0;

/** Starts whose rows are touched together, so that their cache misses overlap. */
const batch: usize = 32;
/** A triangle of counts is kept up to so many members: it fits in a cache. */
const mostPaired: u32 = 2048;
/** Work spent in one class's search after which others may help with it. */
const longWork: i32 = 1 << 15;

// A thread's slot: the class it is in + 1, whether that takes long, weight done, itemsets, and items
// of those that are kept.
const slotClass: usize = 0;
const slotLong: usize = 4;
const slotWeight: usize = 8;
const slotItemsets: usize = 16;
const slotItems: usize = 24;

/** Rank to rows of the class that hold it (16 or 32 bits); all 0 between classes. */
let counts: usize = 0;
/** Rank to its number among the root's members + 1, or 0 (bits as ranks); 0 between classes. */
let numberOf: usize = 0;
/** Frequent ranks of the class, and their supports. */
let partners: usize = 0;
let partnerSupports: usize = 0;
let partnerCount: u32 = 0;
/** Members' numbers in each row of the class, the rows' ends, and what there is room for. */
let rowMembers: usize = 0;
let rowMemberBytes: usize = 0;
let rowOffsets: usize = 0;
let rowCapacity: usize = 0;
let rowCount: u32 = 0;
/** Words of the rows' bitsets with members, how many, and how many are still few. */
let masks: usize = 0;
let masked: u32 = 0;
const mostMasked: u32 = 32;
/** Pairs in those rows. */
let pairWork: u64 = 0;
/** Member's number to caller's code, to frequent pairs it is in, and to its bitset + 1. */
let memberCodes: usize = 0;
let degrees: usize = 0;
let bitsetOf: usize = 0;
/** The triangle of pairs' counts. */
let pairs: usize = 0;
let pairBytes: usize = 0;
let pairsUsed: bool = false;

// The class.
let rank: u32 = 0;
let owned: bool = false;
let support: u32 = 0;
let at: u32 = 0;
let end: u32 = 0;
/** Whether counts have 32 bits. */
let deep: bool = false;
let memberCount: u32 = 0;
let firstMember: u32 = 0;
let perfectCount: u32 = 0;
let occurrences: usize = 0;
let searched: i32 = 0;
let helped: u32 = 0;
/** So that touching rows has an effect. */
let touched: u32 = 0;

/** False when there is no memory. */
export function openClasses(): bool {
  const words = ((job.rankCount as usize) + 16) << 2;
  const block = allocate(8 * words + 16 * (mostMasked as usize));
  if (block === 0) return false;
  memory.fill(block, 0, 2 * words);
  counts = block;
  numberOf = block + words;
  partners = block + 2 * words;
  partnerSupports = block + 3 * words;
  memberCodes = block + 4 * words;
  degrees = block + 5 * words;
  bitsetOf = block + 6 * words;
  masks = block + 8 * words;
  rowMemberBytes = 0;
  rowCapacity = 0;
  pairBytes = 0;
  phase = taking;
  helped = 0;
  store<u32>(job.slot, 0, slotClass);
  store<u32>(job.slot, 0, slotLong);
  store<f64>(job.slot, 0, slotWeight);
  store<f64>(job.slot, 0, slotItemsets);
  store<f64>(job.slot, 0, slotItems);
  return true;
}

function word(array: usize, index: u32): u32 {
  return load<u32>(array + ((index as usize) << 2));
}

function setWord(array: usize, index: u32, value: u32): void {
  store<u32>(array + ((index as usize) << 2), value);
}

/**
 * Goes on with mining for about so much work, a unit of which takes about a nanosecond.
 * @returns what the host is to do: see the constants above.
 */
export function advance(budget: i32): i32 {
  let outcome = more;
  while (budget > 0 && outcome === more) {
    if (phase === taking) {
      if (job.keeping && report.partsFull()) outcome = full;
      else if (stopped()) outcome = ended;
      else outcome = take();
      budget -= 64;
    } else if (phase === counting && job.bitRows !== 0) {
      const work = countSlices();
      if (work < 0 || !place()) outcome = noMemory;
      budget -= work;
    } else if (phase === counting) {
      budget -= countRows();
    } else if (phase === collecting) {
      budget -= collect();
      if (!place()) outcome = noMemory;
      // What the root makes with them has been counted by now, length by length.
      budget -= perfectCount as i32;
    } else if (phase === projecting) {
      budget -= projectRows();
      if (at === end && !startPairs()) outcome = noMemory;
    } else if (phase === pairing) {
      budget -= pairRows();
      if (at === rowCount && !startSearch()) outcome = noMemory;
    } else {
      const step = min(budget, longWork);
      outcome = search.searchOn(step);
      budget -= step - search.left;
      if (outcome === ended) {
        endClass();
        outcome = more;
      } else if (searched++ === 1) {
        atomic.store<u32>(job.slot, 1, slotLong);
      }
    }
  }
  store<f64>(job.slot, report.total, slotItemsets);
  store<f64>(job.slot, report.totalItems + (report.items as f64), slotItems);
  return outcome;
}

/** Opens the next class, or one that another thread takes long for. */
function take(): i32 {
  const task = nextTask();
  owned = task < job.rankCount;
  atomic.store<u32>(job.slot, 0, slotLong);
  atomic.store<u32>(job.slot, owned ? word(job.order, task) + 1 : 0, slotClass);
  if (owned) {
    rank = word(job.order, task);
  } else {
    const other = longest();
    if (other === 0) return idle;
    if (other === ~0) return ended;
    rank = other - 1;
    helped = other;
  }
  support = word(job.supports, rank);
  at = word(job.startOffsets, rank);
  end = word(job.startOffsets, rank + 1);
  if (job.target === job.all && job.maxLength < 2) end = at;
  deep = support > 0xffff;
  phase = counting;
  return more;
}

/** A class (rank + 1) that some other thread takes long for; 0: perhaps later; ~0: no more. */
function longest(): u32 {
  let busy = false;
  for (let other: u32 = 0; other < job.threads; other++) {
    if (other === job.thread) continue;
    const otherSlot = slotOf(other);
    const itsClass = atomic.load<u32>(otherSlot, slotClass);
    if (itsClass === 0) continue;
    busy = true;
    if (itsClass !== helped && atomic.load<u32>(otherSlot, slotLong) !== 0) return itsClass;
  }
  return busy ? 0 : ~0;
}

function endClass(): void {
  if (owned) {
    const starts = word(job.startOffsets, rank + 1) - word(job.startOffsets, rank);
    store<f64>(job.slot, load<f64>(job.slot, slotWeight) + (starts as f64), slotWeight);
  }
  phase = taking;
}

/** How many rows are gone through before the budget is looked at. */
const rowsPerStep: u32 = 1 << 12;

/** Counts what is in some rows of the class. */
function countRows(): i32 {
  const to = min(end, at + rowsPerStep);
  let work: usize;
  if (job.wide) work = deep ? countRowsOf<u32, u32>(to) : countRowsOf<u32, u16>(to);
  else work = deep ? countRowsOf<u16, u32>(to) : countRowsOf<u16, u16>(to);
  at = to;
  if (at === end) phase = collecting;
  return (work as i32) + 64;
}

function countRowsOf<T, C>(to: u32): usize {
  // Closed itemsets ask for what is less frequent than the item, too.
  const last = (job.target === job.all ? rank : -1) as T;
  const before = job.starts + ((to as usize) << 2);
  let work: usize = 0;
  let start = job.starts + ((at as usize) << 2);
  let sum = touched;
  while (start < before) {
    const stop = min(before, start + batch * 4);
    for (let next = start; next < stop; next += 4) {
      const begin = job.rows + (load<u32>(next) as usize) * sizeof<T>();
      sum += load<u16>(begin) as u32;
      sum += load<u16>(begin, 64) as u32;
    }
    for (; start < stop; start += 4) {
      const begin = job.rows + (load<u32>(start) as usize) * sizeof<T>();
      let from = begin;
      for (;;) {
        const other = load<T>(from);
        if (other === last) break;
        const count = counts + (other as usize) * sizeof<C>();
        store<C>(count, (load<C>(count) + 1) as C);
        from += sizeof<T>();
      }
      work += from - begin;
    }
  }
  touched = sum;
  return work / sizeof<T>();
}

/** Counts and collects from rows that are bitsets; returns the work, or -1 without memory. */
function countSlices(): i32 {
  const count = end - at;
  partnerCount = 0;
  // Rows that begin with the item are not listed, so these may be fewer than its support.
  if (count < job.minSupport) return 64;
  if (!slices.openRows(job.starts + ((at as usize) << 2), count)) return -1;
  const highest = job.target === job.all ? rank : job.rankCount;
  const parts = (highest + 127) >>> 7;
  for (let index: u32 = 0; index < parts; index++) {
    slices.addUp(index);
    const frequent = slices.atLeast(job.minSupport);
    if (!v128.any_true(frequent)) continue;
    collectBits(index << 7, i64x2.extract_lane(frequent, 0), highest);
    collectBits((index << 7) + 64, i64x2.extract_lane(frequent, 1), highest);
  }
  return ((parts * count) as i32) + 64;
}

function collectBits(first: u32, frequent: u64, highest: u32): void {
  for (let bits = frequent; bits !== 0; bits &= bits - 1) {
    const partner = first + (ctz(bits) as u32);
    if (partner >= highest) return;
    if (partner !== rank) addPartner(partner, slices.countOf(partner & 127));
  }
}

/** Collects what is frequent, in the order of ranks, and sets the counts back to 0. */
function collect(): i32 {
  const highest = job.target === job.all ? rank : job.rankCount;
  partnerCount = 0;
  if (!job.wide || ((end - word(job.startOffsets, rank)) as u64) * 256 > highest) {
    if (deep) collectAll<u32>(highest);
    else collectAll<u16>(highest);
    return (highest >>> 3) as i32;
  }
  if (deep) collectTouched<u32>();
  else collectTouched<u16>();
  // Members are put in order by place: the rank, here.
  for (let i: u32 = 1; i < partnerCount; i++) {
    const partner = word(partners, i);
    const partnerSupport = word(partnerSupports, i);
    let to = i;
    while (to > 0 && word(partners, to - 1) > partner) {
      setWord(partners, to, word(partners, to - 1));
      setWord(partnerSupports, to, word(partnerSupports, to - 1));
      to--;
    }
    setWord(partners, to, partner);
    setWord(partnerSupports, to, partnerSupport);
  }
  return 64;
}

function addPartner(partner: u32, count: u32): void {
  setWord(partners, partnerCount, partner);
  setWord(partnerSupports, partnerCount, count);
  partnerCount++;
}

/** Goes through all counts, a vector at a time. */
function collectAll<C>(highest: u32): void {
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
function collectTouched<C>(): void {
  const last: u32 = job.target === job.all ? rank : -1;
  const from = word(job.startOffsets, rank);
  for (let start = from; start < end; start++) {
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

/** Makes the partners members of the root, or perfect extensions of its item. */
function place(): bool {
  if (!search.reserveMembers(partnerCount)) return false;
  perfectCount = 0;
  memberCount = 0;
  firstMember = 0;
  occurrences = 0;
  for (let i: u32 = 0; i < partnerCount; i++) {
    const partner = word(partners, i);
    const together = word(partnerSupports, i);
    if (together === support) {
      if (partner > rank) {
        // Found in the class of that item, which is rarer, with this one as a perfect extension.
        endClass();
        return true;
      }
      search.addPerfect(perfectCount++, word(job.codes, partner));
    } else {
      setWord(memberCodes, memberCount, word(job.codes, partner));
      setWord(partners, memberCount, partner);
      setWord(partnerSupports, memberCount, together);
      occurrences += together;
      memberCount++;
    }
  }
  // Numbers go by rank; those of less frequent items come last, and stand first on the stack.
  let fewer: u32 = 0;
  while (fewer < memberCount && word(partners, fewer) < rank) fewer++;
  firstMember = memberCount - fewer;
  for (let number: u32 = 0; number < memberCount; number++) {
    const to = number < fewer ? firstMember + number : number - fewer;
    search.setMember(to, to, word(partnerSupports, number), number);
  }
  search.sortMembers(firstMember, memberCount);
  cube.closeHead();
  pairsUsed = false;
  rowCount = 0;
  if (memberCount < 2 || (job.target === job.all && job.maxLength < 3)) {
    search.describeClass(rank, memberCodes, memberCount, 0, false);
    return openRoot(0);
  }
  for (let number: u32 = 0; number < memberCount; number++) {
    const partner = word(partners, number) as usize;
    if (job.wide) store<u32>(numberOf + (partner << 2), number + 1);
    else store<u16>(numberOf + (partner << 1), (number + 1) as u16);
  }
  const size: usize = job.wide ? 4 : 2;
  const bytes = occurrences * size + 16;
  if (bytes > rowMemberBytes) {
    rowMemberBytes = 2 * bytes;
    rowMembers = allocate(rowMemberBytes);
    if (rowMembers === 0) return false;
  }
  at = word(job.startOffsets, rank);
  const rows = ((end - at) as usize) + 1;
  if (rows > rowCapacity) {
    rowCapacity = 2 * rows;
    rowOffsets = allocate(rowCapacity << 2);
    if (rowOffsets === 0) return false;
  }
  setWord(rowOffsets, 0, rowMembers as u32);
  pairWork = 0;
  maskMembers();
  phase = projecting;
  return true;
}

/** Cuts some rows to members' numbers, and drops those that have less than two. */
function projectRows(): i32 {
  const to = min(end, at + rowsPerStep);
  let work: usize;
  if (masked > 0) work = projectBits(to);
  else work = job.wide ? projectRowsOf<u32>(to) : projectRowsOf<u16>(to);
  at = to;
  return (work as i32) + 64;
}

/** Where the row of a start begins. */
function rowAt<T>(start: usize): usize {
  let position = load<u32>(start) as usize;
  if (job.bitRows !== 0) position = load<u32>(job.rowStarts + (position << 2)) as usize;
  return job.rows + position * sizeof<T>();
}

function projectRowsOf<T>(to: u32): usize {
  const last = (job.target === job.all ? rank : -1) as T;
  const before = job.starts + ((to as usize) << 2);
  let row = rowCount;
  let write = word(rowOffsets, row) as usize;
  let sum = touched;
  let work: usize = 0;
  let pairsFound: u64 = 0;
  let start = job.starts + ((at as usize) << 2);
  while (start < before) {
    const stop = min(before, start + batch * 4);
    for (let next = start; next < stop; next += 4) {
      sum += load<u16>(rowAt<T>(next)) as u32;
      sum += load<u16>(rowAt<T>(next), 64) as u32;
    }
    for (; start < stop; start += 4) {
      const begin = rowAt<T>(start);
      const rowBegin = write;
      let from = begin;
      for (;;) {
        const other = load<T>(from);
        if (other === last) break;
        from += sizeof<T>();
        const number = load<T>(numberOf + (other as usize) * sizeof<T>());
        // Written always and counted if it is a member: a branch would be guessed wrong too often.
        store<T>(write, (number - 1) as T);
        write += number !== 0 ? sizeof<T>() : 0;
      }
      work += from - begin;
      const size = (write - rowBegin) / sizeof<T>();
      if (size < 2) {
        write = rowBegin;
      } else {
        pairsFound += ((size * (size - 1)) >>> 1) as u64;
        row++;
        setWord(rowOffsets, row, write as u32);
      }
    }
  }
  touched = sum;
  rowCount = row;
  pairWork += pairsFound;
  return work / sizeof<T>();
}

/**
 * Lists the words of the rows' bitsets that members are in, if there are few: to look at these is
 * less work than to go through the rows.
 */
function maskMembers(): void {
  masked = 0;
  if (job.bitRows === 0) return;
  let last: u32 = -1;
  for (let number: u32 = 0; number < memberCount; number++) {
    const partner = word(partners, number);
    const index = partner >>> 6;
    if (index !== last) {
      if (masked === mostMasked) {
        masked = 0;
        return;
      }
      store<u32>(masks + ((masked as usize) << 4), index << 3);
      store<u64>(masks + ((masked as usize) << 4), 0, 8);
      masked++;
      last = index;
    }
    const mask = masks + (((masked - 1) as usize) << 4);
    store<u64>(mask, load<u64>(mask, 8) | ((1 as u64) << (partner & 63)), 8);
  }
}

function projectBits(to: u32): usize {
  const before = job.starts + ((to as usize) << 2);
  const masksEnd = masks + ((masked as usize) << 4);
  let row = rowCount;
  let write = word(rowOffsets, row) as usize;
  for (let start = job.starts + ((at as usize) << 2); start < before; start += 4) {
    const bitRow = job.bitRows + (load<u32>(start) as usize) * (job.bitRowBytes as usize);
    const rowBegin = write;
    for (let mask = masks; mask < masksEnd; mask += 16) {
      const from = load<u32>(mask);
      const members = load<u64>(bitRow + (from as usize)) & load<u64>(mask, 8);
      for (let bits = members; bits !== 0; bits &= bits - 1) {
        const partner = (from << 3) + (ctz(bits) as u32);
        store<u16>(write, load<u16>(numberOf + ((partner as usize) << 1)) - 1);
        write += 2;
      }
    }
    const size = (write - rowBegin) >>> 1;
    if (size < 2) {
      write = rowBegin;
    } else {
      pairWork += ((size * (size - 1)) >>> 1) as u64;
      row++;
      setWord(rowOffsets, row, write as u32);
    }
  }
  rowCount = row;
  return ((to - at) as usize) * (masked as usize);
}

/** Decides whether all pairs of members are counted from the rows, or from bitsets. */
function startPairs(): bool {
  for (let number: u32 = 0; number < memberCount; number++) {
    const partner = word(partners, number) as usize;
    if (job.wide) store<u32>(numberOf + (partner << 2), 0);
    else store<u16>(numberOf + (partner << 1), 0);
  }
  const count = ((memberCount as u64) * (memberCount - 1)) >>> 1;
  const vectors = (rowCount + 127) >>> 7;
  pairsUsed = memberCount <= mostPaired && pairWork + count / 4 < count * (vectors + 2);
  at = 0;
  if (!pairsUsed) {
    at = rowCount;
    phase = pairing;
    return true;
  }
  const bytes = ((count as usize) + 8) << (deep ? 2 : 1);
  if (bytes > pairBytes) {
    pairBytes = 2 * bytes;
    pairs = allocate(pairBytes);
    if (pairs === 0) return false;
  }
  memory.fill(pairs, 0, bytes);
  phase = pairing;
  return true;
}

/** Counts the pairs in some rows. */
function pairRows(): i32 {
  const to = min(rowCount, at + 1024);
  let work: usize;
  if (job.wide) work = deep ? pairRowsOf<u32, u32>(to) : pairRowsOf<u32, u16>(to);
  else work = deep ? pairRowsOf<u16, u32>(to) : pairRowsOf<u16, u16>(to);
  at = to;
  return (work as i32) + 64;
}

function pairRowsOf<T, C>(to: u32): usize {
  let work: usize = 0;
  for (let row = at; row < to; row++) {
    const rowEnd = word(rowOffsets, row + 1) as usize;
    for (let one = word(rowOffsets, row) as usize; one < rowEnd; one += sizeof<T>()) {
      const number = load<T>(one) as u32;
      const index = (number * (2 * memberCount - number - 1)) / 2 - number - 1;
      const base = pairs + (index as usize) * sizeof<C>();
      for (let other = one + sizeof<T>(); other < rowEnd; other += sizeof<T>()) {
        const count = base + (load<T>(other) as usize) * sizeof<C>();
        store<C>(count, (load<C>(count) + 1) as C);
      }
      work += rowEnd - one;
    }
  }
  return work / sizeof<T>();
}

/** Counts the frequent pairs that each member is in. */
function countDegrees<C>(): void {
  memory.fill(degrees, 0, (memberCount as usize) << 2);
  let count = pairs;
  for (let one: u32 = 0; one < memberCount; one++) {
    let found: u32 = 0;
    for (let other = one + 1; other < memberCount; other++) {
      if ((load<C>(count) as u32) >= job.minSupport) {
        found++;
        setWord(degrees, other, word(degrees, other) + 1);
      }
      count += sizeof<C>();
    }
    setWord(degrees, one, word(degrees, one) + found);
  }
}

/** Gives the members bitsets over the rows, and opens the search. */
function startSearch(): bool {
  search.describeClass(rank, memberCodes, memberCount, pairsUsed ? pairs : 0, deep);
  if (!pairsUsed && cube.isPromising(memberCount, support)) {
    const stride = cube.openHead(rowOffsets, rowCount, memberCount, deep);
    if (stride < 0) return false;
    if (stride > 0) return startCubes(stride as u32);
  }
  let bitsets: u32 = memberCount;
  if (pairsUsed) {
    if (job.target === job.all && job.maxLength < 4) return openRoot(0);
    if (deep) countDegrees<u32>();
    else countDegrees<u16>();
    // Only what is in two frequent pairs can be in an itemset with two more.
    bitsets = 0;
    for (let number: u32 = 0; number < memberCount; number++) {
      setWord(bitsetOf, number, word(degrees, number) < 2 ? 0 : ++bitsets);
    }
    if (bitsets < 3) return openRoot(0);
    if (job.wide) narrowRows<u32>();
    else narrowRows<u16>();
  } else {
    for (let number: u32 = 0; number < memberCount; number++) {
      setWord(bitsetOf, number, number + 1);
    }
  }
  const stride = (rowCount + 127) >>> 7;
  const vectors = (bitsets as usize) * stride;
  if (!search.reserveVectors(vectors)) return false;
  const bits = search.rootBits();
  memory.fill(bits, 0, vectors << 4);
  if (job.wide) setBits<u32>(bits, stride);
  else setBits<u16>(bits, stride);
  for (let i: u32 = 0; i < memberCount; i++) {
    const own = word(bitsetOf, search.memberNumberAt(i));
    if (own > 0) search.setMemberVector(i, (own - 1) * stride);
  }
  search.describeBits(stride);
  if (!pairsUsed) search.describeRows(rowOffsets, rowCount, job.wide);
  return openRoot(vectors as u32);
}

/** Cuts the rows to members that have a bitset, and drops those that have less than three. */
function narrowRows<T>(): void {
  let row: u32 = 0;
  let write = word(rowOffsets, 0) as usize;
  let from = write;
  for (let old: u32 = 0; old < rowCount; old++) {
    const rowEnd = word(rowOffsets, old + 1) as usize;
    const begin = write;
    for (; from < rowEnd; from += sizeof<T>()) {
      const own = word(bitsetOf, load<T>(from) as u32);
      store<T>(write, (own - 1) as T);
      write += own !== 0 ? sizeof<T>() : 0;
    }
    if (write - begin < 3 * sizeof<T>()) {
      write = begin;
    } else {
      row++;
      setWord(rowOffsets, row, write as u32);
    }
  }
  rowCount = row;
}

function setBits<T>(bits: usize, stride: u32): void {
  const bytes = (stride as usize) << 4;
  let from = word(rowOffsets, 0) as usize;
  for (let row: u32 = 0; row < rowCount; row++) {
    const rowEnd = word(rowOffsets, row + 1) as usize;
    const to = bits + ((row as usize) >>> 3);
    const bit = ((1 as u32) << (row & 7)) as u8;
    for (; from < rowEnd; from += sizeof<T>()) {
      const own = to + (load<T>(from) as usize) * bytes;
      store<u8>(own, load<u8>(own) | bit);
    }
  }
}

/** Gives bitsets to the members that are not in the head; the others are counted by pattern. */
function startCubes(stride: u32): bool {
  const vectors = (cube.membersBefore(memberCount) as usize) * stride;
  if (!search.reserveVectors(vectors)) return false;
  const bits = search.rootBits();
  memory.fill(bits, 0, vectors << 4);
  for (let i: u32 = 0; i < cube.membersBefore(memberCount); i++) {
    setWord(bitsetOf, search.memberNumberAt(i), i);
    search.setMemberVector(i, i * stride);
  }
  if (job.wide) setBitsInOrder<u32>(bits, stride);
  else setBitsInOrder<u16>(bits, stride);
  search.describeBits(stride);
  return openRoot(vectors as u32);
}

function setBitsInOrder<T>(bits: usize, stride: u32): void {
  const bytes = (stride as usize) << 4;
  let from = word(rowOffsets, 0) as usize;
  for (let row: u32 = 0; row < rowCount; row++) {
    const rowEnd = word(rowOffsets, row + 1) as usize;
    const place = cube.takePlace(row);
    const to = bits + ((place as usize) >>> 3);
    const bit = ((1 as u32) << (place & 7)) as u8;
    for (; from < rowEnd; from += sizeof<T>()) {
      const number = load<T>(from) as u32;
      if (cube.isInHead(number)) continue;
      const own = to + (word(bitsetOf, number) as usize) * bytes;
      store<u8>(own, load<u8>(own) | bit);
    }
  }
}

function openRoot(vectors: u32): bool {
  const before = cube.membersBefore(memberCount);
  search.openRoot(firstMember, before, perfectCount, vectors, owned);
  searched = 0;
  phase = searching;
  return true;
}
