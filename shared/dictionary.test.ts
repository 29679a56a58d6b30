import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { type Dictionary, DictionaryReader, packDictionary, sortNames } from './dictionary.ts';
import { packNames } from './snapshot.ts';
import { atOnce } from './steps.ts';

/** Names that begin alike, end where others go on, and come twice. */
const anyNames = fc.array(
  fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 }),
    fc.string({ unit: 'grapheme', maxLength: 4 }),
  ),
  { maxLength: 60 },
);

function dictionaryOf(names: readonly string[]): Dictionary {
  return atOnce(packDictionary(atOnce(sortNames(packNames(names))).sorted));
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

t.test('a dictionary finds what a sorted list finds', async () => {
  fc.assert(
    fc.property(anyNames, anyNames, (names, others) => {
      const list = [...new Set(names)].sort(byBytes);
      const reader = new DictionaryReader(dictionaryOf(names));
      assert.equal(reader.count, list.length);
      for (const name of ['', ...list, ...others]) {
        assert.equal(reader.find(name), list.indexOf(name));
        const [first, end] = reader.range(name);
        const within = list.filter((one) => one.startsWith(name));
        assert.deepEqual(list.slice(first, end), within, name);
        if (first < list.length) assert.equal(reader.nameAt(first), list[first]);
      }
    }),
  );
});

t.test('damaged bytes give wrong names and no end to wait for', async () => {
  const { bytes, ...rest } = dictionaryOf(['a', 'ab', 'b']);
  for (let at = 0; at < bytes.length; at++) {
    for (const value of [0, 127, 255]) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = value;
      const reader = new DictionaryReader({ bytes: damaged, ...rest });
      for (const name of ['', 'a', 'ab', 'b', 'c']) {
        const found = reader.find(name);
        assert.ok(found >= -1 && found < 3);
      }
    }
  }
});
