import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { confidence, conviction, leverage, lift, type RuleCounts, support } from './measures.ts';

const near = (a: number, b: number) =>
  assert(a === b || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b)), `${a} ${b}`);

/** Counts that transactions can have: how many hold both, only one, the other, neither. */
const anyCounts: fc.Arbitrary<RuleCounts> = fc
  .tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat())
  .filter(([both, antecedent, consequent]) => both + antecedent > 0 && both + consequent > 0)
  .map(([both, antecedent, consequent, neither]) => ({
    together: both,
    given: both + antecedent,
    consequent: both + consequent,
    transactions: both + antecedent + consequent + neither,
  }));

t.test('a worked example', async (t) => {
  // Of 100 playlists 20 hold A, 50 hold j, 15 both.
  const counts = { together: 15, given: 20, consequent: 50, transactions: 100 };
  t.equal(support(counts), 0.15);
  t.equal(confidence(counts), 0.75);
  t.equal(lift(counts), 1.5);
  t.equal(leverage(counts).toFixed(12), '0.050000000000');
  t.equal(conviction(counts), 2);
});

t.test('each measure stays in its range, and all agree on what chance is', async () => {
  fc.assert(
    fc.property(anyCounts, (counts) => {
      const { given, consequent, transactions } = counts;
      assert(support(counts) >= 0 && support(counts) <= confidence(counts));
      assert(confidence(counts) <= 1);
      assert(lift(counts) >= 0);
      assert(leverage(counts) >= -0.25 - 1e-12 && leverage(counts) <= 0.25 + 1e-12);
      assert(conviction(counts) >= 0);
      const chance = Math.sign(counts.together * transactions - given * consequent);
      if (lift(counts) > 1 + 1e-9) assert.equal(chance, 1);
      if (lift(counts) < 1 - 1e-9) assert.equal(chance, -1);
      near(leverage(counts), support(counts) * (1 - 1 / lift(counts) || 0) || leverage(counts));
    }),
  );
});

t.test('lift and leverage do not ask which of two songs is given', async () => {
  fc.assert(
    fc.property(anyCounts, (counts) => {
      const turned = { ...counts, given: counts.consequent, consequent: counts.given };
      near(lift(counts), lift(turned));
      near(leverage(counts), leverage(turned));
    }),
  );
});

t.test('a rule that never fails has the conviction Infinity, and only such a rule', async (t) => {
  fc.assert(
    fc.property(anyCounts, (counts) => {
      assert.equal(conviction(counts) === Infinity, counts.together === counts.given);
    }),
  );
  const always = { together: 5, given: 5, consequent: 9, transactions: 9 };
  t.equal(conviction(always), Infinity, 'also when its consequent is everywhere');
});
