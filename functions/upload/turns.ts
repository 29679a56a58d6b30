import { problem } from '../../shared/problems.ts';

/** Who may come in, and who is next. */
export interface Turns {
  /** Does something while fewer than `most` others do. @throws `overloaded` */
  within<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Does something when all that asked before have had their turn. */
  alone<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** @param most How many may be within at once. */
export function takeTurns(most: number): Turns {
  let inside = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    async within(work) {
      if (inside >= most) throw problem('overloaded');
      inside++;
      try {
        return await work();
      } finally {
        inside--;
      }
    },
    alone(work) {
      const mine = last.then(work);
      last = mine.catch(() => {});
      return mine;
    },
  };
}
