import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { nameAt } from '../../shared/snapshot.ts';
import { explain } from './explain.ts';
import type { Model } from './model.ts';
import { antecedentSongs, consequentsOf, countTo, ruleOf } from './rules/lookup.ts';
import {
  anyPlaylists,
  anyScoring,
  modelOf,
  nameOf,
  plainScoring,
  type SampleScoring,
  type SongName,
  playlists as sample,
  songOf,
} from './sample.ts';
import { rank, rankByPopularity } from './score.ts';

interface Question {
  playlists: SongName[][];
  seeds: SongName[];
  minSupport: number;
  maxLength: number;
  maxVisits: number;
  scoring: SampleScoring;
}

const anyQuestion: fc.Arbitrary<Question> = anyPlaylists.chain((playlists) =>
  fc.record({
    playlists: fc.constant(playlists),
    seeds: fc
      .shuffledSubarray([...new Set(playlists.flat())], { minLength: 1 })
      .map((songs) => songs.slice(0, 5)),
    minSupport: fc.constantFrom(1, 2),
    maxLength: fc.constantFrom(2, 3, 4),
    maxVisits: fc.constantFrom(0, 6, 1e6),
    scoring: anyScoring,
  }),
);

/** A question, and the scale of the weights in the model that answers it. */
interface Asked extends Question {
  weightScale: number;
}

/** What the playlists themselves say for a song: a rule of songs, or of an artist. */
interface PlainRule {
  name: string;
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

function artistOf(song: SongName): string {
  return song.split(' - ')[1] ?? '';
}

/** The playlists with a song of an artist; those of nobody have nothing in common. */
function withArtist(playlists: readonly SongName[][], artist: string): SongName[][] {
  if (artist === '') return [];
  return playlists.filter((playlist) => playlist.some((song) => artistOf(song) === artist));
}

/** The rules that give a song its score directly. */
function plainRules(
  { playlists, seeds, minSupport, maxLength, scoring, weightScale }: Asked,
  song: SongName,
): PlainRule[] {
  const { shrinkage, artistWeight, artistShrinkage, longWeight } = scoring;
  const weigh = (some: readonly SongName[][]) =>
    some
      .map((playlist) => Math.round(weightScale * playlist.length ** -scoring.lengthExponent))
      .reduce((sum, one) => sum + one, 0) / weightScale;
  const shrunk = (seed: readonly SongName[]) =>
    holding(playlists, seed).length + shrinkage + artistWeight;
  const rules: PlainRule[] = [];
  for (const antecedent of subsets(seeds, maxLength - 1)) {
    const both = holding(playlists, [...antecedent, song]);
    if (both.length < minSupport || antecedent.includes(song)) continue;
    const given = holding(playlists, antecedent).length;
    const factor = antecedent.length > 1 ? longWeight : 1;
    if (factor === 0) continue;
    const value = (factor * weigh(both)) / shrunk(antecedent);
    rules.push({ name: antecedent.toSorted().join(), together: both.length, given, value });
  }
  if (artistWeight === 0) return rules;
  for (const artist of new Set(seeds.map(artistOf))) {
    const others = holding(playlists, [song]).filter(
      (playlist) => withArtist([playlist.filter((one) => one !== song)], artist).length > 0,
    );
    if (others.length < minSupport) continue;
    const given = withArtist(playlists, artist).length;
    const factor = seeds
      .filter((seed) => artistOf(seed) === artist)
      .reduce((sum, seed) => sum + artistWeight / shrunk([seed]), 0);
    const value = (factor * weigh(others)) / (given + artistShrinkage);
    const together = artistOf(song) === artist ? holding(playlists, [song]) : others;
    rules.push({ name: `artist ${artist}`, together: together.length, given, value });
  }
  return rules;
}

function totalOf(rules: readonly PlainRule[], { aggregation }: SampleScoring): number {
  const values = rules.map(({ value }) => value);
  return aggregation === 'max'
    ? Math.max(0, ...values)
    : values.reduce((sum, value) => sum + value, 0);
}

/** What gives a song its score, and the score: the formula, over the playlists. */
function plainScore(question: Asked, song: SongName): { rules: PlainRule[]; score: number } {
  const { playlists, scoring } = question;
  const direct = plainRules(question, song);
  const rules =
    scoring.aggregation === 'max'
      ? direct.toSorted((a, b) => b.value - a.value).slice(0, 1)
      : [...direct];
  const support = holding(playlists, [song]).length;
  const artist = artistOf(song);
  if (direct.length > 0 && artist !== '' && scoring.artistSpread > 0) {
    const given = withArtist(playlists, artist).length;
    const sum = [...new Set(playlists.flat())]
      .filter((other) => artistOf(other) === artist)
      .reduce((total, other) => total + totalOf(plainRules(question, other), scoring), 0);
    const value =
      (scoring.artistSpread * sum * support ** scoring.spreadExponent) /
      (given + scoring.artistShrinkage);
    const own = rules.findIndex(({ name }) => name === `artist ${artist}`);
    if (own === -1) rules.push({ name: `artist ${artist}`, together: support, given, value });
    else rules[own] = { ...rules[own], together: support, value: rules[own].value + value };
  }
  const total = rules.reduce((sum, { value }) => sum + value, 0);
  return { rules, score: direct.length === 0 ? 0 : total * support ** -scoring.popularityDamping };
}

/** Factors are whole numbers of small units, damping and spread of single precision. */
function nearly(found: number, expected: number): boolean {
  return Math.abs(found - expected) <= 1e-6 * Math.abs(expected);
}

/** Seeds by name. */
function seedsOf(model: Model, songs: readonly SongName[]) {
  return { songs: songs.map((song) => songOf(model, song)), artists: [] };
}

/** The ranking with names, as far as `limit`. */
function ranked(model: Model, seeds: readonly SongName[], limit = 1000): Map<SongName, number> {
  const { songs, scores } = rank(model, seedsOf(model, seeds), limit);
  return new Map(songs.map((song, i) => [nameOf(model, song), scores[i]]));
}

t.test('the kernel equals the formula over the playlists', async () => {
  await fc.assert(
    fc.asyncProperty(anyQuestion, async (question) => {
      const { playlists, seeds } = question;
      const model = await modelOf(playlists, question);
      const found = ranked(model, seeds);
      const asked = { ...question, weightScale: model.scoring.weightScale };
      for (const song of new Set(playlists.flat())) {
        const { score } = plainScore(asked, song);
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
        const seeds = seedsOf(model, question.seeds);
        const { songs, scores } = rank(model, seeds, 1000);
        for (let i = 1; i < songs.length; i++) {
          const tie = scores[i - 1] === scores[i];
          assert.ok(tie ? songs[i - 1] < songs[i] : scores[i - 1] > scores[i]);
        }
        assert.ok(!songs.some((song) => seeds.songs.includes(song)));
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
      const all = rank(model, { songs: [0, 1], artists: [] }, 1000);
      assert.deepEqual(rank(model, { songs: [0, 1], artists: [] }, limit), {
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

t.test('the reasons are what fires, with the counts of the playlists', async () => {
  await fc.assert(
    fc.asyncProperty(anyQuestion, async (question) => {
      const model = await modelOf(question.playlists, question);
      const seeds = seedsOf(model, question.seeds);
      const asked = { ...question, weightScale: model.scoring.weightScale };
      const ranking = rank(model, seeds, 1000);
      const explained = explain(model, seeds, ranking, 1000);
      assert.deepEqual(
        explain(model, seeds, ranking, 1),
        explained.map((reasons) => reasons.slice(0, 1)),
        'fewer are the first of them',
      );
      for (const [i, song] of ranking.songs.entries()) {
        const { rules } = plainScore(asked, nameOf(model, song));
        const reasons = explained[i];
        const total = reasons.reduce((sum, { share }) => sum + share, 0);
        assert.ok(nearly(total, 1), 'the shares are the whole');
        const whole = rules.reduce((sum, { value }) => sum + value, 0);
        let last = 1;
        for (const reason of reasons) {
          const { together, given, share } = reason;
          const name =
            reason.kind === 'artist'
              ? `artist ${nameAt(model.snapshot.artists, reason.artist)}`
              : antecedentSongs(model, reason.antecedent)
                  .map((one) => nameOf(model, one))
                  .sort()
                  .join();
          const rule = rules.find((one) => one.name === name);
          // Of two that are equally strong, only one is the highest.
          if (question.scoring.aggregation === 'sum') {
            assert.deepEqual({ together, given }, { together: rule?.together, given: rule?.given });
            assert.ok(Math.abs(share - (rule?.value ?? 0) / whole) < 1e-5, name);
          }
          assert.ok(share <= last, 'the strongest comes first');
          last = share;
        }
        if (question.scoring.aggregation === 'sum') assert.equal(reasons.length, rules.length);
      }
    }),
    { numRuns: 100 },
  );
});

t.test('rules that are counted when asked for give the very bits of listed ones', async () => {
  await fc.assert(
    fc.asyncProperty(anyQuestion, fc.integer({ min: 1, max: 30 }), async (question, maxVisits) => {
      const listed = await modelOf(question.playlists, { ...question, maxVisits: 0 });
      const mixed = await modelOf(question.playlists, { ...question, maxVisits });
      const seeds = seedsOf(listed, question.seeds);
      const ranking = rank(listed, seeds, 1000);
      assert.deepStrictEqual(rank(mixed, seeds, 1000), ranking);
      assert.deepStrictEqual(
        explain(mixed, seeds, ranking, 10),
        explain(listed, seeds, ranking, 10),
      );
      for (let antecedent = 0; antecedent < listed.singles; antecedent++) {
        assert.deepStrictEqual(consequentsOf(mixed, antecedent), consequentsOf(listed, antecedent));
      }
      assert.equal(listed.snapshot.rowSongs.length, 0, 'nothing is left to count');
      const songs = [...listed.snapshot.supports.keys()];
      for (let antecedent = 0; antecedent < listed.singles; antecedent++) {
        const { together, weights } = countTo(mixed, antecedent, songs);
        for (const song of songs) {
          const all = { together: together(song), weight: weights[song] };
          const one = ruleOf(mixed, antecedent, song);
          const isRule = one.together >= question.minSupport;
          assert.deepEqual(all, isRule ? one : { together: 0, weight: 0 }, 'at once as one by one');
          if (song === antecedent) continue;
          assert.deepEqual(ruleOf(listed, antecedent, song), all, 'counted as listed');
        }
      }
    }),
    { numRuns: 200 },
  );
});

t.test('an artist speaks for a song that the model does not know', async (t) => {
  const model = await modelOf(sample);
  const beatles = model.snapshot.artistOf[songOf(model, 'Yesterday - The Beatles')];
  const { songs } = rank(model, { songs: [], artists: [beatles] }, 2);
  t.same(
    songs.map((song) => nameOf(model, song)),
    ['Yesterday - The Beatles', 'Let It Be - The Beatles'],
  );
});

t.test('settings give the recommenders that are known from the literature', async (t) => {
  const playlists = [
    ['A', 'B', 'C'],
    ['A', 'B'],
    ['A', 'C', 'D', 'E'],
    ['B', 'D', 'E'],
  ];
  const scoreOfD = async (scoring: Partial<SampleScoring>) => {
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
      // Playlists of 3 songs weigh 74 of 128 each, those of 4 are 64.
      (2 ** -0.1 * (64 + 74)) / 128 / 13,
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

t.test('requests do not see what is left of others', async (t) => {
  const model = await modelOf(sample);
  const questions = [['Hello - Adele'], ['Yesterday - The Beatles'], ['Alone - Heart']];
  const expected = questions.map((seeds) => [...ranked(model, seeds)]);
  for (let i = 0; i < 9; i++) {
    t.same([...ranked(model, questions[i % 3])], expected[i % 3], `request ${i}`);
  }
});

t.test('popular songs are those in most playlists, seeds left out', async () => {
  await fc.assert(
    fc.asyncProperty(anyQuestion, async ({ playlists, seeds }) => {
      const model = await modelOf(playlists);
      const numbers = seedsOf(model, seeds);
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
      assert.ok(!songs.some((song) => numbers.songs.includes(song)));
    }),
    { numRuns: 50 },
  );
});
