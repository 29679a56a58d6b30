import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import {
  decodeSnapshot,
  encodeSnapshot,
  nameAt,
  type Snapshot,
  sha256Of,
} from '../../shared/snapshot.ts';
import { canonicalArtist, canonicalTitle, nameHash } from '../../shared/song.ts';
import { fit } from './fit.ts';
import { toSnapshot } from './publish.ts';
import { setOf, settingsWith, spelledRows } from './sample.ts';
import type { TransactionSet } from './transactions.ts';

async function snapshotOf(set: TransactionSet): Promise<Snapshot> {
  const settings = settingsWith();
  const { rules } = await fit(set.transactions, { ...settings, minSupport: 1 });
  const { maxLength, scoring } = settings;
  const facts = { key: '', datasets: [], counts: {}, metrics: {}, scoring };
  return toSnapshot({ ...facts, settings: { minSupport: 1, maxLength } }, set.catalogue, rules);
}

const isAscending = <Value>(values: readonly Value[]) =>
  values.every((value, i) => i === 0 || values[i - 1] <= value);

t.test('indexes hold every song and artist once, in their order', async () => {
  await fc.assert(
    fc.asyncProperty(spelledRows, async (rows) => {
      const set = await setOf(rows);
      const { titles, artists, artistOf } = set.catalogue;
      const snapshot = await snapshotOf(set);
      const songs = [...titles.keys()];
      const sorted = (column: Uint32Array) => [...column].sort((a, b) => a - b);

      assert.deepEqual(
        titles.map((_, i) => nameAt(snapshot.titles, i)),
        titles,
      );
      assert.deepEqual(sorted(snapshot.titleHashSongs), songs);
      assert.deepEqual(
        [...snapshot.titleHashes],
        [...snapshot.titleHashSongs].map((song) => nameHash(canonicalTitle(titles[song]))),
      );
      assert.ok(isAscending([...snapshot.titleHashes]));
      assert.deepEqual(sorted(snapshot.titleOrder), songs);
      assert.ok(isAscending([...snapshot.titleOrder].map((song) => canonicalTitle(titles[song]))));
      assert.deepEqual(sorted(snapshot.artistOrder), [...artists.keys()]);
      assert.ok(isAscending([...snapshot.artistOrder].map((i) => canonicalArtist(artists[i]))));
      artists.forEach((_, artist) => {
        const [start, end] = snapshot.artistOffsets.subarray(artist, artist + 2);
        assert.deepEqual(
          [...snapshot.artistSongs.subarray(start, end)],
          songs.filter((song) => artistOf[song] === artist),
        );
      });
      const bytes = encodeSnapshot(snapshot);
      assert.deepEqual(decodeSnapshot(bytes, 'x', sha256Of(bytes)), snapshot);
    }),
    { numRuns: 40 },
  );
});

t.test('equal rows give equal bytes', async (t) => {
  const rows = fc.sample(spelledRows, { numRuns: 1, seed: 7 })[0];
  const [one, other] = [await snapshotOf(await setOf(rows)), await snapshotOf(await setOf(rows))];
  t.equal(sha256Of(encodeSnapshot(one)), sha256Of(encodeSnapshot(other)));
});
