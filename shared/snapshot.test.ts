import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pack, unpack } from 'msgpackr';
import t from 'tap';
import { anySnapshot, plainly, smallSnapshot } from './sample.ts';
import {
  decodeFacts,
  decodeSnapshot,
  encodeSnapshot,
  nameAt,
  packNames,
  sha256Of,
} from './snapshot.ts';

/** Decodes bytes that have the digest that they are asked for. */
function decode(bytes: Uint8Array) {
  return decodeSnapshot(bytes, 'file', sha256Of(bytes));
}

const refused = { code: 'snapshot-invalid', message: /^file: .*Train again, or roll back/ };

t.test('decode(encode(x)) = x', async () => {
  fc.assert(
    fc.property(anySnapshot, (snapshot) => {
      assert.deepEqual(plainly(decode(encodeSnapshot(snapshot))), plainly(snapshot));
    }),
  );
});

t.test('the facts are read from the beginning alone', async (t) => {
  fc.assert(
    fc.property(anySnapshot, (snapshot) => {
      const facts = decodeFacts(encodeSnapshot(snapshot));
      assert.deepEqual(facts, snapshot.facts);
    }),
  );
  const snapshot = smallSnapshot();
  // A name, and a name of a figure, that look like the end of the facts.
  snapshot.facts.datasets[0].name = 'columns';
  snapshot.facts.counts.columns = 1;
  const bytes = encodeSnapshot(snapshot);
  const end = bytes.lastIndexOf('columns') + 'columns'.length;
  for (let length = 0; length <= end; length++) {
    t.equal(decodeFacts(bytes.subarray(0, length)), undefined);
  }
  t.strictSame(decodeFacts(bytes.subarray(0, end + 1)), snapshot.facts);
  const other = pack({ format: 'other', columns: {} });
  t.equal(decodeFacts(other), undefined);
  t.equal(decodeFacts(Buffer.concat([Buffer.of(0xc1), other])), undefined);
});

t.test('equal snapshots give equal bytes, whatever the order of their keys', async () => {
  const backwards = <Value>(value: Value): Value => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(backwards) as Value;
    if (ArrayBuffer.isView(value)) return structuredClone(value);
    const entries = Object.entries(value).reverse();
    return Object.fromEntries(entries.map(([key, inner]) => [key, backwards(inner)])) as Value;
  };
  fc.assert(
    fc.property(anySnapshot, (snapshot) => {
      const bytes = encodeSnapshot(snapshot);
      assert(encodeSnapshot(backwards(snapshot)).equals(bytes));
      assert(encodeSnapshot(decode(bytes)).equals(bytes));
    }),
  );
});

t.test('bytes that are not the announced ones are refused', async (t) => {
  const bytes = encodeSnapshot(smallSnapshot());
  const sha256 = sha256Of(bytes);
  const refuses = (changed: Uint8Array) =>
    assert.throws(() => decodeSnapshot(changed, 'file', sha256), refused);
  for (let length = 0; length < bytes.length; length++) refuses(bytes.subarray(0, length));
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] ^= 1 << (bit & 7);
    refuses(flipped);
  }
  refuses(Buffer.concat([bytes, Buffer.of(0)]));
  t.strictSame(plainly(decodeSnapshot(bytes, 'file', sha256)), plainly(smallSnapshot()));
});

t.test(
  'damage that a digest does not show is refused, or leaves a snapshot that fits',
  async (t) => {
    const bytes = encodeSnapshot(smallSnapshot());
    let fits = 0;
    const isSafe = (damaged: Uint8Array) => {
      try {
        const again = decode(damaged);
        assert.deepEqual(plainly(decode(encodeSnapshot(again))), plainly(again));
        fits++;
      } catch (error) {
        if ((error as { code?: string }).code !== 'snapshot-invalid') throw error;
      }
    };
    for (let length = 0; length < bytes.length; length++) isSafe(bytes.subarray(0, length));
    t.equal(fits, 0, 'no truncation fits');
    fc.assert(
      fc.property(
        fc.nat({ max: bytes.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, bits) => {
          const damaged = Buffer.from(bytes);
          damaged[at] ^= bits;
          isSafe(damaged);
        },
      ),
      { numRuns: 2000 },
    );
  },
);

t.test('what is no snapshot of this format is refused', async (t) => {
  const cases: [string, Uint8Array, RegExp][] = [
    ['nothing', Buffer.alloc(0), /not msgpack/],
    ['text', Buffer.from('pid,title'), /not msgpack/],
    ['a number', pack(5), /no snapshot of Segue/],
    ['nil', pack(null), /no snapshot of Segue/],
    ['a map', pack({}), /no snapshot of Segue/],
    ['another format', changed({ format: 'other' }), /no snapshot of Segue/],
    [
      'an older version',
      changed({ formatVersion: 1 }),
      /is version 1, this program reads version 6/,
    ],
    ['no version', changed({ formatVersion: undefined }), /is version undefined|is version null/],
    ['no key', changed({ key: 5 }), /its key is not/],
    ['no data sets', changed({ datasets: {} }), /its datasets is not/],
    ['a data set without a digest', changed({ datasets: [{ name: 'x' }] }), /its datasets/],
    ['a data set that is nil', changed({ datasets: [null] }), /its datasets/],
    ['no counts', changed({ counts: null }), /its counts/],
    ['counts in words', changed({ counts: { songs: 'many' } }), /its counts/],
    ['no metrics', changed({ metrics: 1 }), /its metrics/],
    ['no settings', changed({ settings: {} }), /its settings/],
    ['no scoring', changed({ scoring: null }), /its scoring/],
    ['unknown scoring', changed({ scoring: { aggregation: 'mean' } }), /its scoring/],
    ['half a scoring', changed({ scoring: { aggregation: 'max', bySeeds: [] } }), /its scoring/],
    ['no judged model', changed({ judged: undefined }), /its judged/],
    ['a judged model without a digest', changed({ judged: { bytes: 1 } }), /its judged/],
    ['no columns', changed({ columns: undefined }), /no column titleNameBytes/],
  ];
  for (const [what, bytes, message] of cases) {
    t.throws(() => decode(bytes), { ...refused, message }, what);
  }
});

t.test('columns that do not fit are refused', async (t) => {
  const u32 = (...values: number[]) => ({
    type: 'u32',
    data: Buffer.from(Uint32Array.from(values).buffer),
  });
  const cases: [string, unknown, RegExp][] = [
    ['titleNameBytes', { type: 'u32', data: Buffer.alloc(0) }, /no column titleNameBytes/],
    ['supports', { type: 'u32', data: 'text' }, /no column supports/],
    ['supports', undefined, /no column supports/],
    ['ruleWeights', { type: 'f32', data: Buffer.alloc(12) }, /no column ruleWeights/],
    ['supports', { type: 'u32', data: Buffer.alloc(11) }, /column supports is cut short/],
    ['titleNameOffsets', u32(0, 9, 26), /titleNameOffsets has 3 entries instead of 4/],
    ['artistOf', u32(0), /artistOf has 1 entries instead of 3/],
    ['artistSupports', u32(0), /artistSupports has 1 entries instead of 2/],
    ['titleIndexBlocks', u32(), /titleIndexBlocks has 0 entries instead of 1/],
    ['titleIndexLengths', { type: 'u8', data: Buffer.alloc(2) }, /titleOffsets has 4 entries/],
    ['titleOddLetters', u32(0), /titleOddLetters has 1 entries instead of 3/],
    ['titleWordBlocks', u32(0), /titleWordBlocks has 1 entries instead of 0/],
    ['titleWordLengths', { type: 'u8', data: Buffer.alloc(1) }, /titleWordBlocks has 0/],
    ['titleWithWordOffsets', u32(0, 0), /titleWithWordOffsets has 2 entries instead of 1/],
    ['titleWithSegmentOffsets', u32(0), /titleWithSegmentOffsets has 1 entries instead of 257/],
    ['titleOffsets', u32(0, 3), /titleOffsets has 2 entries instead of 4/],
    ['titleSongs', u32(1, 2), /titleSongs has 2/],
    ['artistIndexBlocks', u32(0, 1), /artistIndexBlocks has 2/],
    ['artistIndexLengths', { type: 'u8', data: Buffer.alloc(3) }, /artistIndexLengths has 3/],
    ['artistOddLetters', u32(0), /artistOddLetters has 1 entries instead of 2/],
    ['artistWithSegmentOffsets', u32(), /artistWithSegmentOffsets has 0/],
    ['titleOf', u32(0), /titleOf has 1 entries instead of 3/],
    ['artistOffsets', u32(0, 3), /artistOffsets has 2/],
    ['artistSongs', u32(0, 1), /artistSongs has 2/],
    ['longOffsets', u32(0), /longOffsets has 1 entries instead of 2/],
    ['ruleOffsets', u32(0, 1, 2, 3), /ruleOffsets has 4 entries instead of 7/],
    ['rowOffsets', u32(0), /rowOffsets has 1 entries instead of 2/],
    ['antecedentRowOffsets', u32(0), /antecedentRowOffsets has 1 entries instead of 6/],
    ['ruleTogether', u32(1), /ruleTogether has 1/],
    ['ruleWeights', u32(1), /ruleWeights has 1/],
    ['frequentRules', u32(1), /frequentTogether has 0 entries instead of 1/],
    ['frequentTogether', u32(300), /frequentTogether has 1 entries instead of 0/],
    ['heavyRules', u32(1), /heavyWeights has 0 entries instead of 1/],
    ['heavyWeights', u32(70_000), /heavyWeights has 1 entries instead of 0/],
    ['titleNameOffsets', u32(1, 9, 18, 26), /titleNameOffsets does not ascend from 0 to 26/],
    ['titleNameOffsets', u32(0, 18, 9, 26), /titleNameOffsets does not ascend/],
    ['titleNameOffsets', u32(0, 9, 18, 27), /titleNameOffsets does not ascend/],
    ['titleWithWordNames', { type: 'u8', data: Buffer.alloc(1) }, /titleWithWordOffsets does not/],
    [
      'artistWithSegmentNames',
      { type: 'u8', data: Buffer.alloc(1) },
      /artistWithSegmentOffsets does not/,
    ],
    ['titleOffsets', u32(0, 2, 1, 3), /titleOffsets does not ascend from 0 to 3/],
    ['artistNameOffsets', u32(0, 4, 14), /artistNameOffsets does not ascend from 0 to 15/],
    ['artistNameOffsets', u32(), /artistSupports has 2 entries instead of -1/],
    ['artistOffsets', u32(0, 4, 3), /artistOffsets does not ascend from 0 to 3/],
    ['longOffsets', u32(0, 1), /longOffsets does not ascend from 0 to 2/],
    ['ruleOffsets', u32(0, 1, 2, 2, 2, 2, 4), /ruleOffsets does not ascend from 0 to 3/],
    ['rowOffsets', u32(0, 3), /rowOffsets does not ascend from 0 to 2/],
    ['antecedentRowOffsets', u32(0, 0, 2, 1, 1, 1), /antecedentRowOffsets does not ascend/],
    ['playlistHashes', u32(2, 1), /playlistHashes does not ascend/],
    ['artistOf', u32(0, 0, 2), /artistOf has an index of 2 or more/],
    ['titleIndexBlocks', u32(99), /titleIndexBlocks has an index of \d+ or more/],
    ['titleSongs', u32(3, 0, 0), /titleSongs has an index of 3/],
    ['artistIndexBlocks', u32(99), /artistIndexBlocks has an index of \d+ or more/],
    ['titleOf', u32(0, 3, 0), /titleOf has an index of 3/],
    ['artistSongs', u32(0, 0, 3), /artistSongs has an index of 3/],
    ['longSongs', u32(0, 3), /longSongs has an index of 3/],
    ['ruleConsequents', u32(0, 0, 3), /ruleConsequents has an index of 3/],
    ['rowSongs', u32(0, 3), /rowSongs has an index of 3/],
    ['antecedentRows', u32(2), /antecedentRows has an index of 2/],
  ];
  const { columns } = unpack(encodeSnapshot(smallSnapshot()));
  for (const [name, column, message] of cases) {
    const bytes = changed({ columns: { ...columns, [name]: column } });
    t.throws(() => decode(bytes), { ...refused, message }, `${name}: ${message}`);
  }
  t.strictSame(plainly(decode(changed({ columns }))), plainly(smallSnapshot()), 'no other is');
});

t.test('rules that are told apart must ascend, and be rules', async (t) => {
  for (const [name, counts] of [
    ['frequentRules', 'frequentTogether'],
    ['heavyRules', 'heavyWeights'],
  ]) {
    const bytesWith = (...rules: number[]) => {
      const apart = { [name]: Uint32Array.from(rules), [counts]: Uint32Array.from(rules) };
      return encodeSnapshot({ ...smallSnapshot(), ...apart });
    };
    const message = (text: string) => ({ ...refused, message: new RegExp(`${name} ${text}`) });
    t.throws(() => decode(bytesWith(1, 0)), message('does not ascend'));
    t.throws(() => decode(bytesWith(0, 3)), message('has an index of 3'));
    t.ok(decode(bytesWith(0, 2)));
  }
});

t.test('snapshots of the versions before are read, and their facts, too', async (t) => {
  const { heavyRules, heavyWeights, ...columns } = unpack(encodeSnapshot(smallSnapshot())).columns;
  const { frequentRules, frequentTogether, ...earlier } = columns;
  for (const [formatVersion, told] of [
    [5, columns],
    [4, earlier],
  ]) {
    const bytes = changed({ formatVersion, columns: told });
    t.strictSame(plainly(decode(bytes)), plainly(smallSnapshot()));
    t.strictSame(decodeFacts(changed({ formatVersion })), smallSnapshot().facts);
  }
  t.throws(() => decode(changed({ formatVersion: 5, columns: earlier })), {
    ...refused,
    message: /no column frequentRules/,
  });
});

t.test('names come back as they were', async () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (names) => {
      const packed = packNames(names);
      assert.deepEqual(
        names.map((_, i) => nameAt(packed, i)),
        names,
      );
    }),
  );
});

/** A snapshot's bytes with other entries in its map. */
function changed(entries: Record<string, unknown>): Uint8Array {
  return pack({ ...unpack(encodeSnapshot(smallSnapshot())), ...entries });
}
