import t from 'tap';
import { packed, unpacked, weightOf } from './handedColumn.ts';

t.test('a column is the same on the other side', async (t) => {
  const columns = [
    [],
    ['a', '', 'für Elise', '夜に駆ける', '\ud800'],
    ['a', null, 'b'],
    [null, null],
    [1, 2.5, null],
    ['a', 1],
    [['a', 'b'], { title: 'x' }],
  ];
  for (const column of columns) {
    t.strictSame(unpacked(structuredClone(packed(column))), column, JSON.stringify(column));
  }
  t.strictSame(unpacked(packed(['a', undefined])), ['a', null], 'what is not there is null');
  t.ok('text' in packed(['a', null]), 'strings are one');
});

t.test('a value weighs what it takes to copy it', async (t) => {
  t.equal(weightOf('abc'), 3);
  t.equal(weightOf(['abc', null, ['d']]), 1 + 3 + 1 + 2);
  t.equal(weightOf({ title: 'abc', at: 5 }), 1 + 3 + 1);
});
