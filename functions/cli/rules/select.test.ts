import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { confidence, lift, type MeasureName, measures } from '../../../shared/measures.ts';
import type { Model } from '../../recommend/model.ts';
import { antecedentSongs } from '../../recommend/rules/lookup.ts';
import { improvement, type Rule } from '../../recommend/rules/walk.ts';
import { anyPlaylists, modelOf, songOf } from '../../recommend/sample.ts';
import { type Conditions, type Order, select } from './select.ts';

const all: Conditions = { songs: [], lhs: [], rhs: [], withoutRedundant: false };

const listed = (rules: Iterable<Rule>): Rule[] => Array.from(rules, (rule) => ({ ...rule }));

const chosen = (model: Model, conditions: Partial<Conditions>, order: Order = {}) =>
  listed(select(model, { ...all, ...conditions }, order));

t.test('sorting is what sorting a list would be, and a limit its beginning', async () => {
  const anyOrder = fc.record({
    measure: fc.constantFrom<MeasureName>('lift', 'confidence', 'support', 'phi', 'fisherExactP'),
    ascending: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(anyPlaylists, anyOrder, fc.nat(40), async (playlists, by, limit) => {
      const model = await modelOf(playlists, { maxLength: 3 });
      const { measure, ascending } = by;
      const key = (rule: Rule) => {
        const value = measures[measure](rule);
        return Number.isNaN(value) ? Infinity : ascending ? value : -value;
      };
      const expected = chosen(model, {}).sort((a, b) => key(a) - key(b) || 0);
      assert.deepEqual(chosen(model, {}, { by }), expected);
      assert.deepEqual(chosen(model, {}, { by, limit }), expected.slice(0, limit));
      assert.deepEqual(chosen(model, {}, { limit }), chosen(model, {}).slice(0, limit));
    }),
    { numRuns: 40 },
  );
});

t.test('a limit of many keeps the best of more than it holds at once', async (t) => {
  const playlists = Array.from({ length: 60 }, (_, i) =>
    Array.from({ length: 45 }, (_, song) => `S${song}`).filter(
      (_, song) => (i * 7 + song * 13) % 5,
    ),
  );
  const model = await modelOf(playlists);
  const by = { measure: 'lift', ascending: false } as const;
  const every = chosen(model, {}, { by });
  t.ok(every.length > 1024, `${every.length} rules are more than are kept at once`);
  t.same(chosen(model, {}, { by, limit: 600 }), every.slice(0, 600));
  t.same(chosen(model, {}, { by, limit: 10 }), every.slice(0, 10));
});

t.test('conditions keep what they say, and nothing else is lost', async (t) => {
  const model = await modelOf(
    [
      ['A', 'B', 'C'],
      ['A', 'B', 'C', 'D'],
      ['A', 'D'],
      ['B', 'D', 'E'],
      ['C', 'E'],
    ],
    { maxLength: 3 },
  );
  const [a, b, d] = ['A', 'B', 'D'].map((name) => songOf(model, name));
  const every = chosen(model, {});
  const antecedent = (rule: Rule) => antecedentSongs(model, rule.antecedent);
  const cases: [Partial<Conditions>, (rule: Rule) => boolean][] = [
    [{ minConfidence: 0.6 }, (rule) => confidence(rule) >= 0.6],
    [{ minLift: 1.2 }, (rule) => lift(rule) >= 1.2],
    [{ songs: [a] }, (rule) => rule.song === a || antecedent(rule).includes(a)],
    [
      { songs: [a, b] },
      (rule) => [a, b].every((song) => rule.song === song || antecedent(rule).includes(song)),
    ],
    [{ lhs: [a] }, (rule) => antecedent(rule).includes(a)],
    [{ lhs: [a, b] }, (rule) => antecedent(rule).includes(a) && antecedent(rule).includes(b)],
    [{ rhs: [d] }, (rule) => rule.song === d],
    [{ rhs: [d, a] }, (rule) => rule.song === d || rule.song === a],
    [{ lhs: [a], rhs: [d] }, (rule) => antecedent(rule).includes(a) && rule.song === d],
    [{ withoutRedundant: true }, (rule) => improvement(model, rule) > 0],
    [{ only: (rule) => rule.together > 1 }, (rule) => rule.together > 1],
  ];
  for (const [conditions, condition] of cases) {
    const expected = every.filter(condition);
    t.ok(expected.length > 0 && expected.length < every.length);
    t.same(chosen(model, conditions), expected);
  }
});
