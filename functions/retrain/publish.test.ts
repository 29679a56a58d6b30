import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { DictionaryReader } from '../../shared/dictionary.ts';
import { plainly } from '../../shared/sample.ts';
import {
  decodeSnapshot,
  encodeSnapshot,
  nameAt,
  type Snapshot,
  sha256Of,
} from '../../shared/snapshot.ts';
import { canonicalArtist, canonicalTitle } from '../../shared/song.ts';
import { fit } from './fit.ts';
import { tellBriefly, toSnapshot } from './publish.ts';
import { setOf, settingsWith, spelledRows } from './sample.ts';
import { untuned } from './settings.ts';
import type { TransactionSet } from './transactions.ts';

async function snapshotOf(set: TransactionSet): Promise<Snapshot> {
  const { maxLength, maxItemsets, maxVisits, scoring } = settingsWith();
  const { lengthExponent, ...rest } = untuned(scoring);
  const { rules, weightScale } = await fit(set, {
    ...{
      minSupport: 1,
      longSupport: 1,
      maxLength,
      maxItemsets,
      maxVisits,
      room: 1,
      lengthExponent,
      threads: 1,
    },
  });
  const facts = { key: '', datasets: [], counts: {}, metrics: {}, judged: null };
  return toSnapshot(
    {
      ...facts,
      settings: { minSupport: 1, maxLength },
      scoring: { ...rest, lengthExponent, weightScale },
    },
    set.catalogue,
    rules,
  );
}

t.test('indexes hold every song and artist once, in their order', async () => {
  await fc.assert(
    fc.asyncProperty(spelledRows, async (rows) => {
      const set = await setOf(rows);
      const { titles, artists, artistOf } = set.catalogue;
      const snapshot = await snapshotOf(set);
      const songs = [...titles.keys()];
      const sorted = (column: ArrayLike<number>) => Array.from(column).sort((a, b) => a - b);

      assert.deepEqual(
        titles.map((_, i) => nameAt(snapshot.titles, i)),
        titles,
      );
      const titleNames = new DictionaryReader(snapshot.titleIndex);
      assert.deepEqual(sorted(snapshot.titleSongs), songs);
      assert.deepEqual(
        [...snapshot.titleOf].map((title) => titleNames.nameAt(title)),
        titles.map(canonicalTitle),
      );
      for (let title = 0; title < titleNames.count; title++) {
        const [start, end] = snapshot.titleOffsets.subarray(title, title + 2);
        const same = titleNames.nameAt(title);
        assert.deepEqual(
          [...snapshot.titleSongs.subarray(start, end)],
          songs.filter((song) => canonicalTitle(titles[song]) === same),
        );
      }
      const artistNames = new DictionaryReader(snapshot.artistIndex);
      assert.deepEqual(
        artists.map(canonicalArtist),
        artists.map((_, i) => artistNames.nameAt(i)),
      );
      artists.forEach((_, artist) => {
        const [start, end] = snapshot.artistOffsets.subarray(artist, artist + 2);
        assert.deepEqual(
          [...snapshot.artistSongs.subarray(start, end)],
          songs.filter((song) => artistOf[song] === artist),
        );
      });
      const bytes = encodeSnapshot(snapshot);
      assert.deepEqual(plainly(decodeSnapshot(bytes, 'x', sha256Of(bytes))), plainly(snapshot));
    }),
    { numRuns: 40 },
  );
});

t.test('equal rows give equal bytes', async (t) => {
  const rows = fc.sample(spelledRows, { numRuns: 1, seed: 7 })[0];
  const [one, other] = [await snapshotOf(await setOf(rows)), await snapshotOf(await setOf(rows))];
  t.equal(sha256Of(encodeSnapshot(one)), sha256Of(encodeSnapshot(other)));
});

t.test(
  'counts are told in bytes, frequent rules apart, or as they are where that takes less',
  async (t) => {
    const told = (...counts: number[]) => {
      const ruleTogether = Uint32Array.from(counts);
      const {
        ruleWeights: _,
        heavyRules: __,
        heavyWeights: ___,
        ...together
      } = tellBriefly({
        ...{ ruleTogether, ruleWeights: ruleTogether },
      });
      return plainly(together);
    };
    const plain = (...ruleTogether: number[]) => ({
      ...{ ruleTogether, frequentRules: [], frequentTogether: [] },
    });
    t.strictSame(told(), plain());
    t.strictSame(told(1, 255, 3), plain(1, 255, 3));
    t.strictSame(told(1, 256, 3), plain(1, 256, 3), 'an entry apart takes more than three bytes');
    t.strictSame(told(...Array(8).fill(7), 300), {
      ruleTogether: [...Array(8).fill(7), 255],
      frequentRules: [8],
      frequentTogether: [300],
    });
    t.strictSame(told(255, 70_000, 255), {
      ruleTogether: [255, 255, 255],
      frequentRules: [1],
      frequentTogether: [70_000],
    });
  },
);

t.test('weights are told in two bytes, heavy rules apart', async (t) => {
  const told = (...weights: number[]) => {
    const ruleWeights = Uint32Array.from(weights);
    const brief = tellBriefly({ ruleTogether: new Uint8Array(weights.length), ruleWeights });
    t.strictSame(plainly(brief.ruleTogether), plainly(new Uint8Array(weights.length)));
    return plainly([brief.ruleWeights, brief.heavyRules, brief.heavyWeights]);
  };
  t.strictSame(told(1, 65_535, 3), [[1, 65_535, 3], [], []]);
  t.strictSame(told(1, 65_536, 3), [[1, 65_536, 3], [], []], 'an entry apart takes more');
  const light = Array(8).fill(7);
  t.strictSame(told(70_000, ...light), [[65_535, ...light], [0], [70_000]]);
});
