import { countIntersection, intersect, writeIntersection } from './bitsets';
import * as cube from './cube';
import * as deliver from './deliver';
import * as job from './job';
import {
  bits,
  bitset,
  memberAt,
  number,
  openMembers,
  reserveMembers,
  reserveVectors,
  sortMembers,
  support,
  writeMember,
  writeVector,
} from './members';
import { allocate, setWord, word } from './memory';
import * as pairs from './pairs';
import * as report from './report';

/**
 * A depth-first search through one class at a time, that can be left and taken up again: the twin
 * of ../plain/search.ts, which explains nodes, members and bitsets.
 *
 * For closed and maximal itemsets a node has, before its members, those that may extend its base but
 * are not to be searched here: less frequent items than the class's, and members searched before.
 * They begin at `backs`.
 */

/** Arrays by node: number of items in its base. */
let baseCodes: usize = 0;
let nodeSupports: usize = 0;
let backs: usize = 0;
let nexts: usize = 0;
let ends: usize = 0;
let perfectEnds: usize = 0;
let vectorEnds: usize = 0;
/** The stack of perfect extensions: the caller's codes. */
let perfect: usize = 0;

/** The open node; 0 is none. */
let node: u32 = 0;
/** Whether the open node's itemset is still to be written, and which perfect extensions with it. */
let writing: bool = false;
let chosen: usize = 0;
let chosenCount: u32 = 0;

// The class.
let rank: u32 = 0;
let membersTaken: usize = 0;
let lastTaken: u32 = 0;
/** Vectors of a bitset. */
let stride: u32 = 0;
/** Member to the caller's code. */
let memberCodes: usize = 0;

/** Outcomes of `searchOn`. */
export const ended: i32 = 0;
export const more: i32 = 1;
export const full: i32 = 2;
export const noMemory: i32 = 3;

/** What a node costs besides its vectors, in vectors. */
const workPerNode: i32 = 16;

export function openSearch(): bool {
  const perNode = ((job.longestRow as usize) + 2) << 2;
  const block = allocate(9 * perNode);
  baseCodes = block;
  nodeSupports = block + perNode;
  backs = block + 2 * perNode;
  nexts = block + 3 * perNode;
  ends = block + 4 * perNode;
  perfectEnds = block + 5 * perNode;
  vectorEnds = block + 6 * perNode;
  perfect = block + 7 * perNode;
  chosen = block + 8 * perNode;
  openMembers();
  node = 0;
  return block !== 0;
}

export function addPerfect(at: u32, code: u32): void {
  setWord(perfect, at, code);
}

/** What the search needs to know of the class; see the variables. */
export function describeClass(classRank: u32, codesOfMembers: usize): void {
  rank = classRank;
  memberCodes = codesOfMembers;
  stride = 0;
}

export function describeBits(vectorsOfEach: u32): void {
  stride = vectorsOfEach;
}

/**
 * Opens the class's root, whose members are in place.
 * @param first The first member to be searched; those before it are of less frequent items.
 * @param owned Whether this thread reports the root; another one only helps with its members.
 */
export function openRoot(first: u32, end: u32, perfectEnd: u32, vectorEnd: u32, owned: bool): void {
  setWord(perfectEnds, 0, 0);
  setWord(ends, 0, 0);
  membersTaken = job.taken + ((rank as usize) << 2);
  lastTaken = 0;
  setWord(backs, 1, 0);
  openNode(word(job.codes, rank), word(job.supports, rank), first, end, perfectEnd, vectorEnd);
  setWord(backs, 1, 0);
  if (owned) {
    if (job.keeping) report.beginPart(rank, 0);
    reportNode(end === 0);
    if (cube.isOpen) cube.countRoot(perfectEnd);
  } else {
    lastTaken = ~0;
  }
}

/** The open node gets a child. Its members and perfect extensions are in place already. */
function openNode(
  code: u32,
  nodeSupport: u32,
  first: u32,
  end: u32,
  perfectEnd: u32,
  vectorEnd: u32,
): void {
  setWord(baseCodes, node, code);
  node++;
  setWord(nodeSupports, node, nodeSupport);
  setWord(nexts, node, first);
  setWord(ends, node, end);
  setWord(perfectEnds, node, perfectEnd);
  setWord(vectorEnds, node, vectorEnd);
  writing = false;
}

/** Counts the open node's itemset, if it is wanted, and says that it is to be written. */
function reportNode(isMaximal: bool): void {
  const extensions = word(perfectEnds, node);
  if (job.target === job.all) {
    report.tally(node, extensions, 1);
    writing = job.keeping;
  } else if (job.target === job.closed || isMaximal) {
    report.tallyOne(node + extensions);
    writing =
      job.keeping && node + extensions >= job.minLength && node + extensions <= job.maxLength;
  }
  chosenCount = 0;
}

/** Goes on until the class is done, the work is, or the buffer is full. */
export function searchOn(budget: i32): i32 {
  while (node > 0) {
    if (writing) {
      const length = node + (job.target === job.all ? chosenCount : word(perfectEnds, node));
      if (report.isFull(length)) return full;
      writeItemset();
      budget -= length as i32;
    } else if (job.keeping && report.partsFull()) {
      return full;
    } else {
      const member = nextMember();
      if (member === word(ends, node)) {
        node--;
      } else if (isLeaf(member)) {
        report.tally(node + 1, word(perfectEnds, node), 1);
        budget--;
      } else {
        const work = extend(member);
        if (work < 0) return noMemory;
        budget -= work;
      }
    }
    if (budget < 0) {
      left = budget;
      return more;
    }
  }
  left = budget;
  return ended;
}

/** What is left of the budget; below 0 when more was done. */
export let left: i32 = 0;

/** Whether nothing can come of a member but one itemset to be counted. */
function isLeaf(member: u32): bool {
  if (job.target !== job.all || job.keeping || cube.isOpen) return false;
  if (node === 1 && hasNoPair(member)) return true;
  return member + 1 === word(ends, node) || node + 1 >= job.maxLength;
}

/** Whether it is known of one of the root's members that it is frequent with no other. */
function hasNoPair(member: u32): bool {
  return pairs.isOpen && pairs.degreeOf(number(memberAt(member))) === 0;
}

/** The next member by which the open node is to be extended, or the end of them. */
function nextMember(): u32 {
  const end = word(ends, node);
  const next = word(nexts, node);
  if (next === end) return end;
  if (node > 1) {
    setWord(nexts, node, next + 1);
    return next;
  }
  // The root's members are shared with whoever else is in the class.
  const index = atomic.add<u32>(membersTaken, 1);
  if (index >= end - next) return end;
  if (job.keeping && index !== lastTaken) report.beginPart(rank, index + 1);
  lastTaken = index + 1;
  return next + index;
}

/** Opens the child that has one member more; returns the work done, in vectors, or -1. */
function extend(memberIndex: u32): i32 {
  const atRoot = node === 1;
  const parentEnd = word(ends, node);
  const isAll = job.target === job.all;
  const length = node + 1;
  if (!isAll && length > job.maxLength) return 1;
  const isAlone = atRoot && hasNoPair(memberIndex);
  const isLast = isAlone || (isAll && length >= job.maxLength);
  const candidates = isLast ? 0 : parentEnd - memberIndex - 1;
  const back = isAll || isAlone ? memberIndex : word(backs, node);
  const others = candidates + memberIndex - back;
  const parentVectors = word(vectorEnds, node);
  if (!reserveMembers(parentEnd + others)) return -1;
  if (!reserveVectors((parentVectors as usize) + (others as usize) * stride)) return -1;

  const member = memberAt(memberIndex);
  const together = support(member);
  const bytes = (stride as usize) << 4;
  const pairsAlone = atRoot && pairs.isOpen;
  // Most pairs of the root's members are infrequent: nothing is written before that is known.
  const countsFirst = atRoot;
  let work = workPerNode;
  const counted =
    atRoot && !pairs.isOpen && !cube.isOpen && deliver.isLessWork(together, others, stride);
  if (counted) {
    if (!deliver.countMembers(bitset(member), stride)) return -1;
    work += others as i32;
  }
  const own = number(member);
  const ownBits = bitset(member);
  const keepsBits = others > 1 || cube.isOpen;

  let end = parentEnd;
  let vectors = parentVectors;
  let perfectEnd = word(perfectEnds, node);
  let first = parentEnd;
  for (let at = back; at < memberIndex + 1 + candidates; at++) {
    if (at === memberIndex) {
      first = end;
      continue;
    }
    const other = memberAt(at);
    const otherNumber = number(other);
    let count: u32;
    if (pairsAlone) {
      count = pairs.pairSupport(own, otherNumber);
      work++;
    } else {
      if (pairs.isOpen && pairs.pairSupport(own, otherNumber) < job.minSupport) continue;
      if (counted && deliver.countOf(otherNumber) < job.minSupport) continue;
      count =
        keepsBits && !countsFirst
          ? intersect(ownBits, bitset(other), bits + ((vectors as usize) << 4), bytes)
          : countIntersection(ownBits, bitset(other), bytes);
      work += stride as i32;
    }
    if (count === together) {
      // A superset of the same support that is found elsewhere makes all of this node superfluous.
      if (at < memberIndex) return work;
      setWord(perfect, perfectEnd, word(memberCodes, otherNumber));
      perfectEnd++;
    } else if (count >= job.minSupport) {
      const kept = memberAt(end);
      writeMember(kept, end, count, otherNumber, countsFirst ? load<u32>(other, 12) : vectors);
      end++;
      if (!countsFirst) vectors += stride;
    }
  }

  if (cube.isOpen) work += cube.count(ownBits, length, perfectEnd);
  if (first === end && isAll && !job.keeping) {
    report.tally(length, perfectEnd, 1);
    return work;
  }
  if (countsFirst && (end - parentEnd > 1 || cube.isOpen)) {
    for (let at = parentEnd; at < end; at++) {
      const kept = memberAt(at);
      writeIntersection(ownBits, bitset(kept), bits + ((vectors as usize) << 4), bytes);
      writeVector(kept, vectors);
      vectors += stride;
      work += stride as i32;
    }
  }
  sortMembers(first, end);
  setWord(backs, length, parentEnd);
  openNode(word(memberCodes, own), together, first, end, perfectEnd, vectors);
  reportNode(end === parentEnd);
  return work;
}

/** Writes the open node's itemset with the next choice of perfect extensions. */
function writeItemset(): void {
  const isAll = job.target === job.all;
  const extensions = isAll ? chosenCount : word(perfectEnds, node);
  const length = node + extensions;
  if (length >= job.minLength) {
    report.beginItemset(word(nodeSupports, node), length);
    for (let i: u32 = 0; i < node; i++) report.addItem(word(baseCodes, i), i);
    for (let i: u32 = 0; i < extensions; i++) {
      report.addItem(word(perfect, isAll ? word(chosen, i) : i), node + i);
    }
  }
  if (isAll) nextChoice();
  writing = isAll && chosenCount > 0;
}

/** From one choice to the next, depth first: none, 0, 01, 012, 02, 1, 12, 2, none. */
function nextChoice(): void {
  const size = word(perfectEnds, node);
  const most = job.maxLength - node;
  const next: u32 = chosenCount === 0 ? 0 : word(chosen, chosenCount - 1) + 1;
  if (next < size && chosenCount < most) {
    setWord(chosen, chosenCount, next);
    chosenCount++;
    return;
  }
  if (chosenCount === 0) return;
  if (next === size) chosenCount--;
  if (chosenCount > 0) setWord(chosen, chosenCount - 1, word(chosen, chosenCount - 1) + 1);
}
