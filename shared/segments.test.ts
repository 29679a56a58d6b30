import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { edited } from './sample.ts';
import { bitsIn, bucketsOf, forgiven, lookUpsOf, oddLetters } from './segments.ts';

/** So many that no two parts share one by chance. */
const buckets = 2 ** 30;

const letter = fc.constantFrom('a', 'b', 'q', ' ', '夜');
const anyName = fc.string({ unit: letter, minLength: 1, maxLength: 40 });
/** Two edits can touch each other here, which makes three of a few. */
const anyEdit = fc.record({ kind: fc.nat({ max: 3 }), place: fc.nat({ max: 40 }), letter });

const anySlip = fc.tuple(anyName, fc.array(anyEdit, { maxLength: 2 }));

t.test('a name is looked up for each text in which so few edits are forgiven', async () => {
  fc.assert(
    fc.property(anySlip, ([name, edits]) => {
      const text = edits.reduce(edited, name);
      if (edits.length > forgiven(text.length) || forgiven(text.length) === 0) return;
      const parts = bucketsOf(name, buckets);
      const found = lookUpsOf(text, buckets).some(
        ({ bucket, length }) => length === name.length && parts.has(bucket),
      );
      assert.ok(found, `"${name}" for "${text}"`);
    }),
    { numRuns: 5000 },
  );
});

t.test('an edit changes two kinds of letters at most', async () => {
  fc.assert(
    fc.property(anySlip, ([name, edits]) => {
      const text = edits.reduce(edited, name);
      assert.ok(bitsIn(oddLetters(name) ^ oddLetters(text)) <= 2 * edits.length);
    }),
  );
});

t.test('bits are counted', async (t) => {
  for (const [value, bits] of [
    [0, 0],
    [1, 1],
    [0x8001, 2],
    [0x5a5a, 8],
    [0xffff, 16],
  ]) {
    t.equal(bitsIn(value), bits);
  }
});

t.test('names that are far from a text are hardly ever looked up', async (t) => {
  const names = Array.from({ length: 1000 }, (_, i) => `a song number ${i} of many`);
  const lookUps = lookUpsOf('another title of this length', buckets);
  const found = names.filter((name) =>
    lookUps.some(({ bucket }) => bucketsOf(name, buckets).has(bucket)),
  );
  t.same(found, []);
  t.same(lookUpsOf('abc', buckets), [], 'and none for what is too short');
  t.same([...bucketsOf('ab', buckets)], []);
});
