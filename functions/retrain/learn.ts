import type { Scoring } from '../../shared/scoring.ts';
import { type Fit, type FitParameters, fit } from './fit.ts';
import { miningProblem } from './mining.ts';
import type { TrainSettings } from './settings.ts';
import { chooseSupport, lowestSupport, supportCount } from './support.ts';
import type { TransactionSet } from './transactions.ts';
import { type Tuned, tune } from './tune.ts';

/** Pairs that a fit may count when the support is chosen from the data: seconds of work. */
const maxPairOccurrences = 1e9;

/** Entries of playlists from which on tuning makes a single fit: each one takes its time. */
const manyEntries = 5_000_000;

/**
 * See `RuleParameters`. A listed rule is read several times as fast as it is counted at a support
 * above 1: the serving bench's model R has all of its rules listed, and takes 19 MiB for it.
 */
const room = 5;

/** What was chosen for a data set: enough to fit it, or a part of it. */
export interface Chosen extends Tuned {
  parameters: FitParameters;
}

/**
 * Chooses what a fit needs to know and is not given: the support from the whole set, the
 * parameters of the score by tuning.
 * @param seen The rows that tuning may use: not those that judge the model later.
 * @throws as `learn` does.
 */
export async function choose(
  whole: TransactionSet,
  seen: Uint32Array,
  settings: TrainSettings,
  signal?: AbortSignal,
): Promise<Chosen> {
  const minSupport = await resolveSupport(whole, settings, signal);
  // Itemsets of three songs that are in one playlist only say nothing, and are without number.
  const longSupport = settings.minSupport === undefined ? Math.max(2, minSupport) : minSupport;
  const { maxLength, maxItemsets, maxVisits, tuningFits, threads } = settings;
  const given = { minSupport, longSupport, maxLength, maxItemsets, maxVisits, room, threads };
  const fits = whole.transactions.items.length > manyEntries ? Math.min(1, tuningFits) : tuningFits;
  const tuned = await explained(given, tune(whole, seen, given, settings.scoring, fits, signal));
  return { ...tuned, parameters: { ...given, lengthExponent: tuned.scoring.lengthExponent } };
}

/** A fit with the scoring that goes with it. */
export interface Learned extends Fit {
  scoring: Scoring;
}

/**
 * Fits some rows with what was chosen.
 * @throws `too-many-itemsets`, `too-little-memory`, and the signal's reason.
 */
export async function learn(
  set: Pick<TransactionSet, 'transactions' | 'catalogue'>,
  { parameters, scoring }: Chosen,
  signal?: AbortSignal,
): Promise<Learned> {
  const fitted = await explained(parameters, fit(set, parameters, signal));
  return { ...fitted, scoring: { ...scoring, weightScale: fitted.weightScale } };
}

async function resolveSupport(
  set: TransactionSet,
  settings: TrainSettings,
  signal?: AbortSignal,
): Promise<number> {
  const { transactions, catalogue } = set;
  const { minSupport } = settings;
  if (minSupport !== undefined) return supportCount(minSupport, transactions.offsets.length - 1);
  const bounds = { ...settings, maxPairOccurrences };
  const highest = await chooseSupport(transactions, catalogue.supports, bounds, signal);
  return lowestSupport(set, highest, bounds, signal);
}

/** The miner's own errors as ones that say what to do. */
async function explained<Result>(
  { maxItemsets, maxLength, minSupport, longSupport }: Omit<FitParameters, 'lengthExponent'>,
  work: Promise<Result>,
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw miningProblem(error, {
      maxItemsets,
      minSupport: maxLength < 3 ? minSupport : longSupport,
    });
  }
}
