import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { plainLoops } from './loops.ts';
import { packNumbers, unpackNumbers } from './packing.ts';
import { plainly } from './sample.ts';

const anyColumn = fc
  .tuple(fc.constantFrom(1, 0xff, 0x100, 0xffff, 0x10000, 0xffffffff), fc.boolean())
  .chain(([most, ascending]) =>
    fc
      .array(fc.nat({ max: most }), { maxLength: 50 })
      .map((numbers) => Uint32Array.from(ascending ? numbers.sort((a, b) => a - b) : numbers)),
  );

t.test('unpack(pack(x)) = x, and no entry is wider than the widest number', async () => {
  fc.assert(
    fc.property(anyColumn, (column) => {
      const packed = packNumbers(column);
      assert.deepEqual(plainly(unpackNumbers(packed, plainLoops)), plainly(column));
      const most = Math.max(0, ...column);
      const bytes = most > 0xffff ? 4 : most > 0xff ? 2 : 1;
      assert(packed.data.length <= bytes * column.length);
    }),
  );
});

t.test('a column has the narrowest type of its numbers, or of their steps', async (t) => {
  const cases: [numbers: number[], type: string, steps: true | undefined, bytes: number][] = [
    [[], 'u8', undefined, 0],
    [[255, 0], 'u8', undefined, 2],
    [[256, 0], 'u16', undefined, 4],
    [[65_536, 0], 'u32', undefined, 8],
    [[0, 255, 510], 'u8', true, 3],
    [[0, 256, 65_536], 'u16', true, 6],
    [[0, 65_536], 'u32', undefined, 8],
  ];
  for (const [numbers, type, steps, bytes] of cases) {
    const packed = packNumbers(Uint32Array.from(numbers));
    t.match(packed, { type, steps }, String(numbers));
    t.equal(packed.data.length, bytes);
  }
});

t.test('what is no column is told from one that is cut short', async (t) => {
  const data = Buffer.alloc(3);
  for (const none of [undefined, null, 5, {}, { data }, { type: 'u8' }, { type: 'u64', data }]) {
    t.equal(unpackNumbers(none, plainLoops), 'absent');
  }
  t.equal(unpackNumbers({ type: 'toString', data }, plainLoops), 'absent');
  t.equal(unpackNumbers({ type: 'u16', data }, plainLoops), 'cut short');
  t.same(unpackNumbers({ type: 'u8', data }, plainLoops), Uint32Array.of(0, 0, 0));
});
