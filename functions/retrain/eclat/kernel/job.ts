import { openControl, slotOf } from './memory';

/** All itemsets, only those without a superset of the same support, or (2) without a frequent one. */
export const all: u32 = 0;
export const closed: u32 = 1;

// What is to be mined: the same for all threads, written by the host and not changed by anyone.
export let target: u32 = 0;
export let minSupport: u32 = 0;
export let minLength: u32 = 0;
export let maxLength: u32 = 0;
/** Whether itemsets are written, or only counted. */
export let keeping: bool = false;
/** Whether ranks have 32 bits instead of 16. */
export let wide: bool = false;
export let rankCount: u32 = 0;
/** Most ranks in a row. */
export let longestRow: u32 = 0;
/** Rank to the caller's code, and to support. */
export let codes: usize = 0;
export let supports: usize = 0;
/** Ranks, row after row; see prepare.ts. */
export let rows: usize = 0;
/**
 * The same rows as bitsets of ranks, where counting is faster with them (see slices.ts), their
 * bytes, and where in `rows` each row begins. 0 without them.
 */
export let bitRows: usize = 0;
export let bitRowBytes: u32 = 0;
export let rowStarts: usize = 0;
/** Rank to where in `starts` its rows begin, and where these begin: numbers of rows with bitsets. */
export let startOffsets: usize = 0;
export let starts: usize = 0;
/** Task to rank. */
export let order: usize = 0;
/** Rank to the number of its root's members that somebody has taken. */
export let taken: usize = 0;
/** This thread's number, how many there are, and where it tells the others of itself. */
export let thread: u32 = 0;
export let threads: u32 = 0;
export let slot: usize = 0;

/** Reads the job; the host writes the same fields in the same order (../job.ts). */
export function openJob(control: usize, job: usize, ownNumber: u32): void {
  openControl(control);
  thread = ownNumber;
  slot = slotOf(ownNumber);
  target = load<u32>(job);
  minSupport = load<u32>(job, 4);
  minLength = load<u32>(job, 8);
  maxLength = load<u32>(job, 12);
  keeping = load<u32>(job, 16) !== 0;
  wide = load<u32>(job, 20) !== 0;
  rankCount = load<u32>(job, 24);
  longestRow = load<u32>(job, 28);
  codes = load<u32>(job, 32);
  supports = load<u32>(job, 36);
  rows = load<u32>(job, 40);
  startOffsets = load<u32>(job, 44);
  starts = load<u32>(job, 48);
  order = load<u32>(job, 52);
  taken = load<u32>(job, 56);
  threads = load<u32>(job, 60);
  bitRows = load<u32>(job, 64);
  bitRowBytes = load<u32>(job, 68);
  rowStarts = load<u32>(job, 72);
}
