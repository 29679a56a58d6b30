import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { table, toArrowIPC } from 'arquero';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import t from 'tap';
import { proposeColumns } from './propose.ts';
import { readTableHead } from './read.ts';

/** Receipts of some products, each with a price: an article and its price are always the same. */
const receipts = fc
  .array(fc.uniqueArray(fc.nat(60), { minLength: 2, maxLength: 6 }), {
    minLength: 5,
    maxLength: 12,
  })
  .map((baskets) =>
    baskets.flatMap((basket, i) =>
      basket.map((product) => ({
        a: `${1000 + i}`,
        b: `thing ${String.fromCharCode(97 + (product % 26))}${product}`,
        c: `${product % 7}`,
      })),
    ),
  );

t.test('columns are told by what is in them, wherever they stand', async () => {
  fc.assert(
    fc.property(
      receipts,
      fc.shuffledSubarray(['a', 'b', 'c'] as const, { minLength: 3 }),
      (entries, header) => {
        const rows = entries.map((entry) => header.map((name) => entry[name]));
        // Chance can make of prices what looks like receipts: some things of one price in a row.
        const runs = entries.filter(({ c }, i) => i === 0 || c !== entries[i - 1].c).length;
        fc.pre(runs > 0.6 * entries.length);
        assert.deepEqual(proposeColumns({ header, rows }), { transaction: 'a', item: 'b' });
      },
    ),
  );
});

t.test('names speak for a column, and what is given is left alone', async (t) => {
  const header = ['Receipt', 'Article', 'Band', 'When'];
  const rows = [
    ['1', 'x', 'A', '10:00'],
    ['1', 'y', 'A', '10:01'],
    ['2', 'x', 'B', '10:02'],
  ];
  const all = { transaction: 'Receipt', item: 'Article', artist: 'Band' };
  t.strictSame(proposeColumns({ header, rows }), all);
  t.strictSame(proposeColumns({ header, rows: [] }), all, 'without any row, too');
  t.strictSame(proposeColumns({ header, rows }, { item: 'When', artist: 'Article' }), {
    ...{ item: 'When', artist: 'Article', transaction: 'Receipt' },
  });
});

t.test('where nothing speaks for a column, nothing is proposed', async (t) => {
  t.equal(proposeColumns({ header: ['a', 'b'], rows: [['1', '2']] }), undefined);
  t.equal(proposeColumns({ header: ['order'], rows: [['1'], ['1']] }), undefined);
});

t.test('the beginning of a table, as text and as columns', async (t) => {
  const folder = t.testdir({ 'a.csv': 'x;y\n1;"a;b"\n2\n"wrong"ly;quoted\n3;c\n', 'b.csv': 'x;y' });
  const shown = (rows: string[][]) => ({ header: ['x', 'y'], rows });
  const some = [
    ['1', 'a;b'],
    ['3', 'c'],
  ];
  t.strictSame(await readTableHead(join(folder, 'a.csv')), shown(some));
  t.strictSame(await readTableHead(join(folder, 'b.csv')), shown([]));
  const path = join(folder, 'a.arrow');
  writeFileSync(path, toArrowIPC(table({ x: [1, 3], y: ['a;b', 'c'] }), { format: 'file' })!);
  t.strictSame(await readTableHead(path), shown(some));
});

t.test('a table without rows has a beginning, too', async (t) => {
  const path = join(t.testdir({}), 'a.parquet');
  const columnData = ['x', 'y'].map((name) => ({ name, data: [], type: 'STRING' as const }));
  writeFileSync(path, Buffer.from(parquetWriteBuffer({ columnData })));
  t.strictSame(await readTableHead(path), { header: ['x', 'y'], rows: [] });
});
