import { ease } from './ease.ts';
import type { Method } from './evaluate.ts';
import { ials } from './ials.ts';
import { itemKnn } from './itemKnn.ts';
import { popularity } from './popularity.ts';
import { tuned } from './tune.ts';

/** What the rules are compared with, the simplest first. */
export const baselines: readonly Method[] = [popularity, tuned(itemKnn), tuned(ease), tuned(ials)];
