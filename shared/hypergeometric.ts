/**
 * The upper tail of the hypergeometric distribution: the probability that of `drawn` ones at least
 * `k` are marked, where `marked` of a `population` are. About 12 digits are right for populations
 * up to a million.
 */
export function upperTail(k: number, drawn: number, marked: number, population: number): number {
  if (k <= Math.max(0, drawn + marked - population)) return 1;
  // The tail that is shorter is added up, from its largest term on, so that nothing is lost.
  const upper = k * population >= drawn * marked;
  const sum = upper
    ? tail(k, drawn, marked, population, 1)
    : 1 - tail(k - 1, drawn, marked, population, -1);
  return Math.min(1, Math.max(0, sum));
}

/**
 * The probability of `first` marked ones and of all larger (`step` 1) or smaller numbers (-1). Each
 * term follows from the one before; they shrink, so adding ends where a term no longer counts.
 */
function tail(
  first: number,
  drawn: number,
  marked: number,
  population: number,
  step: 1 | -1,
): number {
  const rest = population - drawn - marked;
  const largest = probability(first, drawn, marked, population);
  let sum = 1;
  let term = 1;
  for (let k = first; term > sum * 1e-17; k += step) {
    term *=
      step === 1
        ? ((drawn - k) * (marked - k)) / ((k + 1) * (rest + k + 1))
        : (k * (rest + k)) / ((drawn - k + 1) * (marked - k + 1));
    sum += term;
  }
  return sum * largest;
}

/**
 * The probability of `k` marked ones, by Loader's saddle-point expansion, which loses no digits
 * where factorials would. Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000).
 */
function probability(k: number, drawn: number, marked: number, population: number): number {
  const p = drawn / population;
  return (
    binomial(k, marked, p) *
    (binomial(drawn - k, population - marked, p) / binomial(drawn, population, p))
  );
}

function binomial(k: number, n: number, p: number): number {
  const q = 1 - p;
  if (k === 0) return Math.exp(n * Math.log1p(-p));
  if (k === n) return Math.exp(n * Math.log(p));
  const exponent =
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(n - k) -
    deviance(k, n * p) -
    deviance(n - k, n * q);
  return Math.exp(exponent) * Math.sqrt(n / (2 * Math.PI * k * (n - k)));
}

/** log(n!) less Stirling's formula for it. */
function stirlingError(n: number): number {
  if (n < smallStirlingErrors.length) return smallStirlingErrors[n];
  const square = n * n;
  return (
    (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) /
    n
  );
}

/** By definition, where the series is not exact yet. */
const smallStirlingErrors = ((): Float64Array => {
  const errors = new Float64Array(16);
  let factorial = 1;
  for (let n = 1; n < errors.length; n++) {
    factorial *= n;
    errors[n] = Math.log(factorial / (Math.sqrt(2 * Math.PI * n) * (n / Math.E) ** n));
  }
  return errors;
})();

/** x log(x / mean) + mean - x, without cancellation where x is near the mean. */
function deviance(x: number, mean: number): number {
  const ratio = (x - mean) / (x + mean);
  if (Math.abs(ratio) >= 0.1) return x * Math.log(x / mean) + mean - x;
  let sum = (x - mean) * ratio;
  let term = 2 * x * ratio;
  for (let j = 1, last = Number.NaN; sum !== last; j++) {
    last = sum;
    term *= ratio * ratio;
    sum += term / (2 * j + 1);
  }
  return sum;
}
