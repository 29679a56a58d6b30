import { problem } from '../../shared/problems.ts';
import { EclatError } from './eclat/eclat.ts';

/** The miner's error as one that says what to do; any other error is given back as it is. */
export function miningProblem(
  error: unknown,
  { maxItemsets: limit, minSupport }: { maxItemsets: number; minSupport: number },
): unknown {
  if (!(error instanceof EclatError)) return error;
  return error.code === 'out-of-memory'
    ? problem('too-little-memory', { reason: error.message })
    : problem('too-many-itemsets', { limit: Math.min(limit, Number.MAX_VALUE), minSupport });
}
