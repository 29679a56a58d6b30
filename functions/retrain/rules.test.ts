import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { mostCounted } from '../../shared/counting.ts';
import { type FitParameters, fit } from './fit.ts';
import { rester } from './rest.ts';
import { indexRows } from './rows.ts';
import type { Rules } from './rules.ts';

const itemCount = 7;
const data = fc.array(fc.uniqueArray(fc.nat(itemCount - 1)), { maxLength: 25 });

/** Artists of the items; the last one is nobody's. */
const artistOf = Uint32Array.of(0, 0, 1, 1, 1, 2, 3);
const artists = ['X', 'Y', 'Z', ''];

/** Items by descending support, as transactions have them. */
function toSet(rows: readonly number[][]) {
  const offsets = [0];
  for (const row of rows) offsets.push(offsets.at(-1)! + row.length);
  const items = rows.flatMap((row) => row.toSorted((a, b) => a - b));
  const supports = new Uint32Array(itemCount);
  for (const item of items) supports[item]++;
  const transactions = { offsets: Uint32Array.from(offsets), items: Uint32Array.from(items) };
  return {
    transactions: { ...transactions, itemCount },
    catalogue: { titles: [], artists, artistOf, supports },
  };
}

/** The same rows with items numbered by descending support. */
function byPopularity(rows: readonly number[][]): number[][] {
  const support = (item: number) => rows.filter((row) => row.includes(item)).length;
  const order = [...Array(itemCount).keys()].sort((a, b) => support(b) - support(a) || a - b);
  return rows.map((row) => row.map((item) => order.indexOf(item)));
}

const parameters: FitParameters = {
  minSupport: 1,
  longSupport: 1,
  maxLength: 2,
  maxItemsets: 1e6,
  lengthExponent: 0.5,
  maxVisits: 0,
  room: 1,
  threads: 1,
};

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
function counted(rows: readonly number[][], fitted: FitParameters): Map<string, Rule> {
  const rules = new Map<string, Rule>();
  const add = (name: string, holders: readonly number[][], minSupport: number) => {
    if (holders.length < minSupport) return;
    const weight = holders.reduce((sum, row) => sum + row.length ** -fitted.lengthExponent, 0);
    rules.set(name, { together: holders.length, weight });
  };
  for (const set of subsets(fitted.maxLength)) {
    const holders = rows.filter((row) => set.every((item) => row.includes(item)));
    for (const item of set) {
      const antecedent = set.filter((other) => other !== item);
      const least = antecedent.length === 1 ? fitted.minSupport : fitted.longSupport;
      add(`${antecedent} -> ${item}`, holders, least);
    }
  }
  for (let item = 0; item < itemCount; item++) {
    for (const [artist, name] of artists.entries()) {
      const beside = rows.filter(
        (row) =>
          row.includes(item) && row.some((other) => other !== item && artistOf[other] === artist),
      );
      if (name !== '') add(`${name} -> ${item}`, beside, fitted.minSupport);
    }
  }
  return rules;
}

/** How an antecedent is named above. */
function nameOf({ longOffsets, longSongs }: Rules, number: number): string {
  if (number < itemCount) return `${number}`;
  if (number < itemCount + artists.length) return artists[number - itemCount];
  const long = number - itemCount - artists.length;
  return `${longSongs.subarray(longOffsets[long], longOffsets[long + 1])}`;
}

t.test('rules of songs, artists and itemsets have the counts of the rows', async () => {
  await fc.assert(
    fc.asyncProperty(
      data.map(byPopularity),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 2 }),
      fc.constantFrom(2, 3, 4),
      fc.constantFrom(0, 0.5, 1.3),
      async (rows, minSupport, more, maxLength, lengthExponent) => {
        const chosen = { ...parameters, minSupport, maxLength, lengthExponent };
        const fitted = { ...chosen, longSupport: minSupport + more };
        const { rules, itemsets, songRules, weightScale } = await fit(toSet(rows), fitted);
        const expected = counted(rows, fitted);
        assert.equal(rules.ruleConsequents.length, expected.size);
        const singles = itemCount + artists.length;
        for (let a = 0; a + 1 < rules.ruleOffsets.length; a++) {
          let last = -1;
          for (let rule = rules.ruleOffsets[a]; rule < rules.ruleOffsets[a + 1]; rule++) {
            const consequent = rules.ruleConsequents[rule];
            assert.ok(consequent > last, 'consequents ascend');
            last = consequent;
            const known = expected.get(`${nameOf(rules, a)} -> ${consequent}`)!;
            assert.equal(rules.ruleTogether[rule], known.together);
            const weight = rules.ruleWeights[rule] / weightScale;
            // Each playlist's weight is rounded.
            assert.ok(Math.abs(weight - known.weight) <= known.together / 2 / weightScale + 1e-9);
          }
          if (a < singles) continue;
          assert.ok(last >= 0, 'every long antecedent has a rule');
          const antecedent = nameOf(rules, a).split(',').map(Number);
          const given = rows.filter((row) => antecedent.every((item) => row.includes(item)));
          assert.equal(rules.longSupports[a - singles], given.length);
        }
        artists.forEach((name, artist) => {
          const given = rows.filter((row) => row.some((item) => artistOf[item] === artist));
          assert.equal(rules.artistSupports[artist], name === '' ? 0 : given.length);
        });
        const frequent = subsets(maxLength).filter(
          (set) =>
            rows.filter((row) => set.every((item) => row.includes(item))).length >=
            (set.length === 2 ? minSupport : fitted.longSupport),
        );
        assert.equal(itemsets, frequent.length);
        assert.equal(
          songRules,
          frequent.reduce((sum, set) => sum + set.length, 0),
        );
        const long = [...rules.longSupports.keys()].map((i) => nameOf(rules, singles + i));
        assert.deepEqual(
          long,
          long.toSorted((a, b) => (a < b ? -1 : 1)),
        );
      },
    ),
    { numRuns: 60 },
  );
});

t.test(
  'what is short to count is counted, and kept as playlists, unless it takes more room',
  async (t) => {
    // Forty playlists of 7: each pair of songs is in all of them, so six rules say it all.
    const same = Array.from({ length: 40 }, () => [0, 1, 2, 3, 4, 5, 6]);
    const few = await fit(toSet(same), { ...parameters, maxVisits: 1e6 });
    t.equal(few.rules.rowWeights.length, 0);
    t.ok(few.rules.ruleConsequents.length > 0);
    const other = await fit(toSet([[0, 1, 2, 3, 4, 5, 6]]), { ...parameters, maxVisits: 1e6 });
    t.equal(other.rules.rowWeights.length, 1);
    t.equal(other.rules.ruleConsequents.length, 0);
  },
);

t.test('a playlist of usual length weighs 64 to 128, whatever playlists there are', async (t) => {
  const scaleOf = async (length: number, lengthExponent: number) => {
    const rows = Array.from({ length: 10 }, () => [...Array(length).keys()]);
    return (await fit(toSet(rows), { ...parameters, lengthExponent })).weightScale;
  };
  t.equal(await scaleOf(7, 0), 64);
  t.equal(await scaleOf(4, 0.5), 128);
  t.equal(await scaleOf(7, 0.5), 256, 'the next power of two above 169');
  t.equal(await scaleOf(7, 1), 512);
  // One that is long says little of the others: 9 of a song or two, and one of 7.
  const rows = [...Array.from({ length: 9 }, () => [0]), [0, 1, 2, 3, 4, 5, 6]];
  const { weightScale } = await fit(toSet(rows), { ...parameters, lengthExponent: 1 });
  t.equal(weightScale, 2 ** Math.ceil(Math.log2((64 * 16) / 10)));
});

t.test('weights of a song in very many playlists still fit', async (t) => {
  const rows = Array.from({ length: 5000 }, () => [0, 1]);
  const many = await fit(toSet(rows), { ...parameters, lengthExponent: 0 });
  t.equal(many.rules.ruleWeights[0], 5000 * many.weightScale);
  // 2^22 would be wanted.
  const steep = await fit(toSet(rows), { ...parameters, lengthExponent: 16 });
  t.equal(steep.weightScale, 2 ** 19);
  t.equal(steep.rules.ruleWeights[0], 5000 * 8);
});

t.test('an abort ends a fit with its reason', async (t) => {
  const reason = new Error('enough');
  await t.rejects(fit(toSet([[0, 1]]), parameters, AbortSignal.abort(reason)), reason);
});

t.test('a song in more playlists than a count can hold is refused', async (t) => {
  const nothing = { offsets: Uint32Array.of(0), items: new Uint32Array(0), itemCount: 1 };
  const catalogue = (support: number) => ({
    ...{ artists: ['X'], artistOf: Uint32Array.of(0), supports: Uint32Array.of(support) },
  });
  const index = (support: number) =>
    indexRows(nothing, catalogue(support), 1, 0.5, rester(undefined));
  await t.rejects(index(mostCounted + 1), RangeError);
  await t.resolves(index(0));
});

t.test('indexing rests every thousand playlists or so, and is ended there', async (t) => {
  const set = toSet(Array.from({ length: 10_000 }, (_, row) => [row % 2, 2]));
  let rests = 0;
  await indexRows(set.transactions, set.catalogue, 1, 0.5, async () => void rests++);
  t.ok(rests >= 10, `${rests} rests`);
  const reason = new Error('enough');
  let calls = 0;
  const ended = indexRows(set.transactions, set.catalogue, 1, 0.5, async () => {
    if (++calls === 3) throw reason;
  });
  await t.rejects(ended, reason);
  t.equal(calls, 3);
});
