import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { type Correction, correct, corrections } from './significance.ts';

const near = (a: number, b: number) => assert(Math.abs(a - b) <= 1e-12, `${a} ${b}`);

t.test('a worked example', async () => {
  const pValues = [0.03, 0.01, 0.02, 0.6, 0.01];
  // Holm: 5 * .01, 4 * .01 (below .05), 3 * .02, 2 * .03, .6. BH: .01 * 5 / 2, .02 * 5 / 3, ...
  const byHand: Record<Correction, number[]> = {
    bonferroni: [0.15, 0.05, 0.1, 1, 0.05],
    holm: [0.06, 0.05, 0.06, 0.6, 0.05],
    bh: [0.0375, 0.025, 0.1 / 3, 0.6, 0.025],
  };
  for (const correction of corrections) {
    const corrected = correct(Float64Array.from(pValues), correction);
    pValues.forEach((p, i) => {
      near(corrected(p), byHand[correction][i]);
    });
  }
});

t.test('Bonferroni is the strictest, then Holm, then BH; order and range stay', async () => {
  const anyP = fc.array(fc.constantFrom(0, 1e-9, 0.001, 0.01, 0.02, 0.05, 0.3, 1), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(anyP, (pValues) => {
      const [holm, bonferroni, bh] = corrections.map((correction) =>
        correct(Float64Array.from(pValues), correction),
      );
      for (const p of pValues) {
        assert(p <= bh(p) + 1e-12 && bh(p) <= holm(p) + 1e-12 && holm(p) <= bonferroni(p) + 1e-12);
        assert(bonferroni(p) <= 1);
        for (const corrected of [holm, bonferroni, bh]) {
          for (const other of pValues) if (other < p) assert(corrected(other) <= corrected(p));
        }
      }
    }),
  );
});
