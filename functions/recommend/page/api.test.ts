import t from 'tap';
import { playlists, publishSample } from '../sample.ts';
import { isSame, recommend, songLine, suggest } from './api.ts';
import { answerPage } from './sample.ts';

const store = t.testdir({});
await publishSample(store, playlists);
await answerPage(t, store);

const { signal } = new AbortController();

t.test('songs are answered by songs, without those that are left out', async (t) => {
  const asked = [{ track: 'Yesterday', artist: 'The Beatles' }];
  const { recommendations, unmatched } = await recommend(asked, [], signal);
  t.strictSame(unmatched, []);
  const named = (some: typeof recommendations) => some.map(({ track }) => track);
  t.ok(named(recommendations).includes('Let It Be'));
  const others = await recommend(asked, [{ track: 'Let It Be' }], signal);
  t.strictSame(
    named(others.recommendations),
    named(recommendations).filter((track) => track !== 'Let It Be'),
  );
});

t.test('what is typed is answered by songs like it, however long it is', async (t) => {
  t.match(await suggest('yest', signal), [{ track: 'Yesterday', artist: 'The Beatles' }]);
  t.strictSame(await suggest('x'.repeat(10_000), signal), []);
});

t.test('a fault of the server comes with its code', async (t) => {
  await t.rejects(recommend([], [], signal), { code: 'bad-request' });
});

t.test('songs are the same by their names, and are written as people do', async (t) => {
  const hello = { track: 'Hello', artist: 'Adele' };
  t.ok(isSame(hello, { ...hello }));
  t.notOk(isSame(hello, { track: 'Hello', artist: 'Lionel Richie' }));
  t.notOk(isSame(hello, { track: 'Hello' }));
  t.ok(isSame({ track: 'Hello' }, { track: 'Hello', artist: '' }));
  t.equal(songLine(hello), 'Hello - Adele');
  t.equal(songLine({ track: 'Hello', artist: '' }), 'Hello');
});
