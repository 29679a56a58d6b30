import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { countItemsets, mine, type Transactions } from './eclat.ts';

const folder = join(import.meta.dirname, '../../../../shared/data/fimi');
const options = existsSync(folder) ? {} : { skip: 'skipped: no shared data' };

/** A row a line, items as numbers between spaces. */
function readDat(name: string): Transactions {
  const text = gunzipSync(readFileSync(join(folder, `${name}.dat.gz`))).toString();
  const offsets = [0];
  const items: number[] = [];
  let itemCount = 0;
  for (const line of text.split('\n')) {
    const row = Uint32Array.from(new Set(line.match(/\d+/g)?.map(Number))).sort();
    if (row.length === 0) continue;
    for (const item of row) items.push(item);
    offsets.push(items.length);
    itemCount = Math.max(itemCount, row[row.length - 1] + 1);
  }
  return { offsets: Uint32Array.from(offsets), items: Uint32Array.from(items), itemCount };
}

t.test('the numbers of itemsets that other miners find', options, async (t) => {
  const known: Record<string, [minSupport: number, itemsets: number][]> = {
    chess: [
      [2557, 8227],
      [2500, 11493],
      [1600, 1261227],
    ],
    mushroom: [
      [3250, 565],
      [1625, 53583],
    ],
    T10I4D100K: [
      [1000, 385],
      [500, 1073],
      [20, 129875],
    ],
    retail: [
      [1000, 135],
      [882, 159],
      [89, 7589],
      [20, 57697],
    ],
  };
  for (const [name, cases] of Object.entries(known)) {
    const transactions = readDat(name);
    for (const [minSupport, itemsets] of cases) {
      const { total } = await countItemsets(transactions, { minSupport });
      t.equal(total, itemsets, `${name} at ${minSupport}, counted`);
      const { supports } = await mine(transactions, { minSupport });
      t.equal(supports.length, itemsets, `${name} at ${minSupport}, mined`);
    }
  }
});

t.test('chess at 2500 is what SPMF writes, itemset by itemset', options, async (t) => {
  const { offsets, items, supports } = await mine(readDat('chess'), { minSupport: 2500 });
  const found = Array.from(supports, (support, i) => {
    const itemset = items.subarray(offsets[i], offsets[i + 1]);
    return `${itemset.join(' ')}  #SUP: ${support}`;
  });
  const expected = readFileSync(join(folder, 'chess_ms2500.txt'), 'utf8').trimEnd().split(/\s*\n/);
  t.equal(found.length, expected.length);
  const all = new Set(found);
  t.strictSame(
    expected.filter((line) => !all.has(line)),
    [],
  );
});
