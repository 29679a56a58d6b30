import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { addressOf, type Explored, type State, stateOf } from './state.ts';

const name = fc
  .string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
  .map((text) => text.replace(/\s+/gu, ' ').trim())
  .filter((text) => text !== '');
const song = fc.oneof(
  fc.record({ track: name }, { noNullPrototype: true }),
  fc.record({ track: name, artist: name }, { noNullPrototype: true }),
);
const share = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0);
const explored: fc.Arbitrary<Explored> = fc.record(
  {
    song,
    support: share,
    confidence: share,
    lift: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    sort: fc.constantFrom('lift', 'oddsRatio'),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const state: fc.Arbitrary<State> = fc.record(
  {
    view: fc.constantFrom('listen' as const, 'model' as const),
    seeds: fc.array(song),
    excluded: fc.array(song),
    explored,
  },
  { noNullPrototype: true },
);
const base = new URL('http://localhost/?other=1#x');

t.test('whoever opens the address sees the same', async () => {
  fc.assert(
    fc.property(state, (one) => {
      // What the other view shows stands in its own address only.
      const seen = one.view === 'model' ? one : { ...one, explored: {} };
      assert.deepEqual(stateOf(new URL(addressOf(one, base).href)), seen);
    }),
    { numRuns: 200 },
  );
});

t.test('of an address that somebody made up, what is understood counts', async (t) => {
  const made = new URL('http://localhost/?song=&song=%0AX&song=A%0A&song=B%0AC%0AD&nonsense=1#no');
  t.strictSame(stateOf(made), {
    view: 'listen',
    seeds: [{ track: 'A' }, { track: 'B', artist: 'C' }],
    excluded: [],
    explored: {},
  });
  const view = new URL('http://localhost/#model?support=2&confidence=x&lift=-1&sort=a+b&song=');
  t.match(stateOf(view), { view: 'model', explored: {} });
  t.strictSame(stateOf(view).explored, {});
  const many = new URL('http://localhost/');
  for (let i = 0; i < 300; i++) many.searchParams.append('song', 'x'.repeat(600));
  const { seeds } = stateOf(many);
  t.equal(seeds.length, 200, 'no more songs than the server takes');
  t.equal(seeds[0].track.length, 512);
});

t.test('the model’s view as it is at first has a short address', async (t) => {
  const first: State = { view: 'model', seeds: [], excluded: [], explored: {} };
  t.equal(addressOf(first, base).hash, '#model');
});
