import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { account, emptyCounts, type ReadCounts } from './account.ts';
import { addRow, emptyBatch, type RejectedRow, type RowBatch } from './row.ts';
import { listOf } from './sample.ts';

const folder = t.testdir();

/** A batch for each string: `+` is a good row, `-` one without title, `?` one without playlist. */
async function* batchesOf(...some: [file: string, rows: string][]): AsyncGenerator<RowBatch> {
  for (const [file, rows] of some) {
    const batch = emptyBatch(file);
    [...rows].forEach((sign, i) => {
      addRow(batch, i + 1, sign === '?' ? '' : 'list', sign === '-' ? '' : 'song', '', `${sign}\n`);
    });
    yield batch;
  }
}

async function accounted(
  batches: AsyncIterable<RowBatch>,
  maxRejectedShare = 1,
  report?: string,
): Promise<{ counts: ReadCounts; passed: RowBatch[] }> {
  const counts = emptyCounts();
  const options = { counts, maxRejectedShare, ...(report === undefined ? {} : { report }) };
  return { passed: await listOf(account(batches, options)), counts };
}

const files = fc.array(
  fc.tuple(fc.constantFrom<string>('a', 'b', 'c'), fc.stringMatching(/^[-+?]{0,9}$/)),
);

t.test('counts add up, in all and by file and reason; batches pass unchanged', async (t) => {
  await fc.assert(
    fc.asyncProperty(files, async (some) => {
      some.push(['d', '+']);
      const { counts, passed } = await accounted(batchesOf(...some));
      t.strictSame(passed, await listOf(batchesOf(...some)));
      t.equal(counts.read, some.map(([, rows]) => rows).join('').length);
      t.equal(counts.accepted + counts.rejected, counts.read);
      for (const key of ['read', 'accepted', 'rejected'] as const) {
        t.equal(
          counts.files.reduce((sum, file) => sum + file[key], 0),
          counts[key],
        );
      }
      const signs = some.map(([, rows]) => rows).join('');
      t.equal(counts.byReason['title-empty'], signs.split('-').length - 1);
      t.equal(counts.byReason['transaction-empty'], signs.split('?').length - 1);
    }),
  );
});

t.test('the report has every rejected row on a line', async (t) => {
  const report = join(folder, 'rejected.ndjson');
  await accounted(batchesOf(['a', '++'], ['b', '+']), 1, report);
  t.notOk(existsSync(report), 'no rejected row, no report');
  await accounted(batchesOf(['a', '+-?'], ['a', '+'], ['b', '-']), 1, report);
  const lines = readFileSync(report, 'utf8').trimEnd().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as RejectedRow);
  t.strictSame(
    rows.map(({ file, line, reason, row }) => [file, line, reason, row]),
    [
      ['a', 2, 'title-empty', '-\n'],
      ['a', 3, 'transaction-empty', '?\n'],
      ['b', 1, 'title-empty', '-\n'],
    ],
  );
  await accounted(batchesOf(['c', '+-']), 1, report);
  t.equal(readFileSync(report, 'utf8').split('\n').length, 2, 'a report is of one reading');
});

t.test('a report that cannot be written is an error', async (t) => {
  const report = join(folder, 'no', 'such', 'folder');
  const accounting = accounted(batchesOf(['a', '-']), 1, report);
  await t.rejects(accounting, { code: 'report-unwritable', message: /ENOENT/ });
  const full = accounted(batchesOf(['a', '-']), 1, '/dev/full');
  if (existsSync('/dev/full')) await t.rejects(full, { code: 'report-unwritable' });
});

t.test('too many rejected rows are an error after the last batch', async (t) => {
  const rows: [string, string][] = [
    ['a', '+-'],
    ['b', '++'],
    ['c', '?-'],
  ];
  await t.resolves(accounted(batchesOf(...rows), 0.5));
  await t.rejects(accounted(batchesOf(...rows), 0.499), {
    code: 'too-many-rejected',
    message: /3 of 6 rows .* more than 49\.9%; most often: title-empty/,
  });
  await t.rejects(accounted(batchesOf(['a', '+-']), 0), { code: 'too-many-rejected' });
  await t.resolves(accounted(batchesOf(['a', '+']), 0));
});

t.test('nothing accepted is an error', async (t) => {
  const code = 'dataset-empty';
  await t.rejects(accounted(batchesOf(['a', ''], ['b', ''])), { code, message: /^a, b has no/ });
  await t.rejects(accounted(batchesOf(['a', '-'])), { code });
  await t.rejects(accounted(batchesOf()), { code, message: /^The data set has no/ });
});
