/** What the host calls; see ../engine.ts. Everything works on one memory that all threads share. */
import { openClasses } from './classes';
import { openCube } from './cube';
import { openJob } from './job';
import { openReport } from './report';
import { openSearch } from './search';
import { openSlices } from './slices';

export { advance } from './classes';
export { allocate, openControl } from './memory';
export {
  countItems,
  cutRows,
  listStarts,
  longestRow,
  pairWork,
  rankRows,
  setBitRows,
} from './prepare';
export {
  byLength,
  emptied,
  itemBuffer,
  items,
  itemsets,
  lengths,
  partBuffer,
  parts,
  supports,
  total,
} from './report';

/**
 * Makes this thread ready to mine.
 * @returns false when there is no memory.
 */
export function open(control: usize, job: usize, thread: u32): bool {
  openJob(control, job, thread);
  return openReport() && openSearch() && openCube() && openSlices() && openClasses();
}
