import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { confidence, lift, support } from '../../../shared/measures.ts';
import type { Model } from '../model.ts';
import { anyPlaylists, modelOf, nameOf, playlists } from '../sample.ts';
import type { DifferenceAnswer, DifferenceQuery, RuleChange } from '../schemas.ts';
import { compareModels } from './difference.ts';
import { antecedentSongs } from './lookup.ts';
import { rulesOf } from './walk.ts';

/** The answer, whatever rest it takes. */
function compare(
  before: Model,
  after: Model,
  query: DifferenceQuery,
  most?: number,
): DifferenceAnswer {
  const work = compareModels(before, after, query, most);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Rules of a model by their names, with their figures. */
function byName(model: Model, least: number) {
  const rules = new Map<string, { confidence: number; support: number; lift: number }>();
  for (const rule of rulesOf(model)) {
    if (confidence(rule) < least) continue;
    const names = antecedentSongs(model, rule.antecedent).map((song) => nameOf(model, song));
    rules.set(JSON.stringify([names.toSorted(), nameOf(model, rule.song)]), {
      ...{ confidence: confidence(rule), support: support(rule), lift: lift(rule) },
    });
  }
  return rules;
}

const nameOfChange = ({ antecedent, consequent }: RuleChange) => {
  const name = (song: { track: string; artist: string }) =>
    song.artist === '' ? song.track : `${song.track} - ${song.artist}`;
  return JSON.stringify([antecedent.map(name).toSorted(), name(consequent)]);
};

t.test('every rule is gained, lost, changed or the same', async () => {
  const anyQuery = fc.record({
    'min-confidence': fc.constantFrom(0, 0.5),
    'min-change': fc.constantFrom(0, 0.25),
    sort: fc.constantFrom('confidence' as const, 'support' as const, 'lift' as const),
    limit: fc.integer({ min: 1, max: 9 }),
  });
  await fc.assert(
    fc.asyncProperty(
      anyPlaylists,
      anyPlaylists,
      fc.constantFrom(2, 3),
      fc.constantFrom(0, 8192),
      anyQuery,
      async (one, other, maxLength, maxVisits, query) => {
        const before = await modelOf(one, { maxLength, maxVisits });
        const after = await modelOf(other, { maxLength });
        const [was, is] = [before, after].map((model) => byName(model, query['min-confidence']));
        const expected = new Map<string, [kind: string, change: number]>();
        const counts = { gained: 0, lost: 0, changed: 0, same: 0 };
        for (const name of new Set([...was.keys(), ...is.keys()])) {
          const [a, b] = [was.get(name)?.[query.sort], is.get(name)?.[query.sort]];
          const change = Math.abs((b ?? 0) - (a ?? 0));
          const changed = change > query['min-change'] ? 'changed' : 'same';
          const kind = a === undefined ? 'gained' : b === undefined ? 'lost' : changed;
          counts[kind]++;
          if (kind !== 'same') expected.set(name, [kind, change]);
        }
        const found = new Map<string, [kind: string, change: number]>();
        let cursor: string | undefined;
        let last = Infinity;
        do {
          const answer = compare(before, after, { ...query, ...(cursor && { cursor }) });
          assert.deepEqual(answer.counts, counts);
          for (const change of answer.changes) {
            const { [query.sort]: a = 0 } = change.before ?? {};
            const { [query.sort]: b = 0 } = change.after ?? {};
            const difference = Math.abs(b - a);
            assert(difference <= last, 'the greatest difference first');
            last = difference;
            found.set(nameOfChange(change), [change.kind, difference]);
          }
          cursor = answer.cursor;
        } while (cursor !== undefined);
        assert.deepEqual(new Map([...found].sort()), new Map([...expected].sort()));
      },
    ),
    { numRuns: 60 },
  );
});

t.test('only one kind, only so many rules', async (t) => {
  const before = await modelOf(playlists.slice(0, 4));
  const after = await modelOf(playlists.slice(2));
  const all = compare(before, after, {});
  t.ok(all.counts.gained > 0 && all.counts.lost > 0 && all.counts.changed > 0);
  for (const kind of ['gained', 'lost', 'changed'] as const) {
    const { changes, counts } = compare(before, after, { kind });
    t.equal(changes.length, counts[kind]);
    t.ok(changes.every((change) => change.kind === kind));
  }
  t.match(compare(before, after, {}, 1), { complete: false });
  t.match(compare(after, before, {}), {
    complete: true,
    counts: { gained: all.counts.lost, lost: all.counts.gained },
  });
  t.match(compare(before, before, {}), { counts: { gained: 0, lost: 0, changed: 0 }, changes: [] });
  t.throws(() => compare(before, after, { cursor: 'x' }), { code: 'cursor-stale' });
});
