import t from 'tap';
import { gatherContent } from './sample.ts';

t.test('a token that is no number is one rejected row', async (t) => {
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
