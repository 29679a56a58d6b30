import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { Transactions } from './eclat/eclat.ts';
import { fit } from './fit.ts';
import type { Rules } from './rules.ts';
import { settingsWith } from './sample.ts';

const itemCount = 7;
const data = fc.array(fc.uniqueArray(fc.nat(itemCount - 1)), { maxLength: 25 });

function toTransactions(rows: readonly number[][]): Transactions {
  const offsets = [0];
  for (const row of rows) offsets.push(offsets.at(-1)! + row.length);
  const items = rows.flatMap((row) => row.toSorted((a, b) => a - b));
  return { offsets: Uint32Array.from(offsets), items: Uint32Array.from(items), itemCount };
}

/** Every set of 2 to `longest` items. */
function subsets(longest: number): number[][] {
  return Array.from({ length: 2 ** itemCount }, (_, bits) =>
    Array.from({ length: itemCount }, (_, item) => item).filter((item) => (bits >> item) & 1),
  ).filter((set) => set.length >= 2 && set.length <= longest);
}

interface Rule {
  together: number;
  weight: number;
}

/** Rules by "antecedent -> consequent", counted over all playlists. */
function counted(
  rows: readonly number[][],
  minSupport: number,
  longest: number,
  exponent: number,
): Map<string, Rule> {
  const rules = new Map<string, Rule>();
  for (const set of subsets(longest)) {
    const holders = rows.filter((row) => set.every((item) => row.includes(item)));
    if (holders.length < minSupport) continue;
    const weight = holders.reduce((sum, row) => sum + row.length ** -exponent, 0);
    for (const item of set) {
      const antecedent = set.filter((other) => other !== item);
      rules.set(`${antecedent} -> ${item}`, { together: holders.length, weight });
    }
  }
  return rules;
}

function antecedentOf({ longOffsets, longSongs }: Rules, number: number): number[] {
  if (number < itemCount) return [number];
  const long = number - itemCount;
  return [...longSongs.subarray(longOffsets[long], longOffsets[long + 1])];
}

t.test('each itemset gives a rule for each of its items, counted from the rows', async () => {
  await fc.assert(
    fc.asyncProperty(
      data,
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(2, 3, 4),
      fc.constantFrom(0, 0.5, 1.3),
      async (rows, minSupport, maxLength, lengthExponent) => {
        const { maxItemsets, scoring } = settingsWith();
        const { rules, itemsets } = await fit(toTransactions(rows), {
          minSupport,
          maxLength,
          maxItemsets,
          scoring: { ...scoring, lengthExponent },
        });
        const expected = counted(rows, minSupport, maxLength, lengthExponent);
        assert.equal(rules.ruleConsequents.length, expected.size);
        for (let a = 0; a + 1 < rules.ruleOffsets.length; a++) {
          const antecedent = antecedentOf(rules, a);
          let last = -1;
          for (let rule = rules.ruleOffsets[a]; rule < rules.ruleOffsets[a + 1]; rule++) {
            const consequent = rules.ruleConsequents[rule];
            assert.ok(consequent > last, 'consequents ascend');
            last = consequent;
            const known = expected.get(`${antecedent} -> ${consequent}`)!;
            assert.equal(rules.ruleTogether[rule], known.together);
            assert.equal(rules.ruleWeights[rule].toFixed(4), known.weight.toFixed(4));
            assert.equal(Math.fround(rules.ruleWeights[rule]), rules.ruleWeights[rule]);
          }
          if (a < itemCount) continue;
          assert.ok(last >= 0, 'every long antecedent has a rule');
          const given = rows.filter((row) => antecedent.every((item) => row.includes(item)));
          assert.equal(rules.longSupports[a - itemCount], given.length);
        }
        const frequent = subsets(maxLength).filter(
          (set) =>
            rows.filter((row) => set.every((item) => row.includes(item))).length >= minSupport,
        );
        assert.equal(itemsets, frequent.length);
        const long = [...rules.longSupports.keys()].map((i) => antecedentOf(rules, itemCount + i));
        assert.deepEqual(
          long,
          long.toSorted((a, b) => (`${a}` < `${b}` ? -1 : 1)),
        );
      },
    ),
    { numRuns: 60 },
  );
});

t.test('an abort ends a fit with its reason', async (t) => {
  const reason = new Error('enough');
  const { maxItemsets, maxLength, scoring } = settingsWith();
  const parameters = { minSupport: 1, maxItemsets, maxLength, scoring };
  await t.rejects(fit(toTransactions([[1, 2]]), parameters, AbortSignal.abort(reason)), reason);
});
