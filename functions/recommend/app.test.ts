import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ulid } from 'ulid';
import type { App } from '../../shared/server.ts';
import { encodeSnapshot } from '../../shared/snapshot.ts';
import { writeSnapshot } from '../../shared/store/files.ts';
import { publish } from '../../shared/store/publish.ts';
import { buildApp, recommendOptions } from './app.ts';
import { playlists, publishSample, snapshotOf } from './sample.ts';

const store = t.testdir({});
await publishSample(store, playlists);
const app = await appOf(t, store);

/** The app of a store, until the test ends. */
async function appOf(
  t: { teardown(end: () => Promise<void>): void },
  folder: string,
  pollMs = 86_400_000,
): Promise<App> {
  const made = await buildApp({
    store: folder,
    pinned: undefined,
    pollMs,
    maxWaitMs: 60_000,
    uploadUrl: undefined,
    logLevel: 'silent',
  });
  t.teardown(async () => made.close());
  return made;
}

/** Sends a body as JSON. */
function ask(body: unknown, url = '/api/recommend', to = app) {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  return to.inject({
    method: 'POST',
    url,
    payload,
    headers: { 'content-type': 'application/json' },
  });
}

t.test('both addresses give the same answer, in the form that clients know', async (t) => {
  const request = { songs: ['Yesterday', { track: 'Hello', artist: 'Adele' }, 'xyzzy'], limit: 2 };
  const answer = await ask(request);
  t.equal(answer.statusCode, 200);
  t.match(answer.headers['content-type'], /^application\/json/);
  const body = answer.json();
  t.same((await ask(request, '/api/recommender')).json(), body);
  t.same(Object.keys(body), [
    'songs',
    'version',
    'model_date',
    'snapshot',
    'recommendations',
    'matched',
    'unmatched',
  ]);
  t.match(body, {
    songs: ['Hey Jude', 'Let It Be'],
    version: '1',
    model_date: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
    matched: [
      { asked: 'Yesterday', track: 'Yesterday', artist: 'The Beatles', others: 0 },
      { asked: 'Hello', track: 'Hello', artist: 'Adele', others: 1 },
    ],
    unmatched: ['xyzzy'],
  });
  const [first] = body.recommendations;
  t.same(Object.keys(first), ['track', 'artist', 'score', 'because']);
  t.same(Object.keys(first.because[0]), [
    'kind',
    'songs',
    'together',
    'given',
    'confidence',
    'lift',
    'share',
  ]);
  t.match(first.because[0], { kind: 'rule', songs: ['Yesterday'], together: 2, given: 3 });
});

t.test('songs may be excluded, and artists made to take turns', async (t) => {
  const excluding = await ask({ songs: ['Yesterday'], exclude: ['Hey Jude'], limit: 1 });
  t.same(excluding.json().songs, ['Let It Be']);
  const { statusCode, json } = await ask({ songs: ['Yesterday'], diversity: 1, limit: 200 });
  t.equal(statusCode, 200);
  const artists = json().recommendations.map(({ artist }: { artist: string }) => artist);
  t.not(artists[0], artists[1]);
});

t.test('songs that nobody knows bring the popular ones', async (t) => {
  const { statusCode, json } = await ask({ songs: ['xyzzy'], limit: 1 });
  t.equal(statusCode, 200);
  const body = json();
  t.match(body, { fallback: 'popular', songs: ['Yesterday'], matched: [], unmatched: ['xyzzy'] });
  t.same(body.recommendations[0].because, [{ kind: 'popular', support: 3 }]);
});

t.test('a body that is no request is refused with what is wrong', async (t) => {
  const title = 'x'.repeat(600);
  const many = Array.from({ length: 201 }, () => 'Yesterday');
  const refused: [unknown, RegExp | string][] = [
    [{}, 'The request must have required properties songs.'],
    [{ songs: [] }, /^songs must not have fewer than 1 items\.$/],
    [{ songs: many }, /^songs must not have more than 200 items\.$/],
    [{ songs: 'Yesterday' }, 'songs must be array.'],
    [{ songs: ['Yesterday', 5] }, 'songs/1 must be string or must be object.'],
    [{ songs: [null] }, /^songs\/0 must be/],
    [{ songs: [''] }, /^songs\/0 must not have fewer than 1 characters/],
    [{ songs: [title] }, /^songs\/0 must not have more than 512 characters/],
    [{ songs: [{ track: title }] }, 'songs/0/track must not have more than 512 characters.'],
    [{ songs: [{ track: 5 }] }, 'songs/0/track must be string.'],
    [{ songs: [{ track: 'Hello', artist: null }] }, 'songs/0/artist must be string.'],
    [{ songs: [{ artist: 'ABBA' }] }, /^songs\/0 .*must have required properties track\.$/],
    [{ songs: ['Hello'], limit: 0 }, 'limit must be >= 1.'],
    [{ songs: ['Hello'], limit: 201 }, 'limit must be <= 200.'],
    [{ songs: ['Hello'], limit: 1.5 }, 'limit must be integer.'],
    [{ songs: ['Hello'], limit: '5' }, 'limit must be integer.'],
    [{ songs: ['Hello'], limit: null }, 'limit must be integer.'],
    [{ songs: ['Hello'], exclude: 'Hello' }, 'exclude must be array.'],
    [{ songs: ['Hello'], exclude: [''] }, /^exclude\/0 must not have fewer than 1 characters/],
    [{ songs: ['Hello'], diversity: 1.1 }, 'diversity must be <= 1.'],
    [{ songs: ['Hello'], diversity: -1 }, 'diversity must be >= 0.'],
    [{ songs: ['Hello'], diversity: 'a' }, 'diversity must be number.'],
    ['null', 'The request must be object.'],
    ['"Yesterday"', 'The request must be object.'],
    ['{"songs": ["Yester', /JSON/],
    ['{"__proto__": {}, "songs": ["Hello"]}', /JSON/],
    ['', /empty/],
  ];
  for (const [body, detail] of refused) {
    const answer = await ask(body);
    const name = JSON.stringify(body).slice(0, 60);
    t.equal(answer.statusCode, 400, name);
    t.match(answer.headers['content-type'], /^application\/problem\+json/);
    t.match(answer.json(), {
      type: 'urn:segue:problem:bad-request',
      status: 400,
      code: 'bad-request',
      detail,
    });
  }
  t.equal((await ask({ songs: many.slice(1), limit: 200 })).statusCode, 200, 'limits are taken');
  t.equal((await ask({ songs: ['x'.repeat(512)], more: 1 })).statusCode, 200);
});

t.test('a body of another type or size is refused', async (t) => {
  const headers = { 'content-type': 'text/csv' };
  const csv = await app.inject({ method: 'POST', url: '/api/recommend', payload: 'a', headers });
  t.match(csv.json(), { status: 415, code: 'unsupported-media-type' });
  const large = await ask({ songs: ['x'.repeat(300_000)] });
  t.match(large.json(), { status: 413, code: 'too-large' });
  t.match((await app.inject('/api/recommend')).json(), { status: 404, code: 'not-found' });
});

t.test('songs are suggested while somebody types', async (t) => {
  const suggestions = await app.inject('/api/songs?q=HEL');
  t.same(suggestions.json(), {
    songs: [
      { track: 'Hello', artist: 'Adele', support: 2 },
      { track: 'Hello', artist: 'Lionel Richie', support: 1 },
    ],
  });
  t.equal((await app.inject('/api/songs?q=hel&limit=1')).json().songs.length, 1);
  t.same((await app.inject('/api/songs?q=__proto__')).json(), { songs: [] });
  for (const query of ['', '?q=', '?q=a&limit=0', '?q=a&limit=51', '?q=a&limit=x', '?q=a&q=b']) {
    const { statusCode, json } = await app.inject(`/api/songs${query}`);
    t.equal(statusCode, 400, query);
    t.equal(json().code, 'bad-request');
  }
});

t.test('the model says what it was made from', async (t) => {
  const { statusCode, json } = await app.inject('/api/model');
  t.equal(statusCode, 200);
  t.match(json(), {
    version: '1',
    seq: 1,
    cause: 'published',
    datasets: [{ name: 'sample.csv', sha256: 'b'.repeat(64), bytes: 1 }],
    counts: { transactions: 6 },
    settings: { minSupport: 1, maxLength: 2 },
    scoring: { aggregation: 'sum', lengthExponent: 0.5, bySeeds: { length: 5 } },
    metrics: {},
  });
});

t.test('the description of the API is given to everybody', async (t) => {
  const answer = await app.inject('/openapi.json');
  t.match(answer.headers['content-type'], 'application/json');
  t.equal(answer.body, readFileSync(join(import.meta.dirname, 'openapi.json'), 'utf8'));
});

t.test('the metrics tell of the model, of answers and of unknown songs', async (t) => {
  const counting = await appOf(t, store);
  await ask({ songs: ['Yesterday', 'xyzzy', 'Nothing'] }, '/api/recommend', counting);
  await ask({ songs: ['xyzzy'] }, '/api/recommend', counting);
  const { body } = await counting.inject('/metrics');
  t.match(body, /^segue_recommendations_total\{basis="rules"\} 1$/m);
  t.match(body, /^segue_recommendations_total\{basis="popular"\} 1$/m);
  t.match(body, /^segue_unmatched_songs_total 3$/m);
  t.match(body, /^segue_model_created_seconds\{version="1"\} \d{10}\.\d+$/m);
});

t.test('the metrics tell what the training and its gate measured', async (t) => {
  const folder = t.testdir({});
  const snapshot = await snapshotOf(playlists);
  snapshot.facts.metrics = { ndcg100: 0.25, heldOut: 120 };
  const file = await writeSnapshot(folder, encodeSnapshot(snapshot));
  const gate = { passed: true, reason: 'better', figures: { toCurrent: 1.5 } };
  await publish(folder, file, { key: 'k', sequence: ulid(), judge: async () => gate });
  const judged = await appOf(t, folder);
  const told = { reason: 'better', figures: gate.figures };
  t.match((await judged.inject('/api/model')).json(), { gate: told });
  t.match((await judged.inject('/api/models')).json(), {
    models: [{ version: '1', gate: told }],
  });
  const { body } = await judged.inject('/metrics');
  t.match(body, /^segue_model_quality\{figure="ndcg100"\} 0\.25$/m);
  t.match(body, /^segue_model_quality\{figure="heldOut"\} 120$/m);
  t.match(body, /^segue_model_quality\{figure="toCurrent"\} 1\.5$/m);
});

t.test('the page links to upload where its address is known', async (t) => {
  const uploadUrl = 'https://upload.example/';
  const linked = await buildApp({
    ...{ store, pinned: undefined, pollMs: 86_400_000, maxWaitMs: 60_000, logLevel: 'silent' },
    uploadUrl,
  });
  t.teardown(async () => linked.close());
  t.match((await linked.inject('/')).body, `data-upload="${uploadUrl}"`);
  t.match((await app.inject('/')).body, 'data-upload=""');
});

t.test('an empty store is ready and says that there is no model', async (t) => {
  const empty = await appOf(t, t.testdir({}));
  t.equal((await empty.inject('/readyz')).statusCode, 200);
  t.equal((await empty.inject('/healthz')).statusCode, 200);
  t.notMatch((await empty.inject('/metrics')).body, /^segue_model_created_seconds\{/m);
  for (const answer of [
    await ask({ songs: ['Yesterday'] }, '/api/recommend', empty),
    await empty.inject('/api/songs?q=y'),
    await empty.inject('/api/model'),
  ]) {
    t.equal(answer.statusCode, 503);
    t.match(answer.headers['content-type'], /^application\/problem\+json/);
    t.match(answer.headers['retry-after'], /^\d+$/);
    t.match(answer.json(), { code: 'no-model', detail: /segue train/ });
  }
  t.equal((await empty.inject('/')).statusCode, 200, 'the page is there');
});

t.test('a store whose only version is damaged is alive and not ready', async (t) => {
  const folder = t.testdir({});
  const { file } = await publishSample(folder, playlists);
  writeFileSync(join(folder, 'snapshots', file), 'torn');
  const damaged = await appOf(t, folder);
  t.equal((await damaged.inject('/healthz')).statusCode, 200);
  const { body } = await damaged.inject('/metrics');
  t.match(body, /^segue_store_faults\{code="snapshot-invalid"\} 1$/m);
  const { statusCode, headers, json } = await damaged.inject('/readyz');
  t.equal(statusCode, 503);
  t.match(headers['retry-after'], /^\d+$/);
  t.equal(json().code, 'model-not-loaded');
  t.equal((await ask({ songs: ['Hello'] }, '/api/recommend', damaged)).statusCode, 503);
});

t.test('what is wrong with the store is told while the last good model serves', async (t) => {
  const folder = t.testdir({});
  await publishSample(folder, playlists);
  writeFileSync(join(folder, 'heads', '2.json'), '{"seq"');
  const serving = await appOf(t, folder);
  const ready = await serving.inject('/readyz');
  t.equal(ready.statusCode, 200);
  t.match(ready.json(), {
    status: 'ready',
    faults: [{ code: 'snapshot-invalid', detail: '2.json' }],
  });
  const { body } = await serving.inject('/metrics');
  t.match(body, /^segue_store_faults\{code="snapshot-invalid"\} 1$/m);
  t.equal((await ask({ songs: ['Hello'] }, '/api/recommend', serving)).statusCode, 200);
});

t.test('models change under load and no request fails', async (t) => {
  const folder = t.testdir({});
  await publishSample(folder, playlists);
  const swapping = await appOf(t, folder, 10);
  const address = await swapping.listen({ host: '127.0.0.1', port: 0 });
  const seen = new Set<string>();
  let asked = 0;
  let stop = false;
  const client = async () => {
    while (!stop) {
      const answer = await fetch(`${address}/api/recommend`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ songs: ['Yesterday'] }),
      });
      const { version, songs } = (await answer.json()) as { version: string; songs: string[] };
      if (answer.status !== 200) throw new Error(`status ${answer.status}`);
      // Songs and version of an answer are of one model.
      const expected = version === '2' ? ['Alone'] : ['Hey Jude', 'Let It Be', 'Imagine', 'Hello'];
      if (songs.toSorted().join() !== expected.toSorted().join()) throw new Error(songs.join());
      seen.add(version);
      asked++;
    }
  };
  const served = async (version: string) => {
    while (
      ((await (await fetch(`${address}/api/model`)).json()) as { version: string }).version !==
      version
    );
  };
  const clients = Promise.all([client(), client(), client()]);
  const publisher = async () => {
    await publishSample(folder, [['Yesterday - The Beatles', 'Alone - Heart']]);
    await served('2');
    writeFileSync(join(folder, 'heads', '3.json'), '{');
    writeFileSync(join(folder, 'heads', '2.json.tmp'), '{');
    await served('2');
    stop = true;
  };
  await Promise.all([clients, publisher()]);
  t.same([...seen].sort(), ['1', '2']);
  t.ok(asked > 3);
  const { body } = await swapping.inject('/metrics');
  t.same(body.match(/segue_model_created_seconds\{.*\}/g), [
    'segue_model_created_seconds{version="2"}',
  ]);
});

t.test('its settings are those of its environment', async (t) => {
  const environment = { STORE: '/s', SNAPSHOT: '3', POLL_MS: '50', LOG_LEVEL: 'warn' };
  t.same(recommendOptions({ ...environment, UPLOAD_URL: 'https://upload.example' }), {
    store: '/s',
    pinned: '3',
    pollMs: 50,
    maxWaitMs: 250,
    corsOrigins: [],
    trustedProxies: [],
    uploadUrl: 'https://upload.example',
    logLevel: 'warn',
  });
  t.match(recommendOptions({ STORE: '/s' }), { pinned: undefined, pollMs: 2000, logLevel: 'info' });
  t.throws(() => recommendOptions({ POLL_MS: 'often' }), {
    code: 'configuration',
    message: /STORE is missing; POLL_MS must be a whole number/,
  });
});
