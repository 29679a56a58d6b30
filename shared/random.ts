/** Numbers from 0 (included) to 1 (excluded); the same seed gives the same numbers everywhere. */
export type Random = () => number;

/**
 * sfc32, "small fast counter": 96 bits of state and a counter of 32, a period of at least 2^32.
 * Source: Chris Doty-Humphrey, PractRand (https://pracrand.sourceforge.net/), with his seeding:
 * the counter begins at 1 and the first numbers are thrown away.
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
