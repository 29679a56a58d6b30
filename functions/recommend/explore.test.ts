import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { rollback } from '../../shared/store/publish.ts';
import { buildApp } from './app.ts';
import { playlists, publishSample } from './sample.ts';

const options = {
  ...{ pinned: undefined, uploadUrl: undefined, logLevel: 'silent' },
  ...{ pollMs: 86_400_000, maxWaitMs: 60_000 },
};

const store = t.testdir({ empty: {} });
const first = await publishSample(store, playlists);
await publishSample(store, [...playlists, ['Yesterday - The Beatles', 'Easy - Commodores']]);
await rollback(store, '1');
const app = await buildApp({ ...options, store });
const empty = await buildApp({ ...options, store: join(store, 'empty') });
t.teardown(() => Promise.all([app.close(), empty.close()]));

t.test('the versions that served are listed, the newest first', async (t) => {
  const { statusCode, json } = await app.inject('/api/models');
  t.equal(statusCode, 200);
  const { models, cursor } = json();
  t.equal(cursor, undefined);
  t.match(models, [
    { seq: 3, version: '1', cause: 'rollback', serving: true },
    { seq: 2, version: '2', cause: 'published', serving: false },
    { seq: 1, version: '1', cause: 'published', serving: false },
  ]);
  t.match(models[0], {
    model_date: first.created,
    sha256: first.sha256,
    datasets: [{ name: 'sample.csv' }],
    counts: { transactions: 6 },
    metrics: {},
  });
  const page = (await app.inject('/api/models?limit=2')).json();
  t.equal(page.models.length, 2);
  const rest = (await app.inject(`/api/models?limit=2&cursor=${page.cursor}`)).json();
  t.match(rest, { models: [{ seq: 1 }] });
  t.equal(rest.cursor, undefined);
  t.match((await app.inject('/api/models?cursor=x')).json(), { status: 410, code: 'cursor-stale' });
  t.match((await app.inject('/api/models?limit=0')).json(), { status: 400 });
  t.same((await empty.inject('/api/models')).json(), { models: [] });
});

t.test('rules come by song, thresholds and measure, a page at a time', async (t) => {
  const ask = async (query: string) => (await app.inject(`/api/rules?${query}`)).json();
  const all = await ask('');
  t.match(all, { version: '1', snapshot: first.sha256, transactions: 6, complete: true });
  t.equal(all.met, all.rules.length);
  const easy = await ask('song=Easy');
  t.match(easy.rules[0], {
    antecedent: [{ track: 'Hello', artist: 'Lionel Richie' }],
    consequent: { track: 'Easy', artist: 'Commodores' },
    ...{ together: 1, given: 1, confidence: 1, lift: 6 },
  });
  t.equal(easy.rules.length, 2);
  t.match(await ask('song=Hello&artist=Adele&min-confidence=0.5&sort=confidence'), {
    rules: [{ confidence: 1, value: 1 }, { confidence: 0.5 }],
  });
  const one = await ask('limit=1');
  const two = await ask(`limit=1&cursor=${one.cursor}`);
  t.same([one.rules[0], two.rules[0]], all.rules.slice(0, 2));
  t.ok((await ask('cells=true')).cells.length > 0);
  for (const [query, code] of [
    ['song=xyzzy', 'song-unknown'],
    ['cursor=none', 'cursor-stale'],
    ['sort=beauty', 'bad-request'],
    ['order=up', 'bad-request'],
    ['min-confidence=2', 'bad-request'],
    ['limit=1001', 'bad-request'],
  ]) {
    t.match(await ask(query), { code }, query);
  }
  t.match((await empty.inject('/api/rules')).json(), { status: 503, code: 'no-model' });
});

t.test('two versions are compared', async (t) => {
  const { statusCode, json } = await app.inject('/api/models/1/diff/2');
  t.equal(statusCode, 200);
  const answer = json();
  t.match(answer, {
    before: { version: '1' },
    after: { version: '2' },
    counts: { gained: 2, lost: 0 },
    complete: true,
  });
  const gained = (await app.inject('/api/models/1/diff/2?kind=gained&limit=1')).json();
  t.equal(gained.changes.length, 1);
  t.match(gained.changes[0], { kind: 'gained', after: { together: 1 } });
  t.equal(gained.changes[0].before, undefined);
  const back = await app.inject(`/api/models/2/diff/${first.sha256.slice(0, 12)}`);
  t.match(back.json(), { counts: { gained: 0, lost: 2 } });
  t.match((await app.inject('/api/models/1/diff/9')).json(), {
    ...{ status: 404, code: 'version-unknown' },
  });
  t.match((await app.inject('/api/models/1/diff/2?kind=odd')).json(), { status: 400 });
});

t.test('a snapshot that cannot be read has no facts, and is not compared', async (t) => {
  const folder = t.testdir({});
  const damaged = await publishSample(folder, playlists);
  const gone = await publishSample(folder, playlists.slice(1));
  await publishSample(folder, playlists.slice(2));
  const own = await buildApp({ ...options, store: folder });
  t.teardown(() => own.close());
  writeFileSync(join(folder, 'snapshots', damaged.file), 'torn');
  rmSync(join(folder, 'snapshots', gone.file));
  const { models } = (await own.inject('/api/models')).json();
  t.same(
    models.map(({ datasets }: { datasets?: unknown }) => datasets !== undefined),
    [true, false, false],
  );
  t.match((await own.inject('/api/models/1/diff/3')).json(), { code: 'snapshot-invalid' });
  t.match((await own.inject('/api/models/2/diff/3')).json(), { code: 'store-unusable' });
});
