import t from 'tap';
import { decoders, isExpected } from './decoders.ts';
import { fuzz } from './run.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

t.test('whatever comes in is taken, or refused with a word on why', async (t) => {
  t.comment(`SEED=${seed}`);
  const folder = t.testdir({});
  for (const decoder of decoders) {
    for (const bytes of decoder.seeds) await decoder.decode(bytes, folder);
    const inputs = decoder.inThread ? 100 : 300;
    const { taken } = await fuzz(decoder, { inputs, seed, folder });
    t.ok(taken < inputs, `${decoder.name}: ${taken} of ${inputs} were taken`);
  }
});

t.test('a decoder that breaks is found out', async (t) => {
  const broken = {
    ...{ name: 'broken', seeds: [Buffer.from('ab')] },
    decode(bytes: Buffer) {
      if (bytes.length === 3) throw new TypeError('defect');
    },
  };
  const tried = fuzz(broken, { inputs: 200, seed: 1, folder: '' });
  await t.rejects(tried, { message: /^broken, seed 1, input \d+: /, cause: TypeError });
  t.notOk(isExpected(new RangeError('x')));
});
