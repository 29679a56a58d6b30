import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readNumbered } from './numbered.ts';
import { account, emptyCounts } from './read/account.ts';
import { areDat, read } from './read/read.ts';
import { tabulate } from './table.ts';
import { type TransactionSet, toTransactions } from './transactions.ts';

const folder = t.testdir({
  'a.dat': '7 8 9\n\n8 x 9 9\n',
  'b.dat': '9 4294967296\n007 1000000\n',
  'blank.dat': '\n \n',
  'c.csv': 'pid,track\n1,a\n',
  'text.dat': 'no numbers here\n',
});
const pathOf = (name: string): string => join(folder, name);
const files = ['a.dat', 'blank.dat', 'b.dat'].map(pathOf);

/** Songs by id of the playlist, and what is known of the songs, whatever their codes. */
function contentOf({ ids, transactions, catalogue, repeats }: TransactionSet) {
  const { offsets, items } = transactions;
  const songs = ids.map((id, row) => [
    id,
    Array.from(items.subarray(offsets[row], offsets[row + 1]), (song) => catalogue.titles[song])
      .sort()
      .join(),
  ]);
  const supports = catalogue.titles.map((title, song) => [
    title,
    catalogue.supports[song],
    catalogue.artists[catalogue.artistOf[song]],
  ]);
  return { songs, supports: supports.sort(), repeats };
}

t.test('numbers are read as rows with names are, and accounted for alike', async (t) => {
  const reports = ['numbered', 'named'].map((name) => join(folder, `${name}.ndjson`));
  const options = (report: string) => ({ counts: emptyCounts(), report, maxRejectedShare: 0.3 });
  const numbered = options(reports[0]);
  const named = options(reports[1]);
  const set = await readNumbered(files, { ...numbered, threads: 2 });
  const expected = await toTransactions(await tabulate(account(read(files), named)));
  t.strictSame(contentOf(set), contentOf(expected));
  t.strictSame(numbered.counts, named.counts);
  t.match(numbered.counts, { read: 11, accepted: 9, rejected: 2, byReason: { number: 2 } });
  t.equal(readFileSync(reports[0], 'utf8'), readFileSync(reports[1], 'utf8'));
});

t.test('too much that is no number, and nothing at all, are refused', async (t) => {
  const counts = emptyCounts();
  const refused = readNumbered(files, { counts, maxRejectedShare: 0.05 });
  await t.rejects(refused, { code: 'too-many-rejected', message: /2 of 11 rows/ });
  const text = readNumbered([pathOf('text.dat')], { counts: emptyCounts(), maxRejectedShare: 1 });
  await t.rejects(text, { code: 'dataset-empty' });
  const report = join(folder, 'none', 'report.ndjson');
  const unwritable = readNumbered(files, { counts: emptyCounts(), report, maxRejectedShare: 1 });
  await t.rejects(unwritable, { code: 'report-unwritable' });
  t.notOk(existsSync(report));
});

t.test('files are numbers alone when none has anything else', async (t) => {
  t.equal(await areDat(files), true);
  t.equal(await areDat([...files, pathOf('c.csv')]), false);
  t.equal(await areDat([pathOf('blank.dat')]), false);
  const unnamed = join(folder, 'numbers');
  writeFileSync(unnamed, '1 2 3\n');
  t.equal(await areDat([unnamed]), true);
  await t.rejects(areDat([pathOf('none.dat')]), { code: 'dataset-missing' });
});
