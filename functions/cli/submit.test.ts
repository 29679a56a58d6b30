import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { eventTypes } from '../../shared/events.ts';
import { type Run, writeRun } from '../../shared/runs.ts';
import { together, writeDataset } from '../retrain/sample.ts';
import { answering, type Ended, ended, freePort, segue, serveLocally, start } from './sample.ts';

/** retrain on an empty volume, and `segue submit` that asks it. */
async function retrain(t: Test) {
  const folder = t.testdir({ store: {}, datasets: {} });
  const [store, datasets] = [join(folder, 'store'), join(folder, 'datasets')];
  const port = String(await freePort());
  const volume = { STORE: store, DATASETS: datasets, LOG_LEVEL: 'error' };
  const child = start('functions/retrain/server.ts', [], {
    environment: { ...volume, PORT: port },
  });
  t.teardown(() => child.kill());
  const sink = `http://127.0.0.1:${port}`;
  await answering(`${sink}/readyz`);
  const resultFile = join(folder, 'result');
  return {
    datasets,
    store,
    /** What the platform would show as the reason of the end. */
    said: () => readFileSync(resultFile, 'utf8'),
    submit: (
      dataset: string,
      sha256: string,
      environment: NodeJS.ProcessEnv = {},
      ...more: string[]
    ) =>
      segue(['submit', dataset, '--sha256', sha256, '--result-file', resultFile, ...more], {
        environment: { ...volume, K_SINK: sink, ...environment },
      }),
  };
}

const abc = together(['a', 'b', 'c']);

t.test('a data set on the volume is trained on, and asked for again it serves again', async (t) => {
  const { datasets, submit, said } = await retrain(t);
  const { path, sha256 } = writeDataset(datasets, 'abc.csv', abc);
  const first = await submit(path, sha256);
  t.match(first, { code: 0, stdout: 'published: version 1 serves\n' });
  t.match(first.stderr, /event [0-9A-Z]{26} sent for abc.csv\n/);
  t.equal(said(), 'published: version 1 serves');

  mkdirSync(join(datasets, 'b'.repeat(64)));
  const uploaded = writeDataset(datasets, 'xyz.csv', together(['x', 'y']));
  mkdirSync(join(datasets, uploaded.sha256));
  writeFileSync(
    join(datasets, uploaded.sha256, 'uploaded.csv'),
    readFileSync(join(datasets, 'xyz.csv')),
  );
  const byName = await submit('uploaded.csv', uploaded.sha256, {}, '--json');
  t.match(JSON.parse(byName.stdout), { outcome: 'published', version: '2' });
  t.match(await submit(path, sha256), { code: 0, stdout: 'again: version 1 serves\n' });
});

t.test('what can never work ends otherwise than what may work later', async (t) => {
  const { datasets, submit, said } = await retrain(t);
  const bad = writeDataset(datasets, 'bad.csv', 'colour,size\nred,4\n');
  t.match(await submit(bad.path, bad.sha256), { code: 65 });
  t.match(said(), /no column for the transaction/);
  const { path } = writeDataset(datasets, 'abc.csv', abc);
  t.match(await submit(path, '0'.repeat(64)), { code: 65 });
  t.match(said(), /announced was 0000/);
  t.match(await submit('none.csv', bad.sha256), { code: 66 });
  t.match(await submit('../store/lease', bad.sha256), { code: 66 });
  t.match(await submit(path, 'abc'), { code: 64, stderr: /must be 64 hexadecimal digits/ });
  t.match(await submit(path, bad.sha256, {}, '--patience', 'long'), { code: 64 });
});

t.test('a data set is fetched from an address, once, and only if it is the one', async (t) => {
  const { datasets, submit } = await retrain(t);
  const { sha256 } = writeDataset(datasets, 'abc.csv', abc);
  const bytes = readFileSync(join(datasets, 'abc.csv'));
  const { host, authority, asked } = await serveLocally(t, (request, response) => {
    if (request.url === '/lists.csv') response.end(bytes);
    else if (request.url === '/half.csv') {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 9), () => response.destroy());
    } else response.writeHead(404).end();
  });
  const allowed = { DATASET_NETWORKS: '127.0.0.0/8', NODE_EXTRA_CA_CERTS: authority };
  const fetching = (path: string, digest = sha256, environment: NodeJS.ProcessEnv = {}) =>
    submit(`https://${host}${path}`, digest, { ...allowed, DATASET_HOSTS: host, ...environment });

  t.match(await fetching('/lists.csv', '0'.repeat(64)), { code: 65, stderr: /SHA-256/ });
  t.notOk(existsSync(join(datasets, sha256)), 'another than the announced one is not kept');
  const small = await fetching('/lists.csv', sha256, { MAX_UPLOAD_BYTES: '9' });
  t.match(small, { code: 65, stderr: /At most 9 bytes/ });
  t.match(await fetching('/half.csv'), { code: 75, stderr: /ended before it was complete/ });
  t.match(await fetching('/lists.csv', sha256, { DATASET_HOSTS: '' }), { code: 65 });
  t.match(await fetching('/lists.csv', sha256, { DATASET_NETWORKS: '' }), { code: 65 });
  t.match(await fetching('/%2e%2e%2fx.csv'), { code: 64 });
  t.equal(asked(), 3);
  t.match(await fetching('/lists.csv'), { code: 0 });
  t.same(readFileSync(join(datasets, sha256, 'lists.csv')), bytes);
  t.match(await fetching('/lists.csv'), { code: 0 });
  t.equal(asked(), 4, 'what the volume has is not fetched again');
});

t.test('a sink that takes events and trains nothing is waited for, not for ever', async (t) => {
  const { datasets, store } = await retrain(t);
  const { path, sha256 } = writeDataset(datasets, 'abc.csv', abc);
  let type: unknown;
  const sink = createServer((request, response) => {
    type = request.headers['ce-type'];
    response.writeHead(202).end();
  }).listen(0, '127.0.0.1');
  t.teardown(() => sink.close());
  await new Promise((resolve) => sink.once('listening', resolve));
  const address = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
  const parameters = ['submit', path, '--sha256', sha256, '--store', store];
  const options = ['--datasets', datasets, '--k-sink', address, '--patience', '1'];
  t.match(await segue([...parameters, ...options]), { code: 75, stderr: /Nothing was heard/ });
  t.equal(type, eventTypes.uploaded);

  const waiting = start('functions/cli.ts', [...parameters, ...options.slice(0, 4)]);
  waiting.stderr?.once('data', () => waiting.kill('SIGTERM'));
  t.match(await ended(waiting), { code: 75 }, 'a platform that takes it away need not wait');
});

t.test('the run is followed to its end, whatever that is', async (t) => {
  const folder = t.testdir({ store: {}, datasets: {} });
  const [store, datasets] = [join(folder, 'store'), join(folder, 'datasets')];
  const { path, sha256 } = writeDataset(datasets, 'abc.csv', abc);
  let key = 0;
  // In the place of retrain: it says what it does when it is asked.
  const sink = createServer(async (request, response) => {
    await record(String(request.headers['ce-id']), { step: 'table' });
    response.writeHead(202).end();
  }).listen(0, '127.0.0.1');
  t.teardown(() => sink.close());
  await new Promise((resolve) => sink.once('listening', resolve));
  const address = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
  const record = (id: string, said: Pick<Run, 'step'> & Partial<Run>) =>
    writeRun(store, {
      ...{ key: String(key).padStart(64, '0'), datasets: [], event: { source: '/x', id } },
      ...{ started: '', updated: said.step, steps: [], answered: [] },
      ...said,
    });
  const ends: [end: Partial<Run>, expected: Partial<Ended>][] = [
    [
      { outcome: 'rejected', reason: 'no better than popularity' },
      { code: 0, stdout: 'rejected: no better than popularity\n' },
    ],
    [
      { outcome: 'superseded', version: '7' },
      { code: 0, stdout: 'superseded: version 7 was made from a newer data set\n' },
    ],
    [{ outcome: 'failed', reason: 'The training process died.' }, { code: 75 }],
  ];
  for (const [end, expected] of ends) {
    key++;
    const options = ['--store', store, '--datasets', datasets, '--k-sink', address];
    const child = start('functions/cli.ts', ['submit', path, '--sha256', sha256, ...options]);
    let told = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const before = told;
      told += text;
      const [, id] = /^event (\S+) sent/.exec(told) ?? [];
      if (!before.includes('\ntable\n') && told.includes('\ntable\n')) {
        void record(id, { step: 'fit' });
      } else if (told.endsWith('\nfit\n')) {
        void record(id, { step: 'fit', ...end });
      }
    });
    const { stderr, ...found } = await ended(child);
    t.match(found, expected);
    t.match(stderr, /^event \S+ sent for abc\.csv\ntable\nfit\n/, 'each step once');
    if (end.outcome === 'failed') t.match(stderr, /segue: The training process died\. .+\n$/);
  }
});
