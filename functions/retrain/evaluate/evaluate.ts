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

/** What a fold gives: plain data, so that folds can be measured apart. */
export interface FoldResult {
  /** What was asked of every method. */
  cases: Pick<Case, 'k' | 'row'>[];
  methods: {
    name: string;
    /** One value a case. */
    values: Record<MetricName, number[]>;
    /** For each k that was asked for. */
    coverage: { k: number; share: number }[];
    parameters: Record<string, string>;
    ms: number;
  }[];
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
  options: EvaluateOptions,
): Promise<Evaluation> {
  const results: FoldResult[] = [];
  for (let fold = 0; fold < options.folds; fold++) {
    results.push(await evaluateFold(set, methods, fold, options));
  }
  return summarise(set, results, options);
}

/** Holds one fold out. @throws `too-few-playlists` */
export async function evaluateFold(
  set: TransactionSet,
  methods: readonly Method[],
  fold: number,
  { folds, ks, seeds, signal, onProgress }: EvaluateOptions,
): Promise<FoldResult> {
  const foldOf = await foldsOf(set, folds, { signal });
  const isHeldOut = (row: number) => foldOf[row] === fold;
  const { training, cases } = await split(set, isHeldOut, { ks, seeds }, signal);
  if (training.ids.length === 0 || cases.length === 0) {
    throw problem('too-few-playlists', { playlists: set.ids.length, folds, k: Math.min(...ks) });
  }
  const result: FoldResult = { cases: cases.map(({ k, row }) => ({ k, row })), methods: [] };
  for (const { name, fit } of methods) {
    const began = performance.now();
    let fits = 0;
    const report = () => onProgress?.({ fold, method: name, fits: fits++ });
    report();
    const ranker = await fit(training, { ks, seeds, signal, onFit: report });
    const { values, recommended } = await measure(ranker, training, cases, signal);
    result.methods.push({
      name,
      values: mapMetrics((metric) => [...values[metric]]),
      coverage: [...recommended].map(([k, songs]) => ({
        k,
        share: songs.size / training.catalogue.titles.length,
      })),
      parameters: ranker.parameters,
      ms: performance.now() - began,
    });
  }
  return result;
}

/** All folds' results as one. */
export function summarise(
  { ids, catalogue }: Pick<TransactionSet, 'ids' | 'catalogue'>,
  results: readonly FoldResult[],
  { folds, seeds }: Pick<EvaluateOptions, 'folds' | 'seeds'>,
): Evaluation {
  const cases = results.flatMap((result) => result.cases);
  const names = results[0].methods.map(({ name }) => name);
  const runs = names.map((name, i) => {
    const ofFolds = results.map(({ methods }) => methods[i]);
    const values = mapMetrics((metric) => ofFolds.flatMap((fold) => fold.values[metric]));
    return { name, ofFolds, values };
  });
  const methods = runs.map(({ name, ofFolds, values }): MethodResult => {
    const means = mapMetrics((metric) => meansByK(cases, values[metric]));
    const byK = [...means.ndcg100.keys()].map((k) => ({
      k,
      playlists: cases.filter((one) => one.k === k).length,
      scores: {
        ...mapMetrics((metric) => means[metric].get(k)!),
        coverage: mean(
          ofFolds.flatMap(({ coverage }) =>
            coverage.filter((one) => one.k === k).map(({ share }) => share),
          ),
        ),
      },
    }));
    return {
      name,
      byK,
      average: {
        ...mapMetrics((metric) => mean(byK.map(({ scores }) => scores[metric]))),
        coverage: mean(byK.map(({ scores }) => scores.coverage)),
      },
      parameters: ofFolds.map(({ parameters }) => parameters),
      ms: ofFolds.reduce((sum, { ms }) => sum + ms, 0),
    };
  });
  return {
    playlists: ids.length,
    songs: catalogue.titles.length,
    folds,
    seeds,
    methods,
    comparisons: runs.slice(1).map(({ name, values }) => ({
      method: names[0],
      against: name,
      ...compare(cases, runs[0].values.ndcg100, values.ndcg100),
    })),
  };
}

function mapMetrics<Value>(value: (metric: MetricName) => Value): Record<MetricName, Value> {
  const entries = metricNames.map((metric) => [metric, value(metric)]);
  return Object.fromEntries(entries) as Record<MetricName, Value>;
}

function compare(
  cases: FoldResult['cases'],
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
