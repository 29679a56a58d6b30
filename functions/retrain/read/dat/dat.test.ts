import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { tabulate } from '../../table.ts';
import { toTransactions } from '../../transactions.ts';
import { readDatRows } from '../datRows.ts';
import { bytesOf } from '../sample.ts';
import { decode } from '../text.ts';
import type { Mistake } from './block.ts';
import { beginTurn, endTurn, newSharedRows, place } from './csr.ts';
import { type DatOptions, type DatSet, readDat } from './dat.ts';
import { dismiss, newTeam, readTogether } from './team.ts';
import { tokensWasm } from './tokens.wasm.ts';

const folder = t.testdir();
const path = join(folder, 'a.dat');

function readText(text: string | Uint8Array, options?: DatOptions): Promise<DatSet> {
  writeFileSync(path, text);
  return readDat([path], options);
}

/** The transactions with the numbers of the file. */
function numbersOf({ transactions: { offsets, items }, numbers }: DatSet): number[][] {
  return Array.from({ length: offsets.length - 1 }, (_, row) =>
    Array.from(items.subarray(offsets[row], offsets[row + 1]), (code) => numbers[code]),
  );
}

/** All of a set but its files, in short. */
function digestOf({ transactions, numbers, supports, lines, repeats }: DatSet): string {
  const hash = createHash('sha256').update(`${transactions.itemCount} ${repeats}`);
  const { offsets, items } = transactions;
  for (const column of [offsets, items, numbers, supports, lines]) {
    hash.update(`${column.length}`).update(column);
  }
  return hash.digest('hex');
}

const ascending = (one: number, other: number) => one - other;
const number = fc.oneof(
  fc.nat(9),
  fc.nat(300),
  fc.nat(2 ** 32 - 1),
  fc.constantFrom(2 ** 22, 2 ** 24, 99_999_999, 100_000_000, 2 ** 32 - 1),
);
const rows = fc.array(fc.array(number, { maxLength: 12 }));
/** Numbers, and what is none. */
const token = fc.oneof(
  number.map(String),
  number.map((one) => `000000000${one}`),
  fc.constantFrom('4294967296', '99999999999999999999999', '-1', '1e3', '1.5', 'x', 'é', '7\0'),
);
const blank = fc.constantFrom(' ', '  ', '\t', ' \r');
const texts = fc
  .array(fc.tuple(fc.array(fc.tuple(token, blank)), fc.constantFrom('\n', '\r\n', '\n\n', ' \n')))
  .map((lines) => lines.map(([some, end]) => some.flat().join('') + end).join(''))
  .chain((text) => fc.constantFrom(text, text.trimEnd(), `\ufeff${text}`));

t.test('each row is the set of its numbers; codes go by support, then by number', async (t) => {
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 40 }), async (rows, blockBytes) => {
      const set = await readText(rows.map((row) => row.join(' ')).join('\n'), { blockBytes });
      const filled = rows.filter((row) => row.length > 0);
      const sets = filled.map((row) => [...new Set(row)].sort(ascending));
      t.strictSame(
        numbersOf(set).map((row) => row.sort(ascending)),
        sets,
      );
      const { items, itemCount, offsets } = set.transactions;
      for (let row = 0; row + 1 < offsets.length; row++) {
        for (let i = offsets[row] + 1; i < offsets[row + 1]; i++) {
          if (items[i] <= items[i - 1]) t.fail(`row ${row} is not ascending`);
        }
      }
      const counts = new Map<number, number>();
      for (const one of sets.flat()) counts.set(one, (counts.get(one) ?? 0) + 1);
      const ranked = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
      t.equal(itemCount, ranked.length);
      t.strictSame(
        Array.from(set.numbers, (one, code) => [one, set.supports[code]]),
        ranked,
      );
      t.equal(set.repeats, filled.flat().length - sets.flat().length);
      t.ok(items.buffer instanceof SharedArrayBuffer);
    }),
    { numRuns: 50 },
  );
});

t.test('the fast reader and the plain one take and reject the same', async (t) => {
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 40 }), async (text, blockBytes) => {
      const mistakes: Mistake[] = [];
      const set = await readText(text, {
        blockBytes,
        onMistakes: async (_, some) => {
          mistakes.push(...some);
        },
      });
      const rejected: Mistake[] = [];
      async function* batches() {
        for await (const batch of readDatRows(path, (await decode(bytesOf(text))).text)) {
          rejected.push(...batch.rejected.map(({ line, row }) => ({ line, found: row })));
          yield batch;
        }
      }
      const tables = await tabulate(batches());
      const plain = await toTransactions(tables);
      t.strictSame(mistakes, rejected);
      t.strictSame(
        tables.playlists.array('id'),
        Array.from(set.lines, (line) => `${path}:${line}`),
      );
      const { offsets, items } = plain.transactions;
      t.strictSame(
        numbersOf(set).map((row) => row.sort(ascending)),
        plain.ids.map((_, row) =>
          Array.from(items.subarray(offsets[row], offsets[row + 1]), (song) =>
            Number(plain.catalogue.titles[song]),
          ).sort(ascending),
        ),
      );
      t.equal(set.repeats, plain.repeats);
    }),
    { numRuns: 40 },
  );
});

/** 5,000 rows of no more than 40 numbers, some of them empty. */
const large = Array.from({ length: 5_000 }, (_, i) =>
  Array.from({ length: i % 40 }, (_, j) => (j % 7 === 0 ? i % 5 : i + j * 7)).join(' '),
).join('\n');

t.test('threads, blocks, files and compression make no difference', async (t) => {
  const whole = await readText(large);
  t.equal(
    JSON.stringify(numbersOf(whole).map((row) => row.sort(ascending))),
    JSON.stringify(
      large
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => [...new Set(line.split(' ').map(Number))].sort(ascending)),
    ),
  );
  const expected = digestOf(whole);
  for (const threads of [1, 2, 3]) {
    const set = await readText(large, { threads, blockBytes: 10_000 });
    t.equal(digestOf(set), expected, `${threads} threads`);
  }
  for (const packed of [
    gzipSync(large),
    zstdCompressSync(large),
    Buffer.from(`\ufeff${large}`, 'utf16le'),
  ]) {
    t.equal(digestOf(await readText(packed, { threads: 2, blockBytes: 50_000 })), expected);
  }

  const cut = large.indexOf('\n', large.length / 2) + 1;
  const parts = [large.slice(0, cut), '', large.slice(cut)];
  const paths = parts.map((text, i) => {
    const part = join(folder, `part${i}.dat`);
    writeFileSync(part, text);
    return part;
  });
  const together = await readDat(paths, { threads: 2, blockBytes: 10_000 });
  t.equal(digestOf({ ...together, lines: whole.lines }), expected);
  const first = together.files[0].transactions;
  t.strictSame(together.lines[first], 1 + parts[2].split('\n').findIndex((line) => line !== ''));
  t.equal(together.files[1].transactions, 0);
});

t.test('numbers far apart need no memory for those between them', async (t) => {
  const far = Array.from({ length: 5000 }, (_, i) => (i * 0x9e3779b1) >>> 0);
  const text = far.map((one, i) => `${one} ${far[i >> 1]}`).join('\n');
  const one = await readText(text);
  t.strictSame(
    new Set(numbersOf(one).map((row) => row.sort(ascending).join())),
    new Set(far.map((one, i) => [...new Set([one, far[i >> 1]])].sort(ascending).join())),
  );
  t.equal(digestOf(await readText(text, { threads: 2, blockBytes: 6000 })), digestOf(one));
});

t.test(
  'a row can be longer than a block, and a token longer than what is read at once',
  async (t) => {
    const row = Array.from({ length: 1_000_000 }, (_, i) => i);
    const text = `1 2\n${row.join(' ')}\n3 4\n`;
    for (const threads of [1, 2]) {
      const set = await readText(text, { threads, blockBytes: 1 << 18 });
      t.strictSame([...set.transactions.offsets], [0, 2, 1_000_002, 1_000_004]);
      t.equal(set.transactions.itemCount, 1_000_000);
    }
    const zeros = '0'.repeat(1_000_000);
    t.strictSame(numbersOf(await readText(`${zeros}5 6\n`)), [[5, 6]]);
    await t.rejects(readText(`1 ${'x'.repeat(2_000_000)}\n`), {
      code: 'dataset-corrupt',
      message: /line 1 has "x{200}" where/,
    });
  },
);

t.test('what is no number is refused with its line, by every number of threads', async (t) => {
  const wrong: [text: string, message: RegExp][] = [
    ['1 2\n3 x', /line 2 has "x" where only whole numbers/],
    ['1\n\n-2', /line 3 has "-2"/],
    ['1.5', /line 1 has "1\.5"/],
    ['1 4294967296', /line 1 has a number beyond 4294967295/],
    [`${'1 2\n'.repeat(5000)}3 4 five 6\n${'1 x\n'.repeat(5000)}`, /line 5001 has "five"/],
  ];
  for (const threads of [1, 2]) {
    for (const [text, message] of wrong) {
      const refused = { code: 'dataset-corrupt', message };
      await t.rejects(readText(text, { threads, blockBytes: 2000 }), refused);
    }
  }
  await t.rejects(readText(gzipSync('1 2 3').subarray(0, 15)), { code: 'dataset-corrupt' });
  await t.rejects(readDat([join(folder, 'none.dat')]), { code: 'dataset-missing' });
  mkdirSync(join(folder, 'b.dat'));
  await t.rejects(readDat([join(folder, 'b.dat')]), { code: 'dataset-missing' });
});

t.test('mistakes come in order, whoever finds them', async (t) => {
  const text = Array.from({ length: 4000 }, (_, i) => (i % 3 === 0 ? `${i} x${i}` : `${i}`));
  for (const threads of [1, 3]) {
    const lines: number[] = [];
    const set = await readText(text.join('\n'), {
      threads,
      blockBytes: 2000,
      onMistakes: async (_, mistakes) => {
        lines.push(...mistakes.map(({ line }) => line));
      },
    });
    t.equal(lines.length, 1334);
    t.strictSame(lines, lines.toSorted(ascending));
    t.equal(set.transactions.items.length, 4000);
  }
});

t.test('an abort ends the reading', async (t) => {
  const reason = new Error('enough');
  writeFileSync(path, large);
  for (const threads of [1, 2]) {
    const before = { threads, blockBytes: 10_000, signal: AbortSignal.abort(reason) };
    await t.rejects(readDat([path], before), reason);
    const controller = new AbortController();
    // In the midst of it for certain: what asks about a mistake has begun, and has not gone on.
    const onMistakes = async () => controller.abort(reason);
    const huge = join(folder, 'huge.dat');
    writeFileSync(huge, `none\n${large}\n`.repeat(10));
    const during = { ...before, signal: controller.signal, onMistakes };
    await t.rejects(readDat([huge], during), reason);
  }
});

t.test('positions end at 32 bits', async (t) => {
  const rows = newSharedRows();
  const none = new Uint32Array(0);
  const parsed = { codes: none, rowEnds: none, rowLines: none, rows: 1, lines: 1, mistakes: [] };
  new Uint32Array(rows.state)[0] = 2 ** 32 - 4;
  t.equal(beginTurn(rows, 0), 0);
  t.throws(() => place(rows, { ...parsed, length: 3 }), { code: 'dataset-too-large' });
  endTurn(rows, 0);
});

t.test('the kernel that is run is the one that is written', async (t) => {
  const { devDependencies, scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  t.ok(devDependencies.assemblyscript);
  const out = join(folder, 'tokens.wasm');
  const [command, ...parameters] = scripts['wasm:tokens'].split(' ');
  const { status, stderr } = spawnSync(command, [...parameters, '--outFile', out]);
  t.equal(status, 0, String(stderr));
  t.equal(readFileSync(out).toString('base64'), tokensWasm);
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
    const { transactions: read } = await readDat([file]);
    t.equal(read.offsets.length - 1, transactions);
    t.equal(read.itemCount, items);
  });
}

t.test('a file that is gone when the threads open it is an error, not a wait', async (t) => {
  const team = newTeam(newSharedRows(), 2);
  const gone = { path: join(folder, 'none.dat'), bytes: 10, blockBytes: 10 };
  await t.rejects(
    readTogether(team, gone, async () => {}),
    { message: /none\.dat/ },
  );
  await dismiss(team);
});
