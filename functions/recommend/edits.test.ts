import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { edits } from './edits.ts';

/** The whole table of distances between beginnings. */
function plainEdits(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      table[i][j] = Math.min(
        table[i - 1][j] + 1,
        table[i][j - 1] + 1,
        table[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1),
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? table[i - 2][j - 2] + 1
          : Number.POSITIVE_INFINITY,
      );
    }
  }
  return table[a.length][b.length];
}

const anyText = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 9 });

t.test('edits equal the whole table, as far as they are asked for', async () => {
  fc.assert(
    fc.property(anyText, anyText, fc.integer({ min: 0, max: 3 }), (a, b, most) => {
      assert.equal(edits(a, b, most), Math.min(plainEdits(a, b), most + 1));
      assert.equal(edits(a, b, most), edits(b, a, most));
    }),
    { numRuns: 5000 },
  );
});

t.test('each kind of edit is one', async (t) => {
  for (const misspelt of [
    'yestrday',
    'yessterday',
    'yesterdya',
    'yeaterday',
    'esterday',
    'yesterdays',
  ]) {
    t.equal(edits(misspelt, 'yesterday', 2), 1, misspelt);
  }
  t.equal(edits('ysetredya', 'yesterday', 3), 3);
  t.equal(edits('same', 'same', 0), 0);
  t.equal(edits('ca', 'abc', 3), 3, 'swapped neighbours are not touched again');
});
