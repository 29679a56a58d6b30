import t from 'tap';
import { emptyTally, tallyItemset } from './tally.ts';

// Through `mine` this takes more memory than most machines have.
t.test('items of all itemsets together are bound, to the item', async (t) => {
  const limits = { minLength: 1, maxLength: Infinity, maxItemsets: Infinity };
  const tally = emptyTally();
  // {a}, and {a} with one or both of two perfect extensions: 1 + 2 + 2 + 3 items.
  tallyItemset(tally, { ...limits, maxItems: 8 }, 1, 2);
  t.strictSame(tally, { byLength: [0, 1, 2, 1], total: 4, items: 8 });
  t.throws(() => tallyItemset(emptyTally(), { ...limits, maxItems: 7 }, 1, 2), {
    name: 'EclatError',
    code: 'too-many-itemsets',
    message: 'The itemsets have more than 7 items, which is all that can be kept.',
  });
});
