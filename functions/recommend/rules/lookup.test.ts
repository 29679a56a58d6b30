import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { anyPlaylists, modelOf, playlists } from '../sample.ts';
import { countTo, ruleOf } from './lookup.ts';

t.test('counting the rules to several songs at once gives what each alone does', async () => {
  await fc.assert(
    fc.asyncProperty(anyPlaylists, fc.constantFrom(0, 8192), async (some, maxVisits) => {
      const model = await modelOf(some, { maxLength: 3, maxVisits });
      const songs = [...Array(model.songs).keys()];
      const antecedents = model.singles + model.snapshot.longSupports.length;
      for (let antecedent = 0; antecedent < antecedents; antecedent++) {
        const { together, weights } = countTo(model, antecedent, songs);
        for (const song of songs) {
          const rule = { together: together[song], weight: weights[song] };
          assert.deepEqual(rule, ruleOf(model, antecedent, song), `${antecedent} to ${song}`);
        }
      }
    }),
    { numRuns: 30, examples: [[playlists, 8192]] },
  );
});
