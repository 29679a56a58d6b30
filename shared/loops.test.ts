import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { columnsWasm } from './columns.wasm.ts';
import { loopsFor, plainLoops } from './loops.ts';
import { allocate, memoryFor } from './memory.ts';
import type { Numbers } from './packing.ts';
import { plainly } from './sample.ts';

/** Numbers about one of them, which is what is asked about, in a column of any type. */
const anyQuestion = fc
  .constantFrom(
    { Type: Uint8Array, most: 0xff },
    { Type: Uint16Array, most: 0xffff },
    { Type: Uint32Array, most: 0xffffffff },
  )
  .chain(({ Type, most }) =>
    fc.record({
      Type: fc.constant(Type),
      numbers: fc.array(fc.integer({ min: Math.max(0, most - 99), max: most }), { maxLength: 80 }),
      isSorted: fc.boolean(),
      // Where it begins, in entries: neither in step with a vector.
      before: fc.nat({ max: 20 }),
      // One more than the type holds is asked about, too.
      end: fc.integer({ min: Math.max(0, most - 99), max: Math.min(most + 1, 0xffffffff) }),
    }),
  );

t.test('the kernel says what its plain twin says, wherever a column begins', async () => {
  fc.assert(
    fc.property(anyQuestion, ({ Type, numbers, isSorted, before, end }) => {
      const memory = memoryFor(4096);
      assert(memory !== undefined);
      const loops = loopsFor(memory);
      if (isSorted) numbers.sort((a, b) => a - b);
      const plain: Numbers = Type.from(numbers);
      const at = before * Type.BYTES_PER_ELEMENT;
      const column = new Type(memory.wasm.buffer, at, numbers.length);
      column.set(plain);
      // What stands around it is no part of it.
      new Uint8Array(memory.wasm.buffer, at + column.byteLength, 99).fill(isSorted ? 0 : 255);
      for (const one of [column, plain]) {
        assert.equal(loops.ascends(one), plainLoops.ascends(plain));
        assert.equal(loops.allBelow(one, end), plainLoops.allBelow(plain, end));
        assert.deepEqual(plainly(loops.addUp(one)), plainly(plainLoops.addUp(plain)));
      }
    }),
    { numRuns: 500 },
  );
});

t.test('one number that is wrong is found, wherever it stands', async (t) => {
  const memory = memoryFor(4096);
  assert(memory !== undefined);
  const { ascends, allBelow } = loopsFor(memory);
  for (const Type of [Uint8Array, Uint16Array, Uint32Array]) {
    for (let at = 0; at < 40; at++) {
      const column = new Type(memory.wasm.buffer, 8, 40).fill(7);
      if (!ascends(column) || !allBelow(column, 8)) t.fail(`${Type.name} is as it must be`);
      column[at] = 8;
      if (allBelow(column, 8)) t.fail(`entry ${at} of ${Type.name} is 8`);
      if (ascends(column) !== (at === 39)) t.fail(`entry ${at} of ${Type.name} is more`);
    }
  }
});

t.test('where there is no room, sums are elsewhere', async (t) => {
  const memory = memoryFor(4096);
  assert(memory !== undefined);
  const steps = allocate(memory, Uint16Array, 3);
  steps.set([3, 0, 65_535]);
  memory.taken = memory.wasm.buffer.byteLength;
  const sums = loopsFor(memory).addUp(steps);
  t.same([...sums], [3, 3, 65_538]);
  t.not(sums.buffer, memory.wasm.buffer);
});

t.test('the kernel that is run is the one that is written', async (t) => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  const out = join(t.testdir(), 'columns.wasm');
  const [command, ...parameters] = scripts['wasm:columns'].split(' ');
  const { status, stderr } = spawnSync(command, [...parameters, '--outFile', out]);
  t.equal(status, 0, String(stderr));
  t.equal(readFileSync(out).toString('base64'), columnsWasm);
});
