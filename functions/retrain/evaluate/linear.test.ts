import fc from 'fast-check';
import t from 'tap';
import { invert, solve } from './linear.ts';

/** BB' + I: symmetric and positive definite. */
const positiveDefinite = fc.integer({ min: 1, max: 18 }).chain((n) =>
  fc
    .array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: n * n, maxLength: n * n })
    .map((b) => {
      const a = new Float64Array(n * n);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          for (let k = 0; k < n; k++) a[i * n + j] += b[i * n + k] * b[j * n + k];
        }
        a[i * n + i]++;
      }
      return { a, n };
    }),
);

const product = (a: Float64Array, n: number, row: number, column: (k: number) => number) => {
  let sum = 0;
  for (let k = 0; k < n; k++) sum += a[row * n + k] * column(k);
  return sum;
};

t.test('a matrix times its inverse is the identity', async () => {
  fc.assert(
    fc.property(positiveDefinite, ({ a, n }) => {
      const inverse = a.slice();
      invert(inverse, n);
      return a.every((_, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        const found = product(a, n, i, (k) => inverse[k * n + j]);
        return Math.abs(found - (i === j ? 1 : 0)) < 1e-8;
      });
    }),
  );
});

t.test('a solution solves, and only the upper triangle is read', async () => {
  fc.assert(
    fc.property(positiveDefinite, ({ a, n }) => {
      const upper = a.map((value, at) => (at % n < Math.floor(at / n) ? Number.NaN : value));
      const solution = Float64Array.from({ length: n }, (_, i) => i + 1);
      solve(upper, n, solution);
      return solution.every(
        (_, i) => Math.abs(product(a, n, i, (k) => solution[k]) - (i + 1)) < 1e-8,
      );
    }),
  );
});
