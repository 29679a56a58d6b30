import {
  type Scoring,
  type SeedScoring,
  seedClass,
  seedClasses,
  seedParameters,
} from '../../shared/scoring.ts';
import { type Model, toTables } from '../recommend/model.ts';
import { rank } from '../recommend/score.ts';
import { type Case, foldsOf, split } from './evaluate/folds.ts';
import { measureRanking } from './evaluate/metrics.ts';
import { type FitParameters, fitMined, mineItemsets } from './fit.ts';
import { rester } from './rest.ts';
import { type ScoringSettings, untuned } from './settings.ts';
import type { TransactionSet } from './transactions.ts';
import { toTrialModel } from './trial.ts';

/** What tuning came to. */
export interface Tuned {
  scoring: Omit<Scoring, 'weightScale'>;
  /** Fits that were made, and NDCG@100 of what was chosen for each number of songs shown. */
  metrics: Record<string, number>;
}

/** Songs shown, one number for each of `seedClasses`: about the middle of the class. */
const songsShown = [1, 3, 7, 15, 32];

/** Playlists held out for tuning: at most so many, and one in so many. */
const mostHeldOut = 240;
const leastFolds = 5;

/** With fewer cases a class has the parameters of the one below it. */
const leastCases = 40;

/** Gammas that are tried, the first as long as there is nothing better. */
const lengthExponents = [0.5, 0.25, 0.75];

/**
 * What each parameter is tried with, in the order in which they are tried: those that matter most
 * come first. Steps are wide, since what is between makes less of a difference than chance does.
 */
const grids: [keyof SeedScoring, readonly number[]][] = [
  ['artistWeight', [0, 1, 2, 5, 10, 20, 40]],
  ['artistSpread', [0, 0.1, 0.3, 1, 3]],
  ['popularityDamping', [0, 0.1, 0.2, 0.3, 0.5]],
  ['shrinkage', [0, 2, 5, 10, 20, 40, 80]],
  ['spreadExponent', [0.3, 0.6, 1]],
  ['longWeight', [0, 0.5, 1, 2, 4]],
  ['artistShrinkage', [0, 5, 20, 80]],
];

/**
 * Chooses the parameters of the score on playlists that the fit has not seen. Gamma first, which
 * takes a fit for each value; then, for each class of numbers of songs asked for, every other one
 * by coordinate search along its grid. Equal input gives equal parameters: what ends the search is
 * a number of fits and of steps, never time.
 * @param among The rows that may be used.
 * @param fits Fits that may be made; with 0 nothing is tuned.
 */
export async function tune(
  set: TransactionSet,
  among: Uint32Array,
  parameters: Omit<FitParameters, 'lengthExponent'>,
  settings: ScoringSettings,
  fits: number,
  signal?: AbortSignal,
): Promise<Tuned> {
  const start = untuned(settings);
  const folds = Math.max(leastFolds, Math.ceil(among.length / mostHeldOut));
  const foldOf = await foldsOf(set, folds, { salt: 'tuning', signal });
  const options = { among, ks: songsShown, seeds: 'random' } as const;
  const { training, cases } = await split(set, (row) => foldOf[row] === 0, options, signal);
  const byClass = seedClasses.map((_, position) =>
    cases.filter(({ k }) => seedClass(k) === position),
  );
  if (fits === 0 || byClass[0].length < leastCases) return { scoring: start, metrics: {} };
  const rest = rester(signal);

  let best: { model: Model; lengthExponent: number; value: number } | undefined;
  const tried =
    settings.lengthExponent === undefined ? lengthExponents.slice(0, fits) : [start.lengthExponent];
  const mined = await mineItemsets(training, parameters, signal);
  for (const lengthExponent of tried) {
    const fitted = await fitMined(training, mined, { ...parameters, lengthExponent }, signal);
    const scoring = { ...start, lengthExponent };
    const model = toTrialModel(training, fitted, scoring, parameters);
    let value = 0;
    for (const [position, some] of byClass.entries()) {
      value += mean(await ndcgOf(model, some, start.bySeeds[position], rest));
    }
    if (best === undefined || value > best.value) best = { model, lengthExponent, value };
  }
  const { model, lengthExponent } = best!;

  const bySeeds: SeedScoring[] = [];
  const metrics: Record<string, number> = { tuningFits: tried.length };
  for (const [position, some] of byClass.entries()) {
    if (some.length < leastCases) {
      bySeeds.push(bySeeds[position - 1]);
      continue;
    }
    const found = await search(start.bySeeds[position], settings.fixed, model, (tried, best) =>
      ndcgOf(model, some, tried, rest, best),
    );
    bySeeds.push(found.parameters);
    metrics[`tuningNdcg100At${songsShown[position]}`] = found.value;
  }
  return { scoring: { ...start, lengthExponent, bySeeds }, metrics };
}

/** Walks along each parameter's grid as long as that helps, twice over all of them. */
async function search(
  start: SeedScoring,
  fixed: Partial<SeedScoring>,
  { snapshot }: Model,
  measure: (parameters: SeedScoring, best?: Float64Array) => Promise<Float64Array>,
): Promise<{ parameters: SeedScoring; value: number }> {
  const useless = (name: keyof SeedScoring) =>
    Object.hasOwn(fixed, name) ||
    (name === 'longWeight' && snapshot.longSupports.length === 0) ||
    (name.startsWith('artist') && snapshot.artistSupports.every((support) => support === 0));
  let parameters = start;
  let values = await measure(parameters);
  // Round two asks again for what has changed since: the rest is known to be no better.
  const refused = new Set<string>();
  for (let round = 0; round < 2; round++) {
    const before = parameters;
    for (const [name, grid] of grids) {
      if (useless(name)) continue;
      const at = grid.indexOf(parameters[name]);
      for (const direction of [1, -1]) {
        let moved = false;
        for (let next = at + direction; next >= 0 && next < grid.length; next += direction) {
          const candidate = { ...parameters, [name]: grid[next] };
          const key = seedParameters.map((one) => candidate[one]).join();
          if (refused.has(key)) break;
          const candidateValues = await measure(candidate, values);
          if (!isBetter(candidateValues, values)) {
            refused.add(key);
            break;
          }
          [parameters, values, moved] = [candidate, candidateValues, true];
        }
        if (moved) break;
      }
    }
    if (parameters === before) break;
  }
  return { parameters, value: mean(values) };
}

/**
 * NDCG@100 of each case. What is clearly worse than the best so far is not measured to its end: its
 * other cases stay 0.
 */
async function ndcgOf(
  model: Model,
  cases: readonly Case[],
  parameters: SeedScoring,
  rest: () => Promise<void>,
  best?: Float64Array,
): Promise<Float64Array> {
  const { supports } = model.snapshot;
  const tables = toTables(model.snapshot, parameters);
  const values = new Float64Array(cases.length);
  let [sum, squares] = [0, 0];
  for (const [i, one] of cases.entries()) {
    const { songs } = rank(model, one.query, 100, tables);
    values[i] = measureRanking(songs, one, supports, model.transactions).ndcg100;
    await rest();
    if (best === undefined) continue;
    const difference = values[i] - best[i];
    sum += difference;
    squares += difference ** 2;
    // A standard error below, where half of one above is asked for in the end: hardly ever in vain.
    if ((i + 1) % 20 === 0 && sum < -Math.sqrt(squares)) break;
  }
  return values;
}

/** Whether one is better by more than half a standard error of the difference. */
function isBetter(values: Float64Array, others: Float64Array): boolean {
  const differences = values.map((value, i) => value - others[i]);
  const squares = differences.reduce((sum, one) => sum + one ** 2, 0);
  return mean(differences) * values.length > 0.5 * Math.sqrt(squares);
}

function mean(values: Float64Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
