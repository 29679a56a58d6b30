import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HTTP, type Message } from 'cloudevents';
import t from 'tap';
import { takeLease } from '../retrain/lease.ts';
import { asking, chance, together, writeDataset } from '../retrain/sample.ts';
import { segue } from './sample.ts';

/** An event as a JobSink lays it down: one JSON document. */
function eventFile(folder: string, { headers, payload }: ReturnType<typeof asking>): void {
  const event = HTTP.toEvent({ headers, body: payload } as Message);
  writeFileSync(join(folder, 'event'), JSON.stringify(event));
}

t.test('a job trains as its event asks, and answers with an event', async (t) => {
  const folder = t.testdir({ store: {}, datasets: {}, event: {} });
  const events: { type: unknown; id: unknown }[] = [];
  let status = 202;
  const sink = createServer((request, response) => {
    events.push({ type: request.headers['ce-type'], id: request.headers['ce-id'] });
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  t.teardown(() => sink.close());
  await once(sink, 'listening');
  const environment = {
    STORE: join(folder, 'store'),
    DATASETS: join(folder, 'datasets'),
    K_EVENT_PATH: join(folder, 'event'),
    LOG_LEVEL: 'error',
  };
  const K_SINK = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
  const job = (more: Record<string, string> = {}) =>
    segue(['retrain'], { environment: { ...environment, ...more } });

  t.match(await job(), { code: 64 }, 'there is no event');
  const { K_EVENT_PATH, ...elsewhere } = environment;
  const here = await segue(['retrain'], { environment: elsewhere, cwd: environment.STORE });
  t.match(here, { code: 64, stderr: /'event'/ }, 'nor is there one in the folder');
  const pointer = writeDataset(environment.DATASETS, 'abc.csv', together(['a', 'b', 'c']));
  eventFile(environment.K_EVENT_PATH, asking([pointer], 1));
  status = 404;
  t.match(await job({ K_SINK }), { code: 75 }, 'the answer did not reach anybody');
  status = 202;
  t.match(await job({ K_SINK }), { code: 0, stdout: 'published\n' }, 'it is sent again');
  t.equal(events.length, 2);
  t.match(events[1], { type: 'dev.segue.model.published.v1' });
  t.same(events[0], events[1], 'with the same id');
  t.match(await job(), { code: 0 }, 'without a sink nobody is told');
  t.equal(events.length, 2);

  eventFile(environment.K_EVENT_PATH, asking([pointer], 0));
  const superseded = await segue(['retrain', '--json'], { environment });
  t.equal(superseded.code, 0);
  t.match(JSON.parse(superseded.stdout), { outcome: 'superseded', version: '1' });
});

t.test('what the gate rejects is an answer, too', async (t) => {
  const folder = t.testdir({ store: {}, datasets: {} });
  const types: unknown[] = [];
  const sink = createServer((request, response) => {
    types.push(request.headers['ce-type']);
    response.writeHead(202).end();
  }).listen(0, '127.0.0.1');
  t.teardown(() => sink.close());
  await once(sink, 'listening');
  const pointer = writeDataset(join(folder, 'datasets'), 'chance.csv', chance(400));
  eventFile(folder, asking([pointer], 1));
  const environment = {
    ...{ STORE: join(folder, 'store'), DATASETS: join(folder, 'datasets'), K_EVENT_PATH: folder },
    K_SINK: `http://127.0.0.1:${(sink.address() as AddressInfo).port}`,
  };
  t.match(await segue(['retrain'], { environment }), { code: 0, stdout: 'rejected\n' });
  t.strictSame(types, ['dev.segue.model.rejected.v1']);
});

t.test('a job ends as its training did', async (t) => {
  const folder = t.testdir({ store: {}, datasets: {} });
  const [store, datasets] = [join(folder, 'store'), join(folder, 'datasets')];
  const asked = ['--event', join(folder, 'event'), '--store', store, '--datasets', datasets];
  const job = (environment = {}) => segue(['retrain', ...asked], { environment });

  writeFileSync(join(folder, 'event'), '{}');
  t.match(await job(), { code: 64 }, 'no event of ours');
  const bad = writeDataset(datasets, 'bad.csv', 'colour,size\nred,4\n');
  eventFile(folder, asking([bad], 1));
  t.match(await job(), { code: 65, stderr: /no column for the transaction/ }, 'never works');
  writeFileSync(
    join(folder, 'dying.mjs'),
    "if (process.argv[2] === 'train') process.kill(process.pid, 'SIGKILL');",
  );
  const options = `${process.env.NODE_OPTIONS ?? ''} --import=${pathToFileURL(join(folder, 'dying.mjs'))}`;
  const fine = writeDataset(datasets, 'abc.csv', together(['a', 'b', 'c']));
  eventFile(folder, asking([fine], 2));
  t.match(await job({ NODE_OPTIONS: options }), { code: 75, stderr: /SIGKILL/ }, 'it died');
  await takeLease(store, 'somebody', 60_000);
  t.match(await job(), { code: 75, stderr: /It holds the lease/ }, 'try again');
});
