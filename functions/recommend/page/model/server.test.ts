import t from 'tap';
import { playlists, publishSample } from '../../sample.ts';
import { answerPage } from '../sample.ts';
import { askDifference, askModel, askVersions, serverSource } from './server.ts';

const store = t.testdir({});
await publishSample(store, playlists);
await publishSample(store, [...playlists, ['Yesterday - The Beatles', 'Easy - Commodores']]);
await answerPage(t, store);

const { signal } = new AbortController();
const any = { support: 0, confidence: 0, lift: 0 };

t.test('rules are asked for by song, thresholds and measure, page after page', async (t) => {
  const source = serverSource(await askModel(signal));
  t.equal(source.transactions, 7);
  t.same((await source.suggest('eas', signal))[0], {
    ...{ track: 'Easy', artist: 'Commodores', support: 2 },
  });
  const extent = await source.extent(signal);
  t.ok(extent.cells.length > 0);
  const query = { ...any, sort: 'confidence', limit: 3 } as const;
  const first = await source.rules(query, signal);
  t.equal(first.rules.length, 3);
  const next = await source.rules({ ...query, cursor: first.cursor }, signal);
  t.notSame(next.rules[0], first.rules[0]);
  for (const { support, lift } of [...first.rules, ...next.rules]) {
    t.ok(support >= extent.support[0] * 0.999 && support <= extent.support[1]);
    t.ok(lift <= extent.lift);
  }
  const narrow = { ...query, support: 0.2, confidence: 0.5, lift: 1.1 };
  const some = await source.rules({ ...narrow, song: { track: 'Yesterday' } }, signal);
  t.ok(some.met > 0 && some.met < first.met);
  const song = { track: 'Hello', artist: 'Lionel Richie' };
  t.equal((await source.rules({ ...query, song }, signal)).met, 2);
});

t.test('versions, and what changed between two', async (t) => {
  const { models } = await askVersions(undefined, signal);
  t.match(models, [{ version: '2' }, { version: '1' }]);
  t.match(await askVersions('2', signal), { models: [{ version: '1' }] });
  const query = { ...any, limit: 1 };
  const first = await askDifference(['1', '2'], { ...query, kind: 'gained' }, signal);
  t.match(first, { counts: { gained: 2, lost: 0 }, changes: [{ kind: 'gained' }] });
  const { cursor } = first;
  const next = await askDifference(['1', '2'], { ...query, kind: 'gained', cursor }, signal);
  t.equal(next.changes.length, 1);
  t.equal(next.cursor, undefined);
});

t.test('a model without rules has an extent', async (t) => {
  const lone = t.testdir({});
  await publishSample(lone, [['Alone - Heart'], ['Hello - Adele']]);
  await answerPage(t, lone);
  const source = serverSource(await askModel(signal));
  t.same(await source.extent(signal), { support: [0.5, 1], lift: 1, cells: [] });
});
