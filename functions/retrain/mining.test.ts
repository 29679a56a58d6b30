import t from 'tap';
import { EclatError } from './eclat/eclat.ts';
import { miningProblem } from './mining.ts';

t.test('only what the miner says is taken for a limit', async (t) => {
  const limits = { maxItemsets: 5, minSupport: 2 };
  const own = new EclatError('too-many-itemsets', 'There are more than 5 itemsets.');
  t.match(miningProblem(own, limits), {
    code: 'too-many-itemsets',
    message: /^More than 5 itemsets/,
  });
  const memory = new EclatError('out-of-memory', 'Mining needs more than the 2 MiB it may take.');
  t.match(miningProblem(memory, limits), {
    code: 'too-little-memory',
    message: /^Mining needs more/,
  });
  const other = new TypeError('a defect');
  t.equal(miningProblem(other, limits), other);
});
