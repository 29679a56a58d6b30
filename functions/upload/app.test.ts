import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type CloudEvent, HTTP, type Message } from 'cloudevents';
import t from 'tap';
import { ulid } from 'ulid';
import { writeRun } from '../../shared/runs.ts';
import { writeSmall } from '../../shared/sample.ts';
import { sha256Of } from '../../shared/snapshot.ts';
import { publish, rollback } from '../../shared/store/publish.ts';
import { verifyStore } from '../../shared/store/versions.ts';
import { buildApp as buildRetrain } from '../retrain/app.ts';
import { parseEvent } from '../retrain/event.ts';
import { settingsWith, together, writeDataset } from '../retrain/sample.ts';
import { train } from '../retrain/train.ts';
import { buildApp, uploadOptions } from './app.ts';
import { csv, start, token } from './sample.ts';

t.test('who has no token gets nothing', async (t) => {
  const { app, files } = await start(t);
  const given = [undefined, '', token, 'Bearer', 'Bearer ', `Basic ${token}`, `Bearer ${token}x`];
  const routes = [
    ['PUT', '/datasets/a.csv'],
    ['GET', '/datasets'],
    ['GET', '/datasets/a.csv'],
    ['DELETE', '/datasets/a.csv'],
    ['GET', '/runs'],
    ['GET', '/runs/1'],
    ['GET', '/models'],
    ['POST', '/models/1/activate'],
    ['GET', '/nothing/here'],
    ['GET', '/dead-letters'],
  ] as const;
  for (const [method, url] of routes) {
    for (const authorization of given) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await app.inject({ method, url, headers });
      t.equal(answer.statusCode, 401, `${method} ${url} ${authorization}`);
      t.equal(answer.headers['www-authenticate'], 'Bearer');
    }
  }
  t.strictSame(files(), []);
  for (const url of ['/healthz', '/readyz', '/metrics']) {
    t.equal((await app.inject({ url })).statusCode, 200, url);
  }
});

t.test('where no token is set, nobody gets anything', async (t) => {
  const { ask } = await start(t, { token: undefined });
  t.equal((await ask('GET', '/datasets')).statusCode, 401);
});

t.test('a data set is kept, and the sink is told where it is', async (t) => {
  const { ask, received, files, datasets } = await start(t);
  const answer = await ask('PUT', '/datasets/mine.csv', csv);
  t.equal(answer.statusCode, 202);
  const sha256 = sha256Of(Buffer.from(csv));
  const body = answer.json();
  t.match(body, {
    ...{ name: 'mine.csv', sha256, bytes: csv.length },
    rows: { read: 3, accepted: 3, rejected: 0 },
    event: /^[0-9A-Z]{26}$/,
    run: `/runs/${body.event}`,
  });
  t.equal(answer.headers.location, body.run);
  t.strictSame(files(), ['mine.csv']);
  t.ok(existsSync(join(datasets, sha256, 'mine.csv')));

  t.equal(received.length, 1);
  const event = HTTP.toEvent(received[0] as unknown as Message) as CloudEvent<unknown>;
  t.match(event, { id: body.event, source: '/segue/upload' });
  t.strictSame(parseEvent(received[0].headers, Buffer.from(received[0].body)).data, {
    datasets: [{ path: `${sha256}/mine.csv`, sha256, bytes: csv.length }],
    sequence: body.event,
  });
  const later = (await ask('PUT', '/datasets/mine.csv', csv)).json();
  t.ok(later.event > body.event, 'the later upload is the newer one');
});

t.test('data sets may be compressed, and are given back as they came', async (t) => {
  const { ask } = await start(t);
  for (const [name, bytes] of [
    ['mine.csv.gz', gzipSync(csv)],
    ['mine.csv.zst', zstdCompressSync(csv)],
  ] as const) {
    const answer = await ask('PUT', `/datasets/${name}`, bytes);
    t.match(answer.json(), { bytes: bytes.length, rows: { accepted: 3 } }, name);
    const given = await ask('GET', `/datasets/${name}`);
    t.strictSame(given.rawPayload, bytes);
    t.match(given.headers, {
      etag: `"${sha256Of(bytes)}"`,
      'content-length': String(bytes.length),
      'content-type': 'application/octet-stream',
    });
    const head = await ask('HEAD', `/datasets/${name}`);
    t.match(head, { statusCode: 200, body: '' });
  }
});

t.test('data sets are listed and deleted', async (t) => {
  const { ask, files } = await start(t);
  const { sha256, uploaded } = (await ask('PUT', '/datasets/a.csv', csv)).json();
  const entry = { name: 'a.csv', sha256, bytes: csv.length, uploaded };
  t.strictSame((await ask('GET', '/datasets')).json(), { datasets: [entry] });
  t.equal((await ask('DELETE', '/datasets/a.csv')).statusCode, 204);
  t.strictSame((await ask('GET', '/datasets')).json(), { datasets: [] });
  t.strictSame(files(), []);
  for (const method of ['GET', 'DELETE'] as const) {
    t.match((await ask(method, '/datasets/a.csv')).json(), {
      code: 'dataset-missing',
      status: 404,
    });
  }
});

t.test('a name cannot leave the folder', async (t) => {
  const { ask, files, received, datasets } = await start(t);
  const names = [
    '%2e%2e%2fx.csv',
    '..%2fx.csv',
    '..%5cx',
    '%2e%2e',
    '%2fetc%2fx',
    '.x',
    'a%00',
    'ä',
  ];
  for (const name of names) {
    for (const method of ['PUT', 'GET', 'DELETE'] as const) {
      const answer = await ask(method, `/datasets/${name}`, method === 'PUT' ? csv : undefined);
      // An address library takes dots away before anything is sent: what is left is the page.
      const isPage = method === 'GET' && /^text\/html/.test(String(answer.headers['content-type']));
      t.ok(
        isPage || [400, 404].includes(answer.statusCode),
        `${method} ${name}: ${answer.statusCode}`,
      );
    }
  }
  t.match((await ask('PUT', '/datasets/..%2fx.csv', csv)).json(), { code: 'dataset-name' });
  for (const url of ['/datasets/../x.csv', '/datasets/a/b', '/datasets/%zz', '/datasets/']) {
    t.ok([400, 404].includes((await ask('PUT', url, csv)).statusCode), url);
  }
  t.strictSame(files(), []);
  t.strictSame(readdirSync(join(datasets, '..')).toSorted(), ['datasets', 'store']);
  t.equal(received.length, 0);
});

t.test('what can never be trained on is refused, and nothing of it stays', async (t) => {
  const { ask, files, received } = await start(t, { maxBytes: 1_000 });
  const cases: [string, string | Buffer | undefined, object][] = [
    ['a.csv', undefined, { status: 422, code: 'dataset-empty', detail: /^a\.csv has no/ }],
    ['a.csv', 'pid,track_name\n', { status: 422, code: 'dataset-empty' }],
    ['a.csv', 'x,y\n1,2\n', { status: 422, code: 'column-missing', detail: /^a\.csv has no/ }],
    ['a.csv', 'pid,track_name\n1,\n', { status: 422, code: 'too-many-rejected' }],
    ['a.csv.gz', gzipSync(csv).subarray(0, 30), { status: 422, code: 'dataset-corrupt' }],
    ['a.csv', csv.padEnd(1_001, '\n'), { status: 413, code: 'too-large' }],
  ];
  for (const [name, body, problem] of cases) {
    t.match((await ask('PUT', `/datasets/${name}`, body)).json(), problem);
    t.strictSame(files(), []);
  }
  t.equal(received.length, 0);
  t.equal((await ask('PUT', '/datasets/a.csv', csv.padEnd(1_000, '\n'))).statusCode, 202);
});

t.test('columns can be named, and more rows may be rejected', async (t) => {
  const { ask } = await start(t, {
    columns: { transaction: 'x', item: 'y' },
    maxRejectedShare: 0.5,
  });
  const answer = await ask('PUT', '/datasets/a.csv', 'x,y\n1,2\n1,\n');
  t.match(answer.json(), { rows: { read: 2, accepted: 1, rejected: 1 } });
});

t.test('a sender of too much is told so while it sends', async (t) => {
  const { listen, files } = await start(t, { maxBytes: 1_000 });
  const port = await listen();
  const status = await new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        ...{ port, host: '127.0.0.1', method: 'PUT', path: '/datasets/a.csv' },
        headers: { authorization: `Bearer ${token}` },
      },
      (answer) => {
        resolve(answer.statusCode);
        clearInterval(timer);
        sent.destroy();
      },
    );
    sent.on('error', reject);
    const timer = setInterval(() => sent.write(csv.repeat(100)), 1);
  });
  t.equal(status, 413);
  t.strictSame(files(), []);
});

t.test('a sender that leaves leaves nothing', async (t) => {
  const { listen, files, received, app } = await start(t);
  const port = await listen();
  const head = `PUT /datasets/a.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n`;
  const framings = [`Content-Length: ${csv.length + 1}`, 'Transfer-Encoding: chunked'];
  for (const [i, framing] of framings.entries()) {
    const chunk = i === 0 ? csv : `${csv.length.toString(16)}\r\n${csv}\r\n`;
    for (const leave of ['end', 'resetAndDestroy'] as const) {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      socket.write(`${head}${framing}\r\n\r\n${chunk}`);
      while (files().length === 0) await sleep(5);
      socket[leave]();
      while (files().length > 0) await sleep(5);
      socket.destroy();
    }
  }
  t.equal(received.length, 0);
  t.equal((await app.inject('/healthz')).statusCode, 200);
});

t.test('so many uploads come in at once, and the next one is told to come later', async (t) => {
  const { ask, listen, files } = await start(t);
  const port = await listen();
  const most = 32;
  const unfinished = Array.from({ length: most }, () => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.write(
      `PUT /datasets/a.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 9\r\n\r\npid`,
    );
    return socket;
  });
  while (files().length < most) await sleep(5);
  const refused = await ask('PUT', '/datasets/b.csv', csv);
  t.match(refused.json(), { code: 'overloaded', status: 503 });
  t.equal(refused.headers['retry-after'], '5');
  t.equal((await ask('GET', '/datasets')).statusCode, 200, 'others are answered');
  for (const socket of unfinished) socket.destroy();
  while (files().length > 0) await sleep(5);
  // A place is free a moment after its file is gone.
  const again = () => ask('PUT', '/datasets/b.csv', csv);
  let next = await again();
  for (; next.statusCode === 503; next = await again()) await sleep(5);
  t.equal(next.statusCode, 202);
});

t.test('an upload is newer than what is decided, though the clock has gone back', async (t) => {
  const { ask, store } = await start(t);
  const tomorrow = ulid(Date.now() + 86_400_000);
  await publish(store, await writeSmall(store, 'a'), { key: 'a', sequence: tomorrow });
  const [first, second] = [
    (await ask('PUT', '/datasets/a.csv', csv)).json().event,
    (await ask('PUT', '/datasets/a.csv', csv)).json().event,
  ];
  t.ok(first > tomorrow && second > first, `${tomorrow} ${first} ${second}`);
  // What no event may ask for can still stand in a head.
  for (const sequence of [ulid(2 ** 48 - 1), 'Z'.repeat(26)]) {
    await publish(store, await writeSmall(store, sequence), { key: sequence, sequence });
    t.equal((await ask('PUT', '/datasets/a.csv', csv)).statusCode, 202, sequence);
  }
});

t.test('a sink that cannot be reached is said to be so, and the data set stays', async (t) => {
  const { ask, files } = await start(t, { sink: 'http://127.0.0.1:1' });
  const answer = await ask('PUT', '/datasets/a.csv', csv);
  t.match(answer.json(), { status: 503, code: 'sink-unreachable', detail: 'ECONNREFUSED' });
  t.equal(answer.headers['retry-after'], '5');
  t.strictSame(files(), ['a.csv']);
});

t.test('a sink that is busy is sent the event again, behind the answer', async (t) => {
  const { ask, received } = await start(t, {}, [503, 'reset', 202]);
  t.equal((await ask('PUT', '/datasets/a.csv', csv)).statusCode, 202);
  while (received.length < 3) await sleep(5);
  t.equal(new Set(received.map(({ body }) => body)).size, 1);
});

t.test('upload does not wait for what the event causes', async (t) => {
  const { ask, app, received } = await start(t, { patienceMs: 1 }, ['silent']);
  t.equal((await ask('PUT', '/datasets/a.csv', csv)).statusCode, 202);
  while (received.length < 1) await sleep(5);
  await app.close();
});

t.test('each upload can be watched to its end, whatever that is', async (t) => {
  const folder = t.testdir({ store: {}, datasets: {} });
  const [store, datasets] = [join(folder, 'store'), join(folder, 'datasets')];
  const retrain = await buildRetrain({
    settings: settingsWith({ maxItemsets: 1, minSupport: { count: 1 } }),
    ...{ store, datasets, leaseTermMs: 30_000 },
    environment: { ...process.env, MAX_ITEMSETS: '1', MIN_SUPPORT: '1' },
    logLevel: 'silent',
  });
  const sink = await retrain.listen({ host: '127.0.0.1', port: 0 });
  const app = await buildApp({
    ...{ store, datasets, sink, token, maxBytes: 1_000_000, columns: {}, maxRejectedShare: 0.05 },
    ...{ patienceMs: 1, retryDelaysMs: Array(1_000).fill(20), logLevel: 'silent' },
  });
  t.teardown(async () => {
    await app.close();
    await retrain.close();
  });
  const headers = { authorization: `Bearer ${token}` };
  const put = async (name: string, payload: string) =>
    (await app.inject({ method: 'PUT', url: `/datasets/${name}`, headers, payload })).json().run;
  const end = async (url: string) => {
    for (;;) {
      const answer = await app.inject({ url, headers });
      const run = answer.json();
      if (answer.statusCode === 200 && run.outcome !== undefined) return run;
      await sleep(20);
    }
  };
  const urls = [
    await put('one.csv', 'pid,track_name\n1,a\n1,b\n'),
    await put('many.csv', 'pid,track_name\n1,a\n1,b\n1,c\n'),
  ];
  const runs = [await end(urls[0]), await end(urls[1])];
  t.match(runs[0], { outcome: 'published', version: '1', datasets: [{ name: 'one.csv' }] });
  t.match(runs[1], { outcome: 'refused', reason: 'More than 1 itemsets' });
  const all = (await app.inject({ url: '/runs', headers })).json().runs;
  t.strictSame(
    new Set(all.map((run: { key: string }) => run.key)),
    new Set(runs.map((r) => r.key)),
  );
  const byKey = await app.inject({ url: `/runs/${runs[0].key}`, headers });
  t.strictSame(byKey.json(), runs[0]);
});

t.test('runs are found by every event that they answered', async (t) => {
  const { ask, store } = await start(t);
  t.strictSame((await ask('GET', '/runs')).json(), { runs: [] });
  const superseded = { outcome: 'superseded' as const, version: '2' };
  const key = 'a'.repeat(64);
  await writeRun(store, {
    ...{ key, datasets: [], event: { source: '/x', id: 'later' }, started: '', updated: '' },
    ...{ step: 'digest', steps: [], ...superseded },
    answered: [{ source: '/x', id: 'earlier', answer: superseded }],
  });
  for (const id of ['later', 'earlier', key]) {
    t.match((await ask('GET', `/runs/${id}`)).json(), { key, outcome: 'superseded' });
  }
  t.match((await ask('GET', '/runs/other')).json(), { code: 'run-unknown', status: 404 });
});

t.test('where there is a key, models tell whether they are signed', async (t) => {
  const { privateKey: ours } = generateKeyPairSync('ed25519');
  const { privateKey: another } = generateKeyPairSync('ed25519');
  const signingKeyFile = join(t.testdirName, 'signing.pem');
  const { ask, store } = await start(t, { signingKeyFile });
  writeFileSync(signingKeyFile, ours.export({ type: 'pkcs8', format: 'pem' }));
  for (const [i, signingKey] of [undefined, ours, another, undefined].entries()) {
    const file = await writeSmall(store, `${i}`);
    await publish(store, file, { key: `${i}`, sequence: `0${i}`, signingKey });
  }
  const told = async () =>
    (await ask('GET', '/models'))
      .json()
      .models.map((model: { version: string; signed: boolean; serving: boolean }) => [
        model.version,
        model.signed,
        model.serving,
      ]);
  const rest = [
    ['3', false, false],
    ['2', true, true],
    ['1', false, false],
  ];
  t.strictSame(await told(), [['4', false, false], ...rest]);
  const { faults } = await verifyStore(store, createPublicKey(ours));
  t.strictSame(
    faults.map(({ code }) => code),
    ['head-unsigned', 'head-unsigned', 'head-unsigned'],
    'as the shell tells it',
  );

  const activate = async (version: string) =>
    (await ask('POST', `/models/${version}/activate`)).json();
  for (const version of ['1', '3', '4']) {
    t.match(await activate(version), { code: 'version-unsigned', status: 409 }, version);
  }
  t.match(await activate('5'), { code: 'version-unknown' });
  // Somebody else's head of a version that is signed changes nothing.
  await rollback(store, '2');
  t.strictSame(await told(), [['4', false, false], ...rest]);
});

t.test('nothing is activated with a key that recommend does not ask for', async (t) => {
  const { privateKey: ours, publicKey } = generateKeyPairSync('ed25519');
  const { privateKey: another } = generateKeyPairSync('ed25519');
  const signingKeyFile = join(t.testdirName, 'signing.pem');
  const publicKeyFile = join(t.testdirName, 'public.pem');
  const { ask, store } = await start(t, { signingKeyFile, publicKeyFile });
  const sign = (key: KeyObject) =>
    writeFileSync(signingKeyFile, key.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(publicKeyFile, publicKey.export({ type: 'spki', format: 'pem' }));
  sign(another);
  for (const key of ['0', '1']) {
    const file = await writeSmall(store, key);
    await publish(store, file, { key, sequence: key, signingKey: ours });
  }
  t.match((await ask('GET', '/models')).json().models[0], { signed: true, serving: true });
  t.match((await ask('POST', '/models/1/activate')).json(), { code: 'configuration' });
  sign(ours);
  t.match((await ask('POST', '/models/1/activate')).json(), { version: '1', outcome: 'again' });
});

t.test('models are listed, the newest first, and an older one can be activated', async (t) => {
  const { ask, store, datasets } = await start(t);
  t.strictSame((await ask('GET', '/models')).json(), { models: [] });
  t.match((await ask('POST', '/models/1/activate')).json(), { code: 'version-unknown' });
  for (const song of ['a', 'b']) {
    const { path } = writeDataset(datasets, `${song}.csv`, together([song, 'x']));
    const paths = [join(datasets, path)];
    await train({ paths, store, settings: settingsWith(), keepVersions: 10, pinned: [] });
  }
  const serving = async () =>
    (await ask('GET', '/models'))
      .json()
      .models.map((model: { version: string; serving: boolean }) => [model.version, model.serving]);
  t.strictSame(await serving(), [
    ['2', true],
    ['1', false],
  ]);
  const activate = async (version: string) =>
    (await ask('POST', `/models/${version}/activate`)).json();
  t.strictSame(await activate('1'), { version: '1', seq: 3, outcome: 'again' });
  t.strictSame(await serving(), [
    ['2', false],
    ['1', true],
  ]);
  t.strictSame(await activate('1'), { version: '1', seq: 3, outcome: 'unchanged' });
  t.match(await activate('7'), { code: 'version-unknown', detail: '1, 2', status: 404 });
  t.match((await ask('GET', '/models')).json().models[0], {
    ...{ created: /^\d{4}-.*Z$/, sha256: /^[0-9a-f]{64}$/, bytes: Number, key: /^[0-9a-f]{64}$/ },
  });
});

t.test('the broker brings what it could not deliver, without a token', async (t) => {
  const { app, store } = await start(t);
  const headers = { 'ce-id': '1', 'ce-source': '/x', 'ce-knativeerrordest': 'http://retrain' };
  const bring = (headers: Record<string, string>, payload?: string) =>
    app.inject({
      ...{ method: 'POST', url: '/dead-letters', headers },
      ...(payload !== undefined && { payload }),
    });
  t.equal((await bring(headers, '{}')).statusCode, 204);
  t.equal((await bring(headers, '{}')).statusCode, 204);
  t.equal((await bring({ ...headers, 'ce-id': '2' })).statusCode, 204, 'without a body');
  const folder = join(store, 'runs/dead-letters');
  t.equal(readdirSync(folder).length, 2);
  t.match((await app.inject('/metrics')).body, /^segue_dead_letters_total 3$/m);
  t.equal((await bring({})).statusCode, 400);
  t.equal((await bring({ ...headers, 'ce-id': '3' }, 'x'.repeat(65_537))).statusCode, 413);
  t.equal(readdirSync(folder).length, 2);
});

t.test('a volume that does not work is said to be so', async (t) => {
  const folder = t.testdirName;
  const { ask } = await start(t, { datasets: join(folder, 'store', 'file', 'x') });
  writeFileSync(join(folder, 'store', 'file'), '');
  for (const [method, url] of [
    ['PUT', '/datasets/a.csv'],
    ['GET', '/datasets'],
  ] as const) {
    t.match((await ask(method, url)).json(), { code: 'store-unusable', status: 503 }, method);
  }
});

t.test('settings come from the environment, all mistakes at once', async (t) => {
  const environment = { STORE: '/data', DATASETS: '/data/datasets', K_SINK: 'http://broker/' };
  t.match(uploadOptions({ ...environment, UPLOAD_TOKEN: token, MAX_REJECTED: '10%' }), {
    ...{ store: '/data', datasets: '/data/datasets', sink: 'http://broker/', token },
    ...{ maxBytes: 2 ** 31, columns: {}, maxRejectedShare: 0.1, patienceMs: 1_000 },
  });
  t.equal(uploadOptions(environment).token, undefined);
  t.throws(() => uploadOptions({}), { code: 'configuration', message: /STORE.*DATASETS.*K_SINK/ });
});
