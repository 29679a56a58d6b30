import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { type DatFile, readDat } from './dat.ts';
import { gatherContent } from './sample.ts';

const folder = t.testdir();
const path = join(folder, 'a.dat');

async function readText(text: string | Uint8Array): Promise<DatFile> {
  writeFileSync(path, text);
  return readDat(path);
}

/** The transactions with the numbers of the file. */
function numbersOf({ transactions: { offsets, items }, ids }: DatFile): number[][] {
  return Array.from({ length: offsets.length - 1 }, (_, row) =>
    Array.from(items.subarray(offsets[row], offsets[row + 1]), (code) => ids[code]!),
  );
}

const numbers = fc.oneof(fc.nat(9), fc.nat(2 ** 32 - 1), fc.constant(2 ** 32 - 1));
const dense = fc.nat(300);
const rows = fc.oneof(fc.array(fc.array(numbers)), fc.array(fc.array(dense, { maxLength: 40 })));

t.test('each row is the sorted set of its numbers; codes have the order of numbers', async (t) => {
  await fc.assert(
    fc.asyncProperty(rows, fc.constantFrom(' ', '  ', '\t'), async (rows, blank) => {
      const text = rows.map((row) => row.map((one) => `00${one}`).join(blank)).join(' \r\n');
      const file = await readText(text);
      const expected = rows
        .filter((row) => row.length > 0)
        .map((row) => [...new Set(row)].sort((one, other) => one - other));
      t.strictSame(numbersOf(file), expected);
      const all = [...new Set(rows.flat())].sort((one, other) => one - other);
      t.strictSame([...file.ids], all);
      t.equal(file.transactions.itemCount, all.length);
    }),
  );
});

t.test('rows by name and rows by number are the same', async (t) => {
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 9 }), async (rows, chunkBytes) => {
      const text = `${rows.map((row) => row.join(' ')).join('\n')}\n`;
      const named = await gatherContent('a.dat', text, chunkBytes);
      t.equal(named.read, rows.flat().length);
      const songs = Map.groupBy(named.rows, ([id]) => id).values();
      const sets = Array.from(songs, (some) =>
        [...new Set(some.map(([, title]) => Number(title)))].sort((one, other) => one - other),
      );
      t.strictSame(sets, numbersOf(await readText(text)));
    }),
  );
});

t.test('large files: chunks, growth and compression make no difference', async (t) => {
  const row = (i: number): string => Array.from({ length: i % 40 }, (_, j) => i + j * 7).join(' ');
  const text = Array.from({ length: 20_000 }, (_, i) => row(i)).join('\n');
  const plain = numbersOf(await readText(text));
  t.strictSame(
    plain,
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' ').map(Number)),
  );
  t.strictSame(numbersOf(await readText(gzipSync(text))), plain);
  t.strictSame(numbersOf(await readText(zstdCompressSync(text))), plain);
});

t.test('what is no number is refused with its line', async (t) => {
  const wrong: [text: string, message: RegExp][] = [
    ['1 2\n3 x', /line 2 has "x" where only whole numbers/],
    ['1\n\n-2', /line 3 has "-"/],
    ['1.5', /line 1 has "\."/],
    ['1 4294967296', /line 1 has a number beyond 4294967295/],
  ];
  for (const [text, message] of wrong) {
    await t.rejects(readText(text), { code: 'dataset-corrupt', message });
  }
  await t.rejects(readText(gzipSync('1 2 3').subarray(0, 15)), { code: 'dataset-corrupt' });
  await t.rejects(readDat(join(folder, 'none.dat')), { code: 'dataset-missing' });
  mkdirSync(join(folder, 'b.dat'));
  await t.rejects(readDat(join(folder, 'b.dat')), { code: 'dataset-missing' });
  await readText('1 2 3');
  const reason = new Error('enough');
  await t.rejects(readDat(path, { signal: AbortSignal.abort(reason) }), reason);
});

t.test('as rows, a token that is no number is one rejected row', async (t) => {
  const { rows, rejected } = await gatherContent(
    'a.dat',
    '1 x 02\n\n4294967295 4294967296 -1 1e3\n',
  );
  t.strictSame(rows, [
    ['a.dat:1', '1', ''],
    ['a.dat:1', '2', ''],
    ['a.dat:3', '4294967295', ''],
  ]);
  t.strictSame(
    rejected.map(({ line, reason, row }) => [line, reason, row]),
    [
      [1, 'number', 'x'],
      [3, 'number', '4294967296'],
      [3, 'number', '-1'],
      [3, 'number', '1e3'],
    ],
  );
  t.equal((await gatherContent('a.dat', '1 2 3\n'.repeat(3000))).read, 9000);
});

const fimi = '../shared/data/fimi';
const sizes: [name: string, transactions: number, items: number][] = [
  ['chess', 3196, 75],
  ['mushroom', 8124, 119],
  ['retail', 88_162, 16_470],
  ['T10I4D100K', 100_000, 870],
];
for (const [name, transactions, items] of sizes) {
  const file = join(fimi, `${name}.dat.gz`);
  const skip = existsSync(file) ? false : 'skipped: no shared data';
  t.test(`${name} has ${transactions} transactions and ${items} items`, { skip }, async (t) => {
    const { transactions: read } = await readDat(file);
    t.equal(read.offsets.length - 1, transactions);
    t.equal(read.itemCount, items);
  });
}
