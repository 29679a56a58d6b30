import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { confidence } from '../../../shared/measures.ts';
import { noHead } from '../../../shared/store/heads.ts';
import { importRules } from '../../retrain/importRules.ts';
import { toModel } from '../model.ts';
import { anyPlaylists, modelOf, nameOf } from '../sample.ts';
import { antecedentSongs } from './lookup.ts';
import { improvement, rulesOf } from './walk.ts';

/** Playlists that hold all these songs. */
const count = (playlists: readonly string[][], songs: readonly string[]) =>
  playlists.filter((playlist) => songs.every((song) => playlist.includes(song))).length;

t.test('every rule is told once, with the counts that the playlists have', async () => {
  await fc.assert(
    fc.asyncProperty(anyPlaylists, fc.constantFrom(2, 3, 4), async (playlists, maxLength) => {
      const model = await modelOf(playlists, { maxLength });
      const seen = new Set<string>();
      for (const rule of rulesOf(model)) {
        const antecedent = antecedentSongs(model, rule.antecedent).map((s) => nameOf(model, s));
        const consequent = nameOf(model, rule.song);
        assert.equal(rule.together, count(playlists, [...antecedent, consequent]));
        assert.equal(rule.given, count(playlists, antecedent));
        assert.equal(rule.consequent, count(playlists, [consequent]));
        assert.equal(rule.transactions, playlists.length);
        seen.add([...antecedent.toSorted(), consequent].join('\0'));
      }
      let expected = 0;
      const items = [...new Set(playlists.flat())];
      for (let set = 0; set < 2 ** items.length; set++) {
        const songs = items.filter((_, i) => (set >> i) & 1);
        if (songs.length < 2 || songs.length > maxLength) continue;
        if (count(playlists, songs) > 0) expected += songs.length;
      }
      assert.equal(seen.size, expected);
    }),
    { numRuns: 40 },
  );
});

t.test('improvement is over the best of all shorter rules', async () => {
  await fc.assert(
    fc.asyncProperty(anyPlaylists, async (playlists) => {
      const model = await modelOf(playlists, { maxLength: 4 });
      for (const rule of rulesOf(model)) {
        const antecedent = antecedentSongs(model, rule.antecedent).map((s) => nameOf(model, s));
        const consequent = nameOf(model, rule.song);
        let best = 0;
        for (let part = 0; part < 2 ** antecedent.length - 1; part++) {
          const songs = antecedent.filter((_, i) => (part >> i) & 1);
          const share = count(playlists, [...songs, consequent]) / count(playlists, songs);
          best = Math.max(best, share);
        }
        assert.equal(improvement(model, rule), confidence(rule) - best);
      }
    }),
    { numRuns: 40 },
  );
});

t.test('a song that adds nothing makes a rule redundant', async (t) => {
  // Who has A has B, whether or not with C: A + C => B is no better than A => B.
  const model = await modelOf([['A', 'B', 'C'], ['A', 'B'], ['C'], ['D']], { maxLength: 3 });
  const found = [...rulesOf(model)].length;
  t.equal(found, 6 + 3);
  const gains = new Map<string, number>();
  for (const rule of rulesOf(model)) {
    const names = antecedentSongs(model, rule.antecedent).map((song) => nameOf(model, song));
    gains.set(`${names.toSorted().join('')}>${nameOf(model, rule.song)}`, improvement(model, rule));
  }
  t.equal(gains.get('AC>B'), 0);
  t.equal(gains.get('A>B'), 0.5);
  t.equal(gains.get('C>B'), 0, 'no better than without any song');
  t.equal(gains.get('AB>C'), 0, 'A alone says C as often');
});

t.test('shorter rules that a model does not have are left out', async (t) => {
  // Rules mined elsewhere need not come with all of their parts.
  const csv = `antecedent,consequent,together,support,confidence,lift
a + b + c,d,3,0.3,0.75,1.5
a,d,4,0.4,0.5,1
`;
  const { snapshot } = await importRules('r.csv', csv, { sha256: 'd'.repeat(64) });
  const model = toModel(noHead, snapshot);
  const gains = Array.from(rulesOf(model), (rule) => improvement(model, rule));
  t.strictSame(gains, [0, 0.25]);
});
