/** Names that JavaScript objects have for themselves are songs, artists and playlists like any other. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { buildApp } from './recommend/app.ts';
import { settingsWith } from './retrain/sample.ts';
import { train } from './retrain/train.ts';

const songs = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];
const artists = ['constructor', '__proto__', 'prototype', 'toString', '__defineGetter__'];
/** Playlists of a pair of them each, three times, and one of a word that nothing has for itself. */
const playlists = songs.flatMap((_, i) =>
  ['__proto__', 'constructor', 'x'].map((id) => ({
    id: `${id}${i}`,
    tracks: [i, (i + 1) % songs.length].map((n) => ({ title: songs[n], artist: artists[n] })),
  })),
);
const rows = playlists.flatMap(({ id, tracks }) =>
  tracks.map(({ title, artist }) => [id, title, artist]),
);

const documents = playlists.map(({ id, tracks }) => ({
  pid: id,
  tracks: tracks.map(({ title, artist }) => ({ track_name: title, artist_name: artist })),
}));

const files: Record<string, string> = {
  'songs.csv': `pid,track_name,artist_name\n${rows.map((row) => row.join(',')).join('\n')}\n`,
  'songs.tsv': `pid\ttrack_name\tartist_name\n${rows.map((row) => row.join('\t')).join('\n')}\n`,
  'songs.ndjson': documents.map((one) => JSON.stringify(one)).join('\n'),
  'songs.json': JSON.stringify({ playlists: documents }),
};
for (const [name, content] of Object.entries(files)) {
  t.test(`${name}: from the file to every route`, async (t) => {
    const folder = t.testdir({ store: {} });
    const store = join(folder, 'store');
    writeFileSync(join(folder, name), content);
    const settings = settingsWith({ minSupport: { count: 1 } });
    const keep = { keepVersions: 10, pinned: [] };
    await train({ paths: [join(folder, name)], store, settings, ...keep });
    const app = await buildApp({
      ...{ store, pinned: undefined, pollMs: 86_400_000, maxWaitMs: 60_000 },
      ...{ uploadUrl: undefined, logLevel: 'silent' },
    });
    t.teardown(() => app.close());
    const ask = async (url: string, payload?: object) =>
      (await app.inject({ url, ...(payload && { method: 'POST', payload }) })).json();
    for (const [i, title] of songs.entries()) {
      for (const asked of [title, { track: title, artist: artists[i] }]) {
        const answer = await ask('/api/recommend', { songs: [asked] });
        t.match(answer.matched, [{ track: title, artist: artists[i] }], title);
        const next = songs[(i + 1) % songs.length];
        t.ok(answer.songs.includes(next), `${next} goes with ${title}`);
        t.notOk(answer.songs.includes(title));
      }
      const found = await ask(`/api/songs?q=${encodeURIComponent(title.slice(0, 5))}`);
      t.match(found.songs[0], { track: title, artist: artists[i], support: 6 });
    }
    const { rules } = await ask('/api/rules?limit=100');
    t.ok(rules.length >= 10);
    t.strictSame(Object.keys(Object.prototype), [], 'and every object is as it was');
    t.equal(({} as Record<string, unknown>).tracks, undefined);
  });
}

t.test('keys that would change an object are no part of a request', async (t) => {
  const app = await buildApp({
    ...{ store: t.testdir({}), pinned: undefined, pollMs: 86_400_000, maxWaitMs: 60_000 },
    ...{ uploadUrl: undefined, logLevel: 'silent' },
  });
  t.teardown(() => app.close());
  const bodies = [
    '{"songs": ["a"], "__proto__": {"limit": 1}}',
    '{"songs": ["a"], "constructor": {"prototype": {"limit": 1}}}',
    '{"songs": [{"track": "a", "__proto__": {"artist": "b"}}]}',
  ];
  for (const payload of bodies) {
    const headers = { 'content-type': 'application/json' };
    const answer = await app.inject({ method: 'POST', url: '/api/recommend', payload, headers });
    t.match(answer.json(), { status: 400, code: 'bad-request' }, payload);
  }
  const url = '/api/songs?__proto__[limit]=1&constructor.prototype.limit=1&q=a';
  t.ok((await app.inject({ url })).statusCode >= 400);
  t.equal(({} as Record<string, unknown>).limit, undefined);
});
