import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { Scoring } from '../../shared/snapshot.ts';
import type { Model } from './model.ts';
import {
  anyPlaylists,
  anyScoring,
  modelOf,
  nameOf,
  plainScoring,
  type SongName,
  playlists as sample,
  songOf,
} from './sample.ts';
import { antecedentSongs, explain, rank, rankByPopularity } from './score.ts';

interface Question {
  playlists: SongName[][];
  seeds: SongName[];
  minSupport: number;
  maxLength: number;
  scoring: Scoring;
}

const anyQuestion: fc.Arbitrary<Question> = anyPlaylists.chain((playlists) =>
  fc.record({
    playlists: fc.constant(playlists),
    seeds: fc
      .shuffledSubarray([...new Set(playlists.flat())], { minLength: 1 })
      .map((songs) => songs.slice(0, 5)),
    minSupport: fc.constantFrom(1, 2),
    maxLength: fc.constantFrom(2, 3, 4),
    scoring: anyScoring,
  }),
);

/** A rule as the playlists themselves tell it. */
interface PlainRule {
  antecedent: SongName[];
  together: number;
  given: number;
  value: number;
}

/** Every subset of the seeds that can be an antecedent, the longest last. */
function subsets(seeds: readonly SongName[], longest: number): SongName[][] {
  const all: SongName[][] = [[]];
  for (const seed of seeds) all.push(...all.map((subset) => [...subset, seed]));
  return all.filter(({ length }) => length >= 1 && length <= longest);
}

function holding(playlists: readonly SongName[][], songs: readonly SongName[]): SongName[][] {
  return playlists.filter((playlist) => songs.every((song) => playlist.includes(song)));
}

/** The rules that give a song its score, and the score: the formula, over the playlists. */
function plainScore(
  { playlists, seeds, minSupport, maxLength, scoring }: Question,
  song: SongName,
): { rules: PlainRule[]; score: number } {
  const rules: PlainRule[] = [];
  for (const antecedent of subsets(seeds, maxLength - 1)) {
    const both = holding(playlists, [...antecedent, song]);
    if (both.length < minSupport) continue;
    const given = holding(playlists, antecedent).length;
    const weight = both
      .map((playlist) => playlist.length ** -scoring.lengthExponent)
      .reduce((sum, one) => sum + one, 0);
    const value = weight / (given + scoring.shrinkage);
    rules.push({ antecedent, together: both.length, given, value });
  }
  const values = rules.map(({ value }) => value);
  const total =
    scoring.aggregation === 'max'
      ? Math.max(0, ...values)
      : values.reduce((sum, value) => sum + value, 0);
  const damping = holding(playlists, [song]).length ** -scoring.popularityDamping;
  return { rules, score: total * damping };
}

/** Weights are kept as 32-bit floats. */
function nearly(found: number, expected: number): boolean {
  return Math.abs(found - expected) <= 1e-6 * Math.abs(expected);
}

/** The ranking with names, as far as `limit`. */
function ranked(model: Model, seeds: readonly SongName[], limit = 1000): Map<SongName, number> {
  const numbers = seeds.map((seed) => songOf(model, seed));
  const { songs, scores } = rank(model, numbers, limit);
  return new Map(songs.map((song, i) => [nameOf(model, song), scores[i]]));
}

t.test('the kernel equals the formula over the playlists', async () => {
  await fc.assert(
    fc.asyncProperty(anyQuestion, async (question) => {
      const { playlists, seeds } = question;
      const found = ranked(await modelOf(playlists, question), seeds);
      for (const song of new Set(playlists.flat())) {
        const { score } = plainScore(question, song);
        const expected = seeds.includes(song) || score === 0 ? undefined : score;
        const is = found.get(song);
        if (is === undefined || expected === undefined) assert.equal(is, expected, song);
        else assert.ok(nearly(is, expected), `${song}: ${is} is ${expected}`);
      }
    }),
    { numRuns: 150 },
  );
});

t.test(
  'songs are in the order of their scores, ties of their popularity; seeds are not',
  async () => {
    await fc.assert(
      fc.asyncProperty(anyQuestion, fc.integer({ min: 1, max: 5 }), async (question, limit) => {
        const model = await modelOf(question.playlists, question);
        const seeds = question.seeds.map((seed) => songOf(model, seed));
        const { songs, scores } = rank(model, seeds, 1000);
        for (let i = 1; i < songs.length; i++) {
          const tie = scores[i - 1] === scores[i];
          assert.ok(tie ? songs[i - 1] < songs[i] : scores[i - 1] > scores[i]);
        }
        assert.ok(!songs.some((song) => seeds.includes(song)));
        const first = { songs: songs.slice(0, limit), scores: scores.slice(0, limit) };
        assert.deepEqual(
          rank(model, seeds, limit),
          first,
          'a limit cuts the end and changes nothing else',
        );
      }),
      { numRuns: 150 },
    );
  },
);

t.test('a limit gives the best of many', async () => {
  const titles = Array.from({ length: 30 }, (_, i) => `Song ${i}`);
  const many = fc.array(fc.shuffledSubarray(titles, { minLength: 2 }), { minLength: 5 });
  await fc.assert(
    fc.asyncProperty(many, fc.integer({ min: 1, max: 30 }), async (playlists, limit) => {
      const model = await modelOf(playlists);
      const all = rank(model, [0, 1], 1000);
      assert.deepEqual(rank(model, [0, 1], limit), {
        songs: all.songs.slice(0, limit),
        scores: all.scores.slice(0, limit),
      });
      const sorted = all.songs.toSorted((a, b) => {
        const score = (song: number) => all.scores[all.songs.indexOf(song)];
        return score(b) - score(a) || a - b;
      });
      assert.deepEqual(all.songs, sorted);
    }),
    { numRuns: 50 },
  );
});

t.test('song numbers are by support, so a tie goes to the song in more playlists', async (t) => {
  const model = await modelOf([['A', 'B'], ['A', 'C'], ['C']], { scoring: plainScoring });
  t.same(
    [...ranked(model, ['A'])],
    [
      ['C', 0.5],
      ['B', 0.5],
    ],
  );
});

t.test('the reasons are the rules that fire, with the counts of the playlists', async () => {
  await fc.assert(
    fc.asyncProperty(anyQuestion, async (question) => {
      const model = await modelOf(question.playlists, question);
      const seeds = question.seeds.map((seed) => songOf(model, seed));
      const highestOnly = question.scoring.aggregation === 'max';
      for (const song of rank(model, seeds, 1000).songs) {
        const { rules } = plainScore(question, nameOf(model, song));
        const reasons = explain(model, seeds, song, 1000);
        const total = reasons.reduce((sum, { share }) => sum + share, 0);
        assert.ok(nearly(total, 1), 'the shares are the whole');
        assert.equal(reasons.length, highestOnly ? 1 : rules.length);
        const strength = rules.map(({ value }) => value);
        const whole = highestOnly
          ? Math.max(...strength)
          : strength.reduce((sum, value) => sum + value, 0);
        let last = 1;
        for (const { antecedent, together, given, share } of reasons) {
          const names = antecedentSongs(model, antecedent).map((one) => nameOf(model, one));
          const rule = rules.find(
            (one) => one.antecedent.toSorted().join() === names.sort().join(),
          );
          assert.deepEqual({ together, given }, { together: rule?.together, given: rule?.given });
          assert.ok(nearly(share, (rule?.value ?? 0) / whole));
          assert.ok(share <= last, 'the strongest comes first');
          last = share;
        }
        assert.deepEqual(
          explain(model, seeds, song, 1),
          reasons.slice(0, 1),
          'fewer are the first of them',
        );
      }
    }),
    { numRuns: 100 },
  );
});

t.test('settings give the recommenders that are known from the literature', async (t) => {
  const playlists = [
    ['A', 'B', 'C'],
    ['A', 'B'],
    ['A', 'C', 'D', 'E'],
    ['B', 'D', 'E'],
  ];
  const scoreOfD = async (scoring: Partial<Scoring>) => {
    const model = await modelOf(playlists, { scoring: { ...plainScoring, ...scoring } });
    return ranked(model, ['A', 'B']).get('D') ?? Number.NaN;
  };
  // A is in three playlists, one of them with D; so is B.
  t.ok(nearly(await scoreOfD({ aggregation: 'max' }), 1 / 3), 'highest confidence');
  t.ok(nearly(await scoreOfD({}), 1 / 3 + 1 / 3), 'sum of confidences');
  t.ok(nearly(await scoreOfD({ shrinkage: 10 }), 2 / 13), 'shrunk confidences');
  t.ok(
    nearly(
      await scoreOfD({ shrinkage: 10, lengthExponent: 0.5, popularityDamping: 0.1 }),
      (2 ** -0.1 * (4 ** -0.5 + 3 ** -0.5)) / 13,
    ),
    'playlists weighed by length, popularity damped',
  );
});

t.test('long antecedents count only when all of their songs are asked for', async (t) => {
  const model = await modelOf([['A', 'B', 'C'], ['A', 'B', 'C'], ['A'], ['B']], {
    minSupport: 2,
    maxLength: 3,
    scoring: plainScoring,
  });
  t.ok(nearly(ranked(model, ['A']).get('C') ?? 0, 2 / 3));
  t.ok(nearly(ranked(model, ['B', 'A']).get('C') ?? 0, 2 / 3 + 2 / 3 + 1), 'in any order');
});

t.test('requests do not see what is left of others, however many there were', async (t) => {
  const model = await modelOf(sample);
  const questions = [['Hello - Adele'], ['Yesterday - The Beatles'], ['Alone - Heart']];
  const expected = questions.map((seeds) => [...ranked(model, seeds)]);
  model.stamp = 0xffffffff - 4;
  for (let i = 0; i < 9; i++) {
    t.same([...ranked(model, questions[i % 3])], expected[i % 3], `request ${i}`);
  }
  t.ok(model.stamp < 9, 'the stamps began anew');
  const fresh = await modelOf(sample);
  t.same([...ranked(fresh, questions[0])], expected[0]);
  fresh.stamp = 0xffffffff;
  t.same([...ranked(fresh, questions[0])], expected[0], 'under the same number as before');
});

t.test('popular songs are those in most playlists, seeds left out', async () => {
  await fc.assert(
    fc.asyncProperty(anyQuestion, async ({ playlists, seeds }) => {
      const model = await modelOf(playlists);
      const numbers = seeds.map((seed) => songOf(model, seed));
      const { songs, scores } = rankByPopularity(model, numbers, 3);
      const counts = [...new Set(playlists.flat())]
        .filter((song) => !seeds.includes(song))
        .map((song) => holding(playlists, [song]).length / playlists.length);
      assert.deepEqual(scores, counts.sort((a, b) => b - a).slice(0, 3));
      songs.forEach((song, i) => {
        assert.equal(
          holding(playlists, [nameOf(model, song)]).length / playlists.length,
          scores[i],
        );
      });
      assert.ok(!songs.some((song) => numbers.includes(song)));
    }),
    { numRuns: 50 },
  );
});
