import t from 'tap';
import { recommend } from './recommend.ts';
import { modelOf, plainScoring, playlists } from './sample.ts';
import type { RecommendRequest } from './schemas.ts';

/** The same with numbers of four decimals. */
function rounded(value: unknown): unknown {
  const four = (_: string, part: unknown) =>
    typeof part === 'number' ? Number(part.toFixed(4)) : part;
  return JSON.parse(JSON.stringify(value, four));
}

t.test('an answer has the songs, their reasons, and who was meant', async (t) => {
  const model = await modelOf(playlists, { scoring: plainScoring });
  const asked = ['yesterday', { track: 'Hello', artist: 'adele' }, 'Nothing'];
  const yesterday = { kind: 'rule', songs: ['Yesterday'], given: 3 };
  const hello = { kind: 'rule', songs: ['Hello'], given: 2 };
  const expected = {
    songs: ['Hey Jude', 'Let It Be'],
    version: '1',
    model_date: '2026-01-02T03:04:05.678Z',
    snapshot: 'c'.repeat(64),
    recommendations: [
      {
        track: 'Hey Jude',
        artist: 'The Beatles',
        score: 2 / 3 + 1 / 2,
        because: [
          { ...yesterday, together: 2, confidence: 2 / 3, lift: 2, share: 4 / 7 },
          { ...hello, together: 1, confidence: 1 / 2, lift: 1.5, share: 3 / 7 },
        ],
      },
      {
        track: 'Let It Be',
        artist: 'The Beatles',
        score: 2 / 3,
        because: [{ ...yesterday, together: 2, confidence: 2 / 3, lift: 2, share: 1 }],
      },
    ],
    matched: [
      { asked: 'yesterday', track: 'Yesterday', artist: 'The Beatles', others: 0 },
      { asked: 'Hello', track: 'Hello', artist: 'Adele', others: 1 },
    ],
    unmatched: ['Nothing'],
  };
  t.same(rounded(recommend(model, { songs: asked, limit: 2 })), rounded(expected));
});

t.test('a song asked for twice counts once, and is not in the answer', async (t) => {
  const model = await modelOf(playlists);
  const { recommendations, matched } = recommend(model, {
    songs: ['Yesterday', 'YESTERDAY'],
    limit: 20,
  });
  t.same(recommendations, recommend(model, { songs: ['Yesterday'], limit: 20 }).recommendations);
  t.equal(matched.length, 2);
  t.notOk(recommendations.some(({ track }) => track === 'Yesterday'));
});

t.test('at most three reasons are given, the strongest', async (t) => {
  const model = await modelOf([['A', 'B', 'C', 'D', 'E', 'Z'], ['A', 'Z'], ['B'], ['B']]);
  const [{ track, because }] = recommend(model, {
    songs: ['B', 'C', 'D', 'E', 'A'],
    limit: 1,
  }).recommendations;
  t.equal(track, 'Z');
  t.equal(because.length, 3);
  t.match(because[0], { songs: ['A'], together: 2, given: 2 });
  t.ok(because.every((reason) => reason.kind === 'rule' && reason.share < 0.5));
});

t.test('two songs asked for can be one reason', async (t) => {
  const model = await modelOf([['A', 'B', 'Z'], ['A', 'B', 'Z'], ['A'], ['B'], ['A', 'C']], {
    maxLength: 3,
    scoring: { ...plainScoring, aggregation: 'max' },
  });
  const [{ because }] = recommend(model, { songs: ['A', 'B'], limit: 1 }).recommendations;
  t.match(because, [{ songs: ['A', 'B'], together: 2, given: 2, confidence: 1, share: 1 }]);
});

t.test('without a rule that fires the popular songs are the answer, and it says so', async (t) => {
  const model = await modelOf(playlists);
  for (const asked of ['Alone', 'Unknown']) {
    const answer = recommend(model, { songs: [asked], limit: 3 });
    t.equal(answer.fallback, 'popular');
    t.equal(answer.songs[0], 'Yesterday');
    t.same(answer.recommendations[0].because, [{ kind: 'popular', support: 3 }]);
    t.equal(answer.recommendations[0].score, 3 / 6);
    t.notOk(answer.songs.includes(asked));
  }
  t.notOk('fallback' in recommend(model, { songs: ['Yesterday'], limit: 3 }));
});

t.test('excluded songs are not recommended, by rules or popularity', async (t) => {
  const model = await modelOf(playlists);
  const songs = (asked: string, exclude: RecommendRequest['exclude'] = []) =>
    recommend(model, { songs: [asked], exclude, limit: 200 }).recommendations.map(
      ({ track, artist }) => `${track} - ${artist}`,
    );
  const all = songs('Yesterday');
  t.same(
    songs('Yesterday', ['hey jude', { track: 'Imagine', artist: 'ABBA' }, 'xyzzy']),
    all.filter((name) => !name.startsWith('Hey Jude')),
  );
  const popular = songs('xyzzy');
  const without = (...names: string[]) => popular.filter((name) => !names.includes(name));
  const hellos = ['Hello - Adele', 'Hello - Lionel Richie'];
  t.same(songs('xyzzy', ['Hello']), without(...hellos), 'a title stands for all songs of it');
  t.same(songs('xyzzy', [{ track: 'Hello', artist: 'adele' }]), without(hellos[0]));
  t.same(songs('xyzzy', ['Hello - Lionel Richie']), without(hellos[1]));
  const limited = recommend(model, { songs: ['Yesterday'], exclude: ['Let It Be'], limit: 2 });
  t.equal(limited.songs.length, 2, 'others take their places');
});

t.test('with diversity artists take turns', async (t) => {
  const model = await modelOf([['X - X', 'A1 - A', 'A2 - A', 'B - B'], ['A1 - A'], ['A2 - A']]);
  const titles = (diversity?: number) =>
    recommend(model, { songs: ['X'], ...(diversity !== undefined && { diversity }) }).songs;
  t.same(titles(1), ['B', 'A1', 'A2']);
  t.same(titles(0), titles());
});

t.test('for unknown songs their artist is asked', async (t) => {
  const model = await modelOf([...playlists, ['Alone - Heart']]);
  const answer = recommend(model, { songs: [{ track: 'xyzzy', artist: 'Beatles' }], limit: 3 });
  t.equal(answer.fallback, 'artist');
  t.same(answer.unmatched, ['xyzzy']);
  t.ok(answer.recommendations.some(({ artist }) => artist === 'The Beatles'));
  const single = recommend(model, { songs: ['xyzzy - Heart'] });
  t.equal(single.fallback, 'artist');
  t.same(single.songs, ['Alone'], 'a single song of his is one of his, too');
  t.same(single.recommendations[0].because, [{ kind: 'popular', support: 2 }]);
  t.equal(recommend(model, { songs: ['xyzzy - Nobody'] }).fallback, 'popular');
  const excluded = recommend(model, { songs: ['xyzzy - Heart'], exclude: ['Alone'] });
  t.equal(excluded.fallback, 'popular');
});

t.test('a corrected song is said to be', async (t) => {
  const { matched } = recommend(await modelOf(playlists), { songs: ['Yestreday', 'Skyfall'] });
  t.same(matched, [
    { asked: 'Yestreday', track: 'Yesterday', artist: 'The Beatles', others: 0, corrected: true },
    { asked: 'Skyfall', track: 'Skyfall', artist: 'Adele', others: 0 },
  ]);
});

t.test('twenty songs are the answer unless told otherwise', async (t) => {
  const songs = Array.from({ length: 30 }, (_, i) => `Song ${i}`);
  const model = await modelOf([songs]);
  t.equal(recommend(model, { songs: ['Song 1'] }).songs.length, 20);
  t.equal(recommend(model, { songs: ['Song 1'], limit: 200 }).songs.length, 29);
});

t.test('a model without songs has nothing to say', async (t) => {
  const answer = recommend(await modelOf([]), { songs: ['Yesterday'] });
  t.match(answer, { songs: [], recommendations: [], unmatched: ['Yesterday'] });
});
