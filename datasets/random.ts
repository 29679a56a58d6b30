/** Numbers from 0 (included) to 1 (excluded); the same seed gives the same numbers everywhere. */
export type Random = () => number;

/**
 * sfc32, "small fast counter": 128 bits of state, a period of at least 2^32, passes PractRand.
 * Source: Chris Doty-Humphrey, PractRand (https://pracrand.sourceforge.net/), with his seeding:
 * the counter begins at 1 and the first 15 numbers are thrown away.
 * @param seed A whole number from 0 to 2^32 - 1.
 */
export function seededRandom(seed: number): Random {
  let a = 0;
  let b = seed | 0;
  let c = 0;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  };
  for (let i = 0; i < 15; i++) next();
  return next;
}

/**
 * The time until something with this rate happens, from the exponential distribution; of several
 * things, the one with the shortest time is drawn with a chance proportional to its rate.
 * @param rate Above 0.
 */
function waitingTime(random: Random, rate: number): number {
  return -Math.log(1 - random()) / rate;
}

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
 * @param weights Of each: at least 0, one of them above 0.
 * @returns Its index.
 */
export function drawIndex(random: Random, weights: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]!;
  let left = random() * total;
  let last = -1;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (weight === 0) continue;
    last = i;
    left -= weight;
    if (left < 0) break;
  }
  return last;
}

/**
 * Draws one after the other without putting back, each time with chances proportional to the
 * weights of those left (P. S. Efraimidis, P. G. Spirakis: Weighted random sampling with a
 * reservoir, 2006, algorithm A in its exponential form).
 * @param weights Of each: at least 0; those of 0 are never drawn.
 * @param count How many at most.
 * @returns Their indexes in the order in which they were drawn.
 */
export function drawSeveral(random: Random, weights: ArrayLike<number>, count: number): number[] {
  const drawn: { index: number; time: number }[] = [];
  for (let index = 0; index < weights.length; index++) {
    const weight = weights[index]!;
    if (weight > 0) drawn.push({ index, time: waitingTime(random, weight) });
  }
  drawn.sort((one, other) => one.time - other.time);
  return drawn.slice(0, count).map(({ index }) => index);
}
