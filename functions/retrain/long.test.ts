import t from 'tap';
import { mine } from './eclat/eclat.ts';
import { toLongRules } from './long.ts';

t.test('an abort is heard wherever the making of rules rests', async (t) => {
  const offsets = Uint32Array.of(0, 4, 8, 12);
  const items = Uint32Array.of(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
  const transactions = { offsets, items, itemCount: 4 };
  const itemsets = await mine(transactions, { minSupport: 3, minLength: 2 });
  let rests = 0;
  const { consequents } = await toLongRules(4, itemsets, async () => void rests++);
  t.equal(consequents.length, 4 * 3 + 4, 'of four itemsets of three, and of one of four');
  t.ok(rests > 0);
  const reason = new Error('enough');
  for (let heard = 0; heard < rests; heard++) {
    let rest = 0;
    const abort = async () => {
      if (rest++ === heard) throw reason;
    };
    await t.rejects(toLongRules(4, itemsets, abort), reason, `rest ${heard}`);
  }
});
