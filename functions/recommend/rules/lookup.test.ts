import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { tellBriefly } from '../../retrain/publish.ts';
import { anyPlaylists, modelOf, playlists } from '../sample.ts';
import { consequentsOf, countTo, ruleOf } from './lookup.ts';

t.test('counting the rules to several songs at once gives what each alone does', async () => {
  await fc.assert(
    fc.asyncProperty(anyPlaylists, fc.constantFrom(0, 8192), async (some, maxVisits) => {
      const model = await modelOf(some, { maxLength: 3, maxVisits });
      const songs = [...Array(model.songs).keys()];
      const antecedents = model.singles + model.snapshot.longSupports.length;
      for (let antecedent = 0; antecedent < antecedents; antecedent++) {
        const { together, weights } = countTo(model, antecedent, songs);
        for (const song of songs) {
          const rule = { together: together(song), weight: weights[song] };
          assert.deepEqual(rule, ruleOf(model, antecedent, song), `${antecedent} to ${song}`);
        }
      }
    }),
    { numRuns: 30, examples: [[playlists, 8192]] },
  );
});

t.test('a rule counts the same whether it is told in a byte or apart', async (t) => {
  const model = await modelOf(playlists, { maxVisits: 0 });
  const { ruleOffsets, ruleConsequents, ruleTogether } = model.snapshot;
  const counts = Uint32Array.from(ruleTogether, (_, rule) => [255, 256, 1, 2, 254, 3, 4][rule % 7]);
  const weights = counts.map((count) => (count % 3 === 1 ? 65_535 : 65_300) + count);
  const others = Array(1000).fill(1);
  const told = tellBriefly({
    ruleTogether: Uint32Array.of(...counts, ...others),
    ruleWeights: Uint32Array.of(...weights, ...others),
  });
  const snapshot = {
    ...model.snapshot,
    ...told,
    ruleTogether: told.ruleTogether.subarray(0, counts.length),
    ruleWeights: told.ruleWeights.subarray(0, counts.length),
  };
  t.ok(told.frequentRules.length > 1 && told.heavyRules.length > 1);
  for (let antecedent = 0; antecedent + 1 < ruleOffsets.length; antecedent++) {
    const rules: [number, number][] = [];
    for (let rule = ruleOffsets[antecedent]; rule < ruleOffsets[antecedent + 1]; rule++) {
      rules.push([ruleConsequents[rule], counts[rule]]);
      const found = ruleOf({ ...model, snapshot }, antecedent, ruleConsequents[rule]);
      t.strictSame(found, { together: counts[rule], weight: weights[rule] });
    }
    if (rules.length > 0) t.strictSame(consequentsOf({ ...model, snapshot }, antecedent), rules);
  }
});
