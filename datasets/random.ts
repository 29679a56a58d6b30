import type { Random } from '../shared/random.ts';

/**
 * A number from the normal distribution with mean 0 and deviation 1, by the polar method
 * (G. Marsaglia, T. A. Bray: A Convenient Method for Generating Normal Variables, SIAM Review 6,
 * 1964), which needs no trigonometry.
 */
export function normal(random: Random): number {
  for (;;) {
    const x = 2 * random() - 1;
    const y = 2 * random() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square);
  }
}

/**
 * Draws one of many, with a chance proportional to its weight.
 * @param weights Of each: at least 0, and of one above 0.
 * @returns Its index.
 */
export function draw(random: Random, weights: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]!;
  let left = random() * total;
  let drawn = -1;
  for (let i = 0; i < weights.length && left >= 0; i++) {
    if (weights[i] === 0) continue;
    drawn = i;
    left -= weights[i]!;
  }
  return drawn;
}

/**
 * Draws one after the other without putting back, each with a chance proportional to its weight
 * among those left.
 * @param weights Of each: at least 0. Those drawn are set to 0.
 * @param count How many; no more than there are weights above 0.
 * @returns Their indexes in the order in which they were drawn.
 */
export function drawSeveral(random: Random, weights: Float64Array, count: number): number[] {
  return Array.from({ length: count }, () => {
    const drawn = draw(random, weights);
    weights[drawn] = 0;
    return drawn;
  });
}

/**
 * Puts everything in a random order in which heavy things tend to be early: that of drawing one
 * after the other, in one sort (P. S. Efraimidis, P. G. Spirakis: Weighted random sampling with a
 * reservoir, Information Processing Letters 97, 2006; here with exponential keys).
 * @param weights Of each: above 0.
 * @returns The indexes in that order.
 */
export function shuffle(random: Random, weights: readonly number[]): number[] {
  const keys = weights.map((weight) => -Math.log(1 - random()) / weight);
  return [...keys.keys()].sort((one, other) => keys[one]! - keys[other]!);
}
