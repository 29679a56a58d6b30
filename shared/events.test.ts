import t from 'tap';
import { Value } from 'typebox/value';
import { ulid } from 'ulid';
import { Uploaded } from './events.ts';

const sha256 = '0123456789abcdef'.repeat(4);
const pointer = { path: `${sha256}/songs.csv`, sha256, bytes: 0 };
const sequence = ulid();

t.test('an upload is announced by pointers and a ULID', async (t) => {
  t.ok(Value.Check(Uploaded, { datasets: [pointer], sequence }));
  t.ok(Value.Check(Uploaded, { datasets: Array(1000).fill(pointer), sequence: ulid(1) }));
  t.ok(Value.Check(Uploaded, { datasets: [pointer], sequence: ulid(0.75 * 2 ** 48) }));
});

t.test('what retrain could not rely on is no announcement', async (t) => {
  const wrong: [string, unknown][] = [
    ['nothing', undefined],
    ['no data set', { datasets: [], sequence }],
    ['more than can be announced', { datasets: Array(1001).fill(pointer), sequence }],
    ['no sequence', { datasets: [pointer] }],
    ['a ULID in lower case', { datasets: [pointer], sequence: sequence.toLowerCase() }],
    ['a ULID beyond 128 bits', { datasets: [pointer], sequence: `8${sequence.slice(1)}` }],
    ['a ULID that nothing is above', { datasets: [pointer], sequence: ulid(2 ** 48 - 1) }],
    ['a ULID with an I', { datasets: [pointer], sequence: `${sequence.slice(1)}I` }],
    ['a ULID and more', { datasets: [pointer], sequence: `${sequence}0` }],
    ['a digest in capitals', { datasets: [{ ...pointer, sha256: 'A'.repeat(64) }], sequence }],
    ['a short digest', { datasets: [{ ...pointer, sha256: 'a'.repeat(63) }], sequence }],
    ['an empty path', { datasets: [{ ...pointer, path: '' }], sequence }],
    ['an endless path', { datasets: [{ ...pointer, path: 'a'.repeat(1025) }], sequence }],
    ['half a byte', { datasets: [{ ...pointer, bytes: 0.5 }], sequence }],
    ['less than no byte', { datasets: [{ ...pointer, bytes: -1 }], sequence }],
  ];
  for (const [what, data] of wrong) t.notOk(Value.Check(Uploaded, data), what);
});

t.test('of two uploads the later has the greater sequence', async (t) => {
  const sequences = [1, 2, 1000, Date.now(), 2 ** 48 - 1].map((time) => ulid(time));
  t.strictSame([...sequences].sort(), sequences);
});
