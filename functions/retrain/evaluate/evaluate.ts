import { problem } from '../../../shared/problems.ts';
import type { TransactionSet } from '../transactions.ts';
import { pairedRatio, type Ratio } from './bootstrap.ts';
import { type Case, foldsOf, type SplitOptions, split } from './folds.ts';
import { meansByK, measure, type Ranker } from './measure.ts';
import { type MetricName, metricNames } from './metrics.ts';

/** A way to make a recommender, its tuning included. */
export interface Method {
  name: string;
  /** Sees the training rows alone. `ks` are the numbers of songs that it will be shown. */
  fit(training: TransactionSet, options: FitOptions): Promise<Ranker>;
}

export interface FitOptions extends SplitOptions {
  signal?: AbortSignal | undefined;
  /** Called after each fit that tuning makes. */
  onFit?: (() => void) | undefined;
}

export interface EvaluateOptions extends SplitOptions {
  folds: number;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: EvaluateProgress) => void) | undefined;
}

/** What is being done: fits are counted within a method and fold. */
export interface EvaluateProgress {
  fold: number;
  method: string;
  fits: number;
}

/** Means over all held-out playlists. */
export interface Scores extends Record<MetricName, number> {
  /** Share of the training songs that are among the first 20 for somebody; mean over folds. */
  coverage: number;
}

/** What an evaluation found for a method. */
export interface MethodResult {
  name: string;
  /** By the number of songs shown, ascending. */
  byK: { k: number; playlists: number; scores: Scores }[];
  /** Each k counting the same. */
  average: Scores;
  /** What tuning chose, a fold each. */
  parameters: Record<string, string>[];
  ms: number;
}

/** A method's NDCG@100 divided by another's. */
export interface Comparison {
  method: string;
  against: string;
  average: Ratio;
  byK: { k: number; ratio: Ratio }[];
}

export interface Evaluation {
  playlists: number;
  songs: number;
  folds: number;
  seeds: SplitOptions['seeds'];
  methods: MethodResult[];
  /** The first method against each of the others. */
  comparisons: Comparison[];
}

/**
 * Cross-validation: every playlist is held out once, all methods are asked the same, and each sees
 * nothing of the held-out playlists, in its tuning neither.
 *
 * @param set Made with its listed order where the first songs are shown.
 * @throws `too-few-playlists` when a fold has none to train on or none to ask for.
 */
export async function evaluate(
  set: TransactionSet,
  methods: readonly Method[],
  { folds, ks, seeds, signal, onProgress }: EvaluateOptions,
): Promise<Evaluation> {
  const foldOf = foldsOf(set, folds);
  const cases: Case[] = [];
  const runs = methods.map(() => emptyRun());
  for (let fold = 0; fold < folds; fold++) {
    const { training, cases: asked } = split(set, (row) => foldOf[row] === fold, { ks, seeds });
    if (training.ids.length === 0 || asked.length === 0) {
      throw problem('too-few-playlists', { playlists: set.ids.length, folds, k: Math.min(...ks) });
    }
    cases.push(...asked);
    for (const [i, method] of methods.entries()) {
      const began = performance.now();
      let fits = 0;
      const report = () => onProgress?.({ fold, method: method.name, fits: fits++ });
      report();
      const ranker = await method.fit(training, { ks, seeds, signal, onFit: report });
      const { values, recommended } = await measure(ranker, training, asked, signal);
      const run = runs[i];
      for (const name of metricNames) run.values[name].push(...values[name]);
      for (const [k, songs] of recommended) {
        const shares = run.coverage.get(k) ?? [];
        run.coverage.set(k, [...shares, songs.size / training.catalogue.titles.length]);
      }
      run.parameters.push(ranker.parameters);
      run.ms += performance.now() - began;
    }
  }
  return {
    playlists: set.ids.length,
    songs: set.catalogue.titles.length,
    folds,
    seeds,
    methods: runs.map((run, i) => summarise(methods[i].name, run, cases)),
    comparisons: runs.slice(1).map((run, i) => ({
      method: methods[0].name,
      against: methods[i + 1].name,
      ...compare(cases, runs[0].values.ndcg100, run.values.ndcg100),
    })),
  };
}

/** What was measured of a method so far. */
interface Run {
  /** One value a case. */
  values: Record<MetricName, number[]>;
  /** For each k, one share a fold. */
  coverage: Map<number, number[]>;
  parameters: Ranker['parameters'][];
  ms: number;
}

function emptyRun(): Run {
  const values = Object.fromEntries(metricNames.map((name) => [name, [] as number[]]));
  return {
    values: values as Run['values'],
    coverage: new Map(),
    parameters: [],
    ms: 0,
  };
}

function summarise(
  name: string,
  { values, coverage, parameters, ms }: Run,
  cases: readonly Case[],
): MethodResult {
  const means = metricNames.map((metric) => [metric, meansByK(cases, values[metric])] as const);
  const byK = [...means[0][1].keys()].map((k) => ({
    k,
    playlists: cases.filter((one) => one.k === k).length,
    scores: {
      ...Object.fromEntries(means.map(([metric, byK]) => [metric, byK.get(k)!])),
      coverage: mean(coverage.get(k)!),
    } as Scores,
  }));
  const average = Object.fromEntries(
    Object.keys(byK[0].scores).map((metric) => [
      metric,
      mean(byK.map(({ scores }) => scores[metric as keyof Scores])),
    ]),
  ) as unknown as Scores;
  return { name, byK, average, parameters, ms };
}

function compare(
  cases: readonly Case[],
  numerator: readonly number[],
  denominator: readonly number[],
): Pick<Comparison, 'average' | 'byK'> {
  const byK = Map.groupBy(cases.keys(), (i) => cases[i].k);
  return {
    average: pairedRatio(cases, numerator, denominator),
    byK: [...byK]
      .sort(([a], [b]) => a - b)
      .map(([k, some]) => ({
        k,
        ratio: pairedRatio(
          some.map((i) => cases[i]),
          some.map((i) => numerator[i]),
          some.map((i) => denominator[i]),
        ),
      })),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
