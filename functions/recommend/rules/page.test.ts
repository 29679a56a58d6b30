import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { confidence, lift, type MeasureName, measures, support } from '../../../shared/measures.ts';
import { importRules } from '../../retrain/importRules.ts';
import { type Model, toModel } from '../model.ts';
import { anyPlaylists, modelOf, nameOf, playlists, songOf } from '../sample.ts';
import type { RulesAnswer, RulesQuery } from '../schemas.ts';
import { antecedentSongs } from './lookup.ts';
import { pageOfRules } from './page.ts';
import { type Rule, rulesOf, rulesWith } from './walk.ts';

/** The answer, whatever rest it takes. */
function page(model: Model, query: RulesQuery, most?: number): RulesAnswer {
  const work = pageOfRules(model, query, most);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Rules that a person would write down the same. */
const told = (rules: RulesAnswer['rules']) =>
  rules.map(({ antecedent, consequent, together }) =>
    JSON.stringify([antecedent, consequent, together]),
  );

const line = (model: Model, rule: Rule) =>
  JSON.stringify([
    antecedentSongs(model, rule.antecedent).map((song) => nameOf(model, song)),
    nameOf(model, rule.song),
    rule.together,
  ]);

const lines = (answer: RulesAnswer) =>
  answer.rules.map(({ antecedent, consequent, together }) => {
    const name = (song: { track: string; artist: string }) =>
      song.artist === '' ? song.track : `${song.track} - ${song.artist}`;
    return JSON.stringify([antecedent.map(name), name(consequent), together]);
  });

t.test('the pages of a query are the rules that meet it, sorted, each once', async () => {
  const anyQuery = fc.record({
    'min-support': fc.constantFrom(0, 0.2, 0.5),
    'min-confidence': fc.constantFrom(0, 0.5, 1),
    'min-lift': fc.constantFrom(0, 1, 1.5),
    sort: fc.constantFrom<MeasureName>('lift', 'support', 'phi', 'conviction', 'fisherExactP'),
    order: fc.constantFrom('asc' as const, 'desc' as const),
    limit: fc.integer({ min: 1, max: 7 }),
  });
  await fc.assert(
    fc.asyncProperty(
      anyPlaylists,
      fc.constantFrom(2, 3),
      fc.constantFrom(0, 8192),
      anyQuery,
      async (songs, maxLength, maxVisits, query) => {
        const model = await modelOf(songs, { maxLength, maxVisits });
        const expected = Array.from(rulesOf(model), (rule) => ({ ...rule }))
          .filter(
            (rule) =>
              support(rule) >= query['min-support'] &&
              confidence(rule) >= query['min-confidence'] &&
              lift(rule) >= query['min-lift'],
          )
          .map((rule, place) => {
            const value = measures[query.sort](rule);
            const signed = query.order === 'asc' ? value : -value;
            return { key: Number.isNaN(value) ? Infinity : signed, place, rule };
          })
          .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.place - b.place));
        const found: string[] = [];
        let cursor: string | undefined;
        do {
          const answer = page(model, { ...query, ...(cursor && { cursor }) });
          assert.equal(answer.met, expected.length);
          assert(answer.complete);
          found.push(...lines(answer));
          cursor = answer.cursor;
        } while (cursor !== undefined);
        assert.deepEqual(
          found,
          expected.map(({ rule }) => line(model, rule)),
        );
      },
    ),
    { numRuns: 60 },
  );
});

t.test('the rules with a song are those that have it on a side, listed or counted', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyPlaylists,
      fc.constantFrom(2, 3),
      fc.constantFrom(0, 2, 8192),
      async (songs, maxLength, maxVisits) => {
        const model = await modelOf(songs, { maxLength, maxVisits, minSupport: 2 });
        for (let song = 0; song < model.songs; song++) {
          const expected = Array.from(rulesOf(model), (rule) => ({ ...rule }))
            .filter(
              (rule) =>
                rule.song === song || antecedentSongs(model, rule.antecedent).includes(song),
            )
            .map((rule) => line(model, rule));
          const [title, artist] = nameOf(model, song).split(' - ');
          const answer = page(model, { song: title, ...(artist && { artist }), limit: 1000 });
          assert.deepEqual(lines(answer).toSorted(), expected.toSorted());
        }
      },
    ),
    { numRuns: 40 },
  );
});

t.test('rules of elsewhere may hold in one direction only', async (t) => {
  const text = 'rules,support,confidence,lift,count\n{a} => {b},0.1,0.5,2,10\n';
  const { snapshot } = await importRules('r.csv', text, { sha256: 'd'.repeat(64) });
  const model = toModel((await modelOf(playlists)).head, snapshot);
  const withB = rulesWith(model, songOf(model, 'b'));
  t.same(withB(songOf(model, 'a')), [[songOf(model, 'b'), 10]]);
  t.same(withB(songOf(model, 'b')), []);
});

t.test('cells count every rule that meets a query, where it is', async () => {
  await fc.assert(
    fc.asyncProperty(anyPlaylists, fc.constantFrom(0, 0.5), async (songs, least) => {
      const model = await modelOf(songs, { maxLength: 3 });
      const answer = page(model, { 'min-confidence': least, cells: true, limit: 1000 });
      const cells = answer.cells!;
      assert.equal(
        cells.reduce((sum, { rules }) => sum + rules, 0),
        answer.met,
      );
      for (const rule of answer.rules) {
        assert(
          cells.some(
            (cell) =>
              rule.support >= cell.support * 0.999 &&
              rule.support <= cell.supportEnd * 1.001 &&
              rule.confidence >= cell.confidence &&
              rule.confidence <= cell.confidenceEnd,
          ),
          JSON.stringify(rule),
        );
      }
    }),
    { numRuns: 40 },
  );
});

t.test('a request looks at so many rules, and says when there are more', async (t) => {
  const model = await modelOf(playlists);
  const some = page(model, {}, 3);
  t.match(some, { scanned: 3, complete: false, met: 3 });
  const all = [...rulesOf(model)].length;
  t.match(page(model, {}, all), { scanned: all, complete: true });
  t.equal(page(model, {}).cells, undefined);
  t.equal(told(page(model, { limit: 2 }).rules).length, 2);
});

t.test('a measure that is infinite or has no value is null', async (t) => {
  const model = await modelOf([['A', 'B'], ['A', 'B'], ['C']]);
  t.same(
    page(model, { sort: 'conviction' }).rules.map(({ value }) => value),
    [null, null],
  );
  t.same(
    page(model, { sort: 'fisherExactP' }).rules.map(({ value }) => value),
    [1 / 3, 1 / 3],
  );
});

t.test('what nobody knows, and a cursor of something else, is refused', async (t) => {
  const model = await modelOf(playlists);
  t.throws(() => page(model, { song: 'xyzzy' }), { code: 'song-unknown' });
  t.throws(() => page(model, { song: 'Hello', artist: 'ABBA' }), { code: 'song-unknown' });
  const { cursor } = page(model, { limit: 1 });
  t.match(cursor, /^cccccccccccc_-?[\d.]+_\d+$/);
  for (const made of ['', 'x', 'cccccccccccc', 'cccccccccccc__1', 'cccccccccccc_1_x', `d${cursor}`])
    t.throws(() => page(model, { cursor: made }), { code: 'cursor-stale' }, made);
});
