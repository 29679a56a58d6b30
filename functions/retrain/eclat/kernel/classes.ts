import * as cube from './cube';
import { openDeliver } from './deliver';
import * as job from './job';
import {
  beginRows,
  closeRows,
  cutToMembers,
  endRows,
  narrowRows,
  openMemberRows,
  pairWork,
  rowCount,
  rowOffsets,
  setBits,
} from './memberRows';
import * as members from './members';
import { allocate, nextTask, setWord, slotOf, stopped, word } from './memory';
import * as pairs from './pairs';
import {
  collect,
  countRows,
  countSlices,
  openPartners,
  partnerCount,
  partnerSupports,
  partners,
} from './partners';
import * as report from './report';
import * as search from './search';

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

/** Work spent in one class's search after which others may help with it. */
const longWork: i32 = 1 << 15;

// A thread's slot: the class it is in + 1, whether that takes long, weight done, itemsets, and items
// of those that are kept.
const slotClass: usize = 0;
const slotLong: usize = 4;
const slotWeight: usize = 8;
const slotItemsets: usize = 16;
const slotItems: usize = 24;

/** Member's number to caller's code, and to its bitset + 1. */
let memberCodes: usize = 0;
let bitsetOf: usize = 0;

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
let searched: i32 = 0;
let helped: u32 = 0;

/** False when there is no memory. */
export function openClasses(): bool {
  const words = ((job.rankCount as usize) + 16) << 2;
  const block = allocate(2 * words);
  if (block === 0 || !openPartners() || !openMemberRows() || !pairs.openPairs()) return false;
  openDeliver();
  memberCodes = block;
  bitsetOf = block + words;
  phase = taking;
  helped = 0;
  store<u32>(job.slot, 0, slotClass);
  store<u32>(job.slot, 0, slotLong);
  store<f64>(job.slot, 0, slotWeight);
  store<f64>(job.slot, 0, slotItemsets);
  store<f64>(job.slot, 0, slotItems);
  return true;
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
      const work = countSlices(rank, at, end);
      if (work < 0 || !place()) outcome = noMemory;
      budget -= work + (perfectCount as i32);
    } else if (phase === counting) {
      const to = min(end, at + rowsPerStep);
      budget -= countRows(rank, deep, at, to);
      at = to;
      if (at === end) phase = collecting;
    } else if (phase === collecting) {
      budget -= collect(rank, deep, word(job.startOffsets, rank), end);
      if (!place()) outcome = noMemory;
      // What the root makes with them has been counted by now, length by length.
      budget -= perfectCount as i32;
    } else if (phase === projecting) {
      const to = min(end, at + rowsPerStep);
      budget -= cutToMembers(rank, at, to);
      at = to;
      if (at === end && !startPairs()) outcome = noMemory;
    } else if (phase === pairing) {
      const to = min(at + 1024, pairs.isOpen ? rowCount : 0);
      budget -= pairs.pairRows(at, to);
      at = to;
      if ((!pairs.isOpen || at === rowCount) && !startSearch()) outcome = noMemory;
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

/** Makes the partners members of the root, or perfect extensions of its item. */
function place(): bool {
  if (!members.reserveMembers(partnerCount)) return false;
  perfectCount = 0;
  memberCount = 0;
  firstMember = 0;
  let occurrences: usize = 0;
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
    members.writeMember(members.memberAt(to), to, word(partnerSupports, number), number, 0);
  }
  members.sortMembers(firstMember, memberCount);
  cube.closeHead();
  pairs.closeTriangle();
  closeRows();
  if (memberCount < 2 || (job.target === job.all && job.maxLength < 3)) {
    search.describeClass(rank, memberCodes);
    return openRoot(0);
  }
  at = word(job.startOffsets, rank);
  if (!beginRows(partners, memberCount, end - at, occurrences)) return false;
  phase = projecting;
  return true;
}

/** Decides whether all pairs of members are counted from the rows, or from bitsets. */
function startPairs(): bool {
  endRows(partners);
  const count = ((memberCount as u64) * (memberCount - 1)) >>> 1;
  const vectors = (rowCount + 127) >>> 7;
  at = 0;
  phase = pairing;
  if (memberCount > pairs.mostPaired || pairWork + count / 4 >= count * (vectors + 2)) return true;
  return pairs.openTriangle(memberCount, deep);
}

/** Gives the members bitsets over the rows, and opens the search. */
function startSearch(): bool {
  search.describeClass(rank, memberCodes);
  if (!pairs.isOpen && cube.isPromising(memberCount, support)) {
    const stride = cube.openHead(rowOffsets, rowCount, memberCount, deep);
    if (stride < 0) return false;
    if (stride > 0) return startCubes(stride as u32);
  }
  let bitsets: u32 = memberCount;
  if (pairs.isOpen) {
    pairs.countDegrees();
    if (job.target === job.all && job.maxLength < 4) return openRoot(0);
    // Only what is in two frequent pairs can be in an itemset with two more.
    bitsets = 0;
    for (let number: u32 = 0; number < memberCount; number++) {
      setWord(bitsetOf, number, pairs.degreeOf(number) < 2 ? 0 : ++bitsets);
    }
    if (bitsets < 3) return openRoot(0);
    narrowRows(bitsetOf);
  } else {
    for (let number: u32 = 0; number < memberCount; number++) {
      setWord(bitsetOf, number, number + 1);
    }
  }
  const stride = (rowCount + 127) >>> 7;
  const vectors = (bitsets as usize) * stride;
  if (!members.reserveVectors(vectors)) return false;
  const bits = members.bits;
  memory.fill(bits, 0, vectors << 4);
  setBits(bits, stride);
  for (let i: u32 = 0; i < memberCount; i++) {
    const own = word(bitsetOf, members.memberNumberAt(i));
    if (own > 0) members.writeVector(members.memberAt(i), (own - 1) * stride);
  }
  search.describeBits(stride);
  return openRoot(vectors as u32);
}

/** Gives bitsets to the members that are not in the head; the others are counted by pattern. */
function startCubes(stride: u32): bool {
  const vectors = (cube.membersBefore(memberCount) as usize) * stride;
  if (!members.reserveVectors(vectors)) return false;
  const bits = members.bits;
  memory.fill(bits, 0, vectors << 4);
  for (let i: u32 = 0; i < cube.membersBefore(memberCount); i++) {
    setWord(bitsetOf, members.memberNumberAt(i), i);
    members.writeVector(members.memberAt(i), i * stride);
  }
  cube.setBits(rowOffsets, rowCount, bitsetOf, bits, stride);
  search.describeBits(stride);
  return openRoot(vectors as u32);
}

function openRoot(vectors: u32): bool {
  const before = cube.membersBefore(memberCount);
  search.openRoot(firstMember, before, perfectCount, vectors, owned);
  searched = 0;
  phase = searching;
  return true;
}
