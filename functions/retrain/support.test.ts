import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { Row } from './read/sample.ts';
import { rowsOf, setOf, together } from './sample.ts';
import { chooseSupport, lowestSupport, parseSupport, supportCount } from './support.ts';

t.test('a support is a count from 1 or a share above 0', async (t) => {
  const known: [string, object][] = [
    ['1', { count: 1 }],
    [' 12 ', { count: 12 }],
    ['5.0', { count: 5 }],
    ['0.5%', { share: 0.005 }],
    ['100%', { share: 1 }],
  ];
  for (const [given, support] of known) t.strictSame(parseSupport(given), support, given);
  const refused = [
    '',
    '0',
    '0%',
    '100.1%',
    '1.5',
    '-1',
    '1e3',
    '5 %',
    '%',
    '.5%',
    'NaN',
    '9'.repeat(20),
  ];
  for (const given of refused) {
    t.throws(() => parseSupport(given), { code: 'support-invalid', message: `"${given}"` }, given);
  }
});

t.test('a share is the exact number of transactions, rounded up, and at least 1', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 0, max: 1_000_000 }),
      (hundredths, transactions) => {
        const support = parseSupport(`${hundredths / 100}%`);
        const exact = (BigInt(hundredths) * BigInt(transactions) + 9_999n) / 10_000n;
        assert.equal(supportCount(support, transactions), Math.max(1, Number(exact)));
      },
    ),
    // What floating point makes 8 of.
    { examples: [[700, 100]] },
  );
  assert.equal(supportCount({ count: 3 }, 2), 3);
});

const playlists = fc.array(
  fc.tuple(fc.integer({ max: 9, min: 0 }), fc.integer({ min: 0, max: 12 })),
  { maxLength: 80 },
);

t.test('the support chosen is the lowest for which the bounds are certain', async () => {
  await fc.assert(
    fc.asyncProperty(
      playlists,
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 60 }),
      async (pairs, maxRules, maxPairOccurrences) => {
        const set = await setOf(
          pairs.map(([id, song]): Row => [String(id), `song ${song}`, 'Somebody']),
        );
        const { supports } = set.catalogue;
        const bounds = { maxRules, maxPairOccurrences };
        const chosen = await chooseSupport(set.transactions, supports, bounds);

        const rows = rowsOf(set);
        const occurrences = (support: number) => {
          const lengths = rows.map((row) => row.filter((song) => supports[song] >= support).length);
          return lengths.reduce((sum, length) => sum + (length * (length - 1)) / 2, 0);
        };
        const isCertain = (support: number) =>
          occurrences(support) <= maxPairOccurrences &&
          (2 * occurrences(support)) / support <= maxRules;
        assert.ok(isCertain(chosen));
        assert.ok(chosen === 1 || !isCertain(chosen - 1));

        let rules = 0;
        for (let a = 0; a < supports.length; a++) {
          for (let b = 0; b < supports.length; b++) {
            const both = rows.filter((row) => row.includes(a) && row.includes(b)).length;
            if (a !== b && both >= chosen) rules++;
          }
        }
        assert.ok(rules <= maxRules);
      },
    ),
  );
});

t.test(
  'playlists to count from lower the support as far as pairs and work are bounded',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        playlists,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 90 }),
        async (pairs, highest, maxItemsets, maxPairOccurrences) => {
          const set = await setOf(
            pairs.map(([id, song]): Row => [String(id), `song ${song}`, 'Somebody']),
          );
          const { supports } = set.catalogue;
          const rows = rowsOf(set);
          const isBounded = (support: number) => {
            const together = new Map<string, number>();
            let occurrences = 0;
            for (const row of rows) {
              const songs = row.filter((song) => supports[song] >= support);
              for (const [i, a] of songs.entries()) {
                for (const b of songs.slice(i + 1)) {
                  together.set(`${a} ${b}`, (together.get(`${a} ${b}`) ?? 0) + 1);
                  occurrences++;
                }
              }
            }
            const frequent = [...together.values()].filter((count) => count >= support).length;
            return frequent <= maxItemsets && occurrences <= maxPairOccurrences;
          };
          const steps = [1, 2, 3, 4, 6, 8].filter((support) => support < highest);
          const bounds = { maxRules: 1e6, maxVisits: 1e6, threads: 1 };
          assert.equal(
            await lowestSupport(set, highest, { ...bounds, maxItemsets, maxPairOccurrences }),
            steps.find(isBounded) ?? highest,
          );
        },
      ),
    );
  },
);

t.test(
  'where pairs are many the miner counts them, and rules that are listed take room',
  async (t) => {
    // 90 times a pair, and three pairs.
    const set = await setOf(together(['a', 'b', 'c'], 30));
    const wide = {
      maxRules: 1e6,
      maxVisits: 1e6,
      maxItemsets: 3,
      maxPairOccurrences: 90,
      threads: 1,
    };
    const chosen = (changes: Partial<typeof wide>) =>
      lowestSupport(set, 31, { ...wide, ...changes });
    t.equal(await chosen({}), 1);
    t.equal(await chosen({ maxItemsets: 2 }), 31);
    t.equal(await chosen({ maxPairOccurrences: 89 }), 31);
    // The least that the playlists take; each song would list two rules more, and the artist three.
    let maxRules = 1;
    while ((await chosen({ maxRules })) > 1) maxRules++;
    t.equal(await chosen({ maxRules: maxRules + 8, maxVisits: 0 }), 31);
    t.equal(await chosen({ maxRules: maxRules + 9, maxVisits: 0 }), 1);
    const reason = new Error('enough');
    await t.rejects(lowestSupport(set, 31, wide, AbortSignal.abort(reason)), reason);
  },
);
