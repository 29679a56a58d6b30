import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { canonicalArtist, songKey } from '../../shared/song.ts';
import type { Row } from './read/sample.ts';
import { batchesOf, spelledRows } from './sample.ts';
import { tabulate } from './table.ts';

/** Of names, the one that most rows have, the earliest of equals. */
function mostUsed<Name>(names: readonly Name[], keyOf: (name: Name) => string): Name {
  const groups = [...Map.groupBy(names, keyOf).values()];
  return groups.reduce((best, group) => (group.length > best.length ? group : best))[0];
}

/** What tables must say, by maps. */
function byMaps(rows: readonly Row[]) {
  const songs = [...Map.groupBy(rows, ([, title, artist]) => songKey(title, artist)).entries()];
  const artists = [...Map.groupBy(rows, ([, , artist]) => canonicalArtist(artist)).entries()];
  const artistKeys = artists.map(([key]) => key);
  const songKeys = songs.map(([key]) => key);
  const ids = [...new Set(rows.map(([id]) => id))];
  return {
    ids,
    songs: songs.map(([, uses]) => {
      const [, title, artist] = mostUsed(uses, ([, title, artist]) => `${title}\0${artist}`);
      return { title, artist, artistCode: artistKeys.indexOf(canonicalArtist(artist)) };
    }),
    artists: artists.map(([, uses]) => mostUsed(uses, ([, , artist]) => artist)[2]),
    pairs: rows.map(([id, title, artist]) => ({
      playlist: ids.indexOf(id),
      song: songKeys.indexOf(songKey(title, artist)),
    })),
  };
}

t.test('tables say what maps of the rows say, and each name is the one most rows use', async () => {
  await fc.assert(
    fc.asyncProperty(spelledRows, async (rows) => {
      const tables = await tabulate(batchesOf(rows));
      assert.deepEqual(
        {
          ids: tables.playlists.array('id'),
          songs: tables.songs.objects(),
          artists: tables.artists.array('name'),
          pairs: tables.pairs.objects(),
        },
        byMaps(rows),
      );
    }),
  );
});

t.test('more rows than a column begins with', async (t) => {
  const rows = Array.from({ length: 5000 }, (_, i): Row => [`${i % 9}`, `song ${i % 1500}`, 'x']);
  const { pairs, songs } = await tabulate(batchesOf(rows, 512));
  t.strictSame(pairs.objects(), byMaps(rows).pairs);
  t.equal(songs.numRows(), 1500);
});
