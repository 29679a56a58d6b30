import type { TransactionSet } from '../transactions.ts';
import type { FitOptions, Method } from './evaluate.ts';
import { foldsOf, type Split, type SplitOptions, split } from './folds.ts';
import { meansByK, measure, type Ranker } from './measure.ts';

export type Parameters = Record<string, number>;
type Rank = Ranker['rank'];

/** A recommender whose parameters are chosen from a grid. */
export interface Baseline {
  name: string;
  /** The values that each parameter is tried with, ascending. */
  grid: Readonly<Record<string, readonly number[]>>;
  /** Where the search begins. */
  start: Readonly<Parameters>;
  /** Fits at most. */
  budget: number;
  /** Does once what is the same for all parameters; the function that it gives fits. */
  prepare(set: TransactionSet, signal?: AbortSignal): (parameters: Parameters) => Promise<Rank>;
}

/** A fifth of the training playlists is held out to choose parameters, so many at most. */
const innerFolds = 5;
const mostPlaylists = 500;

/**
 * Chooses a baseline's parameters on an inner fold of the training rows, for each number of songs
 * shown on its own, and fits it on all training rows.
 *
 * The search takes one parameter after the other and goes along its grid, up and down, as long as
 * that helps; it begins again until nothing changes or the budget is spent. It is led by NDCG@100
 * averaged over k; of all that was tried, the best for each k is kept.
 */
export function tuned(baseline: Baseline): Method {
  return {
    name: baseline.name,
    fit: (training, options) => tune(baseline, training, options),
  };
}

async function tune(
  baseline: Baseline,
  training: TransactionSet,
  options: FitOptions,
): Promise<Ranker> {
  const tried = await search(baseline, training, options);
  const fitAll = baseline.prepare(training, options.signal);
  const fitted = new Map<Parameters, Rank>();
  const byK: { k: number; parameters: Parameters; rank: Rank }[] = [];
  for (const k of [...options.ks].sort((a, b) => a - b)) {
    const { parameters } = best(tried, ({ means, mean }) => means.get(k) ?? mean);
    const rank = fitted.get(parameters) ?? (await fitAll(parameters));
    fitted.set(parameters, rank);
    byK.push({ k, parameters, rank });
  }
  return {
    rank: (query, limit) => {
      const shown = query.songs.length + query.artists.length;
      return (byK.findLast(({ k }) => k <= shown) ?? byK[0]).rank(query, limit);
    },
    parameters: Object.fromEntries(
      byK.map(({ k, parameters }) => [`k = ${k}`, describe(parameters)]),
    ),
  };
}

interface Trial {
  parameters: Parameters;
  /** NDCG@100 for each k. */
  means: Map<number, number>;
  /** Averaged over k. */
  mean: number;
}

async function search(
  { grid, start, budget, prepare }: Baseline,
  training: TransactionSet,
  { ks, seeds, signal, onFit }: FitOptions,
): Promise<Trial[]> {
  const inner = await innerSplit(training, { ks, seeds }, signal);
  const fitInner = prepare(inner.training, signal);
  const tried = new Map<string, Trial>();
  const attempt = async (parameters: Parameters): Promise<Trial> => {
    const key = describe(parameters);
    const known = tried.get(key);
    if (known !== undefined) return known;
    const rank = await fitInner(parameters);
    const { values } = await measure({ rank, parameters: {} }, inner.training, inner.cases, signal);
    const means = meansByK(inner.cases, values.ndcg100);
    const mean = [...means.values()].reduce((sum, one) => sum + one, 0) / means.size;
    const trial = { parameters, means, mean };
    tried.set(key, trial);
    onFit?.();
    return trial;
  };

  let leader = await attempt({ ...start });
  for (let before: Trial | undefined; before !== leader; ) {
    before = leader;
    for (const [name, values] of Object.entries(grid)) {
      for (const step of [1, -1]) {
        for (;;) {
          const next = values[values.indexOf(leader.parameters[name]) + step];
          if (next === undefined || tried.size === budget) break;
          const trial = await attempt({ ...leader.parameters, [name]: next });
          if (trial.mean <= leader.mean) break;
          leader = trial;
        }
      }
    }
  }
  return [...tried.values()];
}

/** Part of the training playlists held out, to choose parameters. */
async function innerSplit(
  training: TransactionSet,
  options: SplitOptions,
  signal?: AbortSignal,
): Promise<Split> {
  const folds = await foldsOf(training, innerFolds, { salt: 'inner', signal });
  const heldOut = new Set(
    [...folds.keys()].filter((row) => folds[row] === 0).slice(0, mostPlaylists),
  );
  return split(training, (row) => heldOut.has(row), options, signal);
}

function best(trials: readonly Trial[], value: (trial: Trial) => number): Trial {
  return trials.reduce((leader, trial) => (value(trial) > value(leader) ? trial : leader));
}

function describe(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
