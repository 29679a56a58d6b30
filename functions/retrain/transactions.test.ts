import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { op, table } from 'arquero';
import fc from 'fast-check';
import t from 'tap';
import { songKey } from '../../shared/song.ts';
import { read } from './read/read.ts';
import { gather, type Row } from './read/sample.ts';
import { batchesOf, manyNames, rowsOf, setOf, sharedPlaylists, spelledRows } from './sample.ts';
import { tabulate } from './table.ts';
import { toTransactions } from './transactions.ts';

t.test('transactions are the playlists as sets, songs by descending support', async () => {
  await fc.assert(
    fc.asyncProperty(spelledRows, async (rows) => {
      const set = await setOf(rows);
      const { titles, artists, artistOf, supports } = set.catalogue;
      const keys = titles.map((title, song) => songKey(title, artists[artistOf[song]]));
      const sets = Map.groupBy(rows, ([id]) => id);
      const expected = [...sets].map(([id, some]) => [
        id,
        new Set(some.map(([, title, artist]) => songKey(title, artist))),
      ]);
      const found = rowsOf(set);
      assert.deepEqual(
        set.ids.map((id, row) => [id, new Set(found[row].map((song) => keys[song]))]),
        expected,
      );
      for (const row of found) {
        assert.deepEqual(
          row,
          [...new Set(row)].sort((a, b) => a - b),
        );
      }
      assert.equal(set.transactions.itemCount, keys.length);
      assert.equal(set.repeats, rows.length - set.transactions.items.length);
      const counted = keys.map((_, song) => found.filter((row) => row.includes(song)).length);
      assert.deepEqual([...supports], counted);
      // Ties stand in the order in which songs first appear.
      const first = (key: string) =>
        rows.findIndex(([, title, artist]) => songKey(title, artist) === key);
      const order = [...keys.keys()].sort(
        (a, b) => supports[b] - supports[a] || first(keys[a]) - first(keys[b]),
      );
      assert.deepEqual(order, [...keys.keys()]);
    }),
  );
});

t.test('a playlist without an id is known by its songs, wherever it stands', async (t) => {
  const row = (line: number, title: string): Row => [`sample.csv:${line}`, title, 'ABBA'];
  const one = await setOf([row(1, 'Waterloo'), row(1, 'Fernando'), ['a', 'Waterloo', 'ABBA']]);
  const other = await setOf([
    ...[row(7, 'Honey, Honey'), row(8, 'FERNANDO'), row(8, 'Waterloo'), row(8, 'Fernando')],
    ...[['sample.csv:8b', 'Fernando', 'ABBA'] as Row],
  ]);
  t.match(one.ids, [/^[0-9a-f]{64}$/, 'a']);
  t.equal(other.ids[1], one.ids[0]);
  t.not(other.ids[0], one.ids[0]);
  t.equal(other.ids[2], 'sample.csv:8b', 'an id that only looks like a place');
});

t.test('the listed order has the songs of each playlist where they first stand', async () => {
  await fc.assert(
    fc.asyncProperty(spelledRows, async (rows) => {
      const { ids, transactions, catalogue, listed } = await toTransactions(
        await tabulate(batchesOf(rows)),
        { listed: true },
      );
      const { titles, artists, artistOf } = catalogue;
      for (const [row, id] of ids.entries()) {
        const some = rows.filter(([of]) => of === id);
        const keys = [...new Set(some.map(([, title, artist]) => songKey(title, artist)))];
        const songs = listed!.subarray(transactions.offsets[row], transactions.offsets[row + 1]);
        assert.deepEqual(
          Array.from(songs, (song) => songKey(titles[song], artists[artistOf[song]])),
          keys,
        );
      }
    }),
  );
});

t.test('an abort is heard while rows become columns, and columns transactions', async (t) => {
  const reason = new Error('enough');
  const rows = manyNames(100_000);
  const tables = await tabulate(batchesOf(rows, 4096));
  const aborted = (work: (signal: AbortSignal) => Promise<unknown>) => {
    const abort = new AbortController();
    const working = work(abort.signal);
    setImmediate(() => abort.abort(reason));
    return working;
  };
  await t.rejects(
    aborted((signal) => tabulate(batchesOf(rows, 4096), { signal })),
    reason,
  );
  await t.rejects(
    aborted((signal) => toTransactions(tables, { signal })),
    reason,
  );
});

const ds1 = join(sharedPlaylists, 'playlist-sample-ds1.csv');
const options = existsSync(ds1) ? {} : { skip: 'skipped: no shared data' };

t.test('real playlists: the counts of Arquero', options, async (t) => {
  const { rows } = await gather(read([ds1]));
  const set = await setOf(rows);
  const pairs = table({
    playlist: rows.map(([id]: Row) => id),
    key: rows.map(([, title, artist]: Row) => songKey(title, artist)),
  }).dedupe('playlist', 'key');
  t.equal(set.repeats, rows.length - pairs.numRows());

  const lengths = pairs.groupby('playlist').count();
  const known = new Map(
    (lengths.objects() as { playlist: string; count: number }[]).map((row) => [
      row.playlist,
      row.count,
    ]),
  );
  const found = rowsOf(set);
  t.strictSame(new Map(set.ids.map((id, row) => [id, found[row].length])), known);

  const supports = pairs.groupby('key').rollup({ support: op.count() });
  const { titles, artists, artistOf } = set.catalogue;
  t.strictSame(
    new Map(titles.map((title, song) => [songKey(title, artists[artistOf[song]]), song])).size,
    supports.numRows(),
  );
  const bySong = new Map(
    (supports.objects({ limit: Infinity }) as { key: string; support: number }[]).map((row) => [
      row.key,
      row.support,
    ]),
  );
  t.ok(
    titles.every(
      (title, song) =>
        bySong.get(songKey(title, artists[artistOf[song]])) === set.catalogue.supports[song],
    ),
  );
});
