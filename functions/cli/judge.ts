import type { Replay } from '../retrain/replay.ts';

/** What a revision's /metrics say of its requests for recommendations. */
export interface Figures {
  requests: number;
  /** Answers with a status of 500 or more. */
  errors: number;
  /** Seconds that 99 of 100 requests took at most: the upper bound of a bucket. */
  p99Seconds: number;
  answers: number;
  /** Answers that rest on popularity, because no rule fired. */
  withoutRule: number;
}

/** What is to be done with a trial, and why. */
export interface Verdict {
  verdict: 'promote' | 'roll back' | 'wait';
  /** A sentence for each thing that was compared. */
  evidence: string[];
}

/** Requests that the canary must have answered before anything is said. */
const leastRequests = 200;

/** Playlists from which on a replay says something. */
const leastPlaylists = 100;

/** Chance of finding a difference where there is none. */
const significance = 0.01;

/** A 99th percentile that is so many times the other's, and above this, is worse. */
const slower = { times: 2, seconds: 0.05 };

/** Reads figures from the text format of Prometheus. */
export function figuresIn(text: string): Figures {
  const figures: Figures = { requests: 0, errors: 0, p99Seconds: 0, answers: 0, withoutRule: 0 };
  const buckets = new Map<number, number>();
  for (const [, name, labels, value] of text.matchAll(/^(segue_\w+)\{(.*)\} (\S+)$/gm)) {
    const label = (wanted: string) =>
      new RegExp(`(?:^|,)${wanted}="([^"]*)"`).exec(labels)?.[1] ?? '';
    const count = Number(value);
    if (name === 'segue_recommendations_total') {
      figures.answers += count;
      if (label('basis') === 'popular') figures.withoutRule += count;
    }
    if (!/^\/api\/recommend/.test(label('route'))) continue;
    if (name === 'segue_http_request_seconds_count') {
      figures.requests += count;
      if (Number(label('status')) >= 500) figures.errors += count;
    }
    if (name === 'segue_http_request_seconds_bucket') {
      const end = label('le') === '+Inf' ? Number.POSITIVE_INFINITY : Number(label('le'));
      buckets.set(end, (buckets.get(end) ?? 0) + count);
    }
  }
  const enough = [...buckets]
    .sort(([one], [other]) => one - other)
    .find(([, count]) => count >= 0.99 * figures.requests);
  return { ...figures, p99Seconds: enough?.[0] ?? 0 };
}

/**
 * Compares a canary with what serves: errors and answers without a rule by a one-sided test of two
 * proportions (normal approximation), latency by its 99th percentile, and held-out playlists that
 * were played back to both, if they were.
 */
export function judge(stable: Figures, canary: Figures, replayed?: Replay): Verdict {
  const enough = canary.requests >= leastRequests && stable.requests >= leastRequests;
  const shares = [
    compareShares('errors', stable.errors, stable.requests, canary.errors, canary.requests),
    compareShares(
      'answers without a rule',
      ...[stable.withoutRule, stable.answers, canary.withoutRule, canary.answers],
    ),
  ];
  const isSlower =
    canary.p99Seconds > slower.seconds && canary.p99Seconds > slower.times * stable.p99Seconds;
  const evidence = [
    `requests: ${stable.requests} stable, ${canary.requests} canary`,
    ...shares.map(({ line }) => line),
    `p99 at most ${stable.p99Seconds} s stable, ${canary.p99Seconds} s canary`,
    ...(replayed === undefined ? [] : [replayLine(replayed)]),
  ];
  if (!enough) {
    return { verdict: 'wait', evidence: [...evidence, `each needs ${leastRequests} requests`] };
  }
  const missesMore =
    replayed !== undefined &&
    replayed.playlists >= leastPlaylists &&
    replayed.pValue < significance;
  const worse = isSlower || missesMore || shares.some(({ pValue }) => pValue < significance);
  return { verdict: worse ? 'roll back' : 'promote', evidence };
}

function replayLine({ playlists, stableHits, canaryHits, pValue }: Replay): string {
  const share = (hits: number) => `${((100 * hits) / (playlists || 1)).toFixed(1)} %`;
  const few = playlists < leastPlaylists ? `; ${leastPlaylists} are needed` : '';
  return (
    `hidden song among the first ten of ${playlists} held-out playlists: ` +
    `${share(stableHits)} stable, ${share(canaryHits)} canary (p = ${pValue.toPrecision(2)})${few}`
  );
}

function compareShares(
  what: string,
  stableCount: number,
  stableTotal: number,
  canaryCount: number,
  canaryTotal: number,
): { line: string; pValue: number } {
  const pValue = worseByChance(stableCount, stableTotal, canaryCount, canaryTotal);
  const share = (count: number, total: number) => `${((100 * count) / (total || 1)).toFixed(2)} %`;
  const line =
    `${what}: ${share(stableCount, stableTotal)} stable, ` +
    `${share(canaryCount, canaryTotal)} canary (p = ${pValue.toPrecision(2)})`;
  return { line, pValue };
}

/**
 * Chance that a second share exceeds a first one by so much when both are the same: the one-sided
 * z-test of two proportions with a pooled variance.
 */
export function worseByChance(count1: number, total1: number, count2: number, total2: number) {
  if (total1 === 0 || total2 === 0) return 1;
  const pooled = (count1 + count2) / (total1 + total2);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / total1 + 1 / total2));
  if (deviation === 0) return 1;
  return upperTail((count2 / total2 - count1 / total1) / deviation);
}

/** P(Z > z) of a standard normal, to 1.2e-7: Numerical Recipes' Chebyshev fit of erfc. */
function upperTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const coefficients = [
    ...[-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806],
    ...[0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277],
  ];
  const series = coefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const tail = (t * Math.exp(-x * x + series)) / 2;
  return z >= 0 ? tail : 1 - tail;
}
