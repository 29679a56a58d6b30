import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CloudEvent, HTTP, type Message } from 'cloudevents';
import t, { type Test } from 'tap';
import { eventTypes } from '../../shared/events.ts';
import { findRun, type Run, writeRun } from '../../shared/runs.ts';
import { buildApp, type RetrainOptions, retrainOptions } from './app.ts';
import { asking, hold, sequence, settingsWith, together, writeDataset } from './sample.ts';
import { trainingKey } from './train.ts';

const abc = together(['a', 'b', 'c']);
const xyz = together(['x', 'y', 'z']);

/** retrain over a fresh volume. */
async function start(t: Test, changes: Partial<RetrainOptions> = {}) {
  const folder = t.testdir({ store: {}, datasets: {} });
  const options: RetrainOptions = {
    store: join(folder, 'store'),
    datasets: join(folder, 'datasets'),
    settings: settingsWith(),
    environment: process.env,
    leaseTermMs: 30_000,
    logLevel: 'silent',
    ...changes,
  };
  const app = await buildApp(options);
  t.teardown(() => app.close());
  return {
    ...options,
    app,
    ask: (request: ReturnType<typeof asking>) =>
      app.inject({ method: 'POST', url: '/', ...request }),
    heads: () => readdirSync(join(options.store, 'heads')).length,
    run: (number: number) => findRun(options.store, sequence(number)) as Promise<Run>,
  };
}

/** The event of an answer; throws when it is none. */
function eventOf({ headers, body }: { headers: object; body: string }): CloudEvent<unknown> {
  return HTTP.toEvent({ headers, body } as Message) as CloudEvent<unknown>;
}

t.test(
  'an event is answered with an event, and with the same one when it comes again',
  async (t) => {
    const { app, ask, heads, run, datasets, store } = await start(t);
    const pointer = writeDataset(datasets, 'abc.csv', abc);
    const key = trainingKey([pointer], settingsWith());
    const first = await ask(asking([pointer], 1));
    t.equal(first.statusCode, 200);
    const event = eventOf(first);
    t.match(event, {
      type: 'dev.segue.model.published.v1',
      id: `${key}.${sequence(1)}`,
      data: { version: '1', key, cause: 'published' },
    });
    const record = await run(1);
    t.match(record, {
      key,
      datasets: [{ name: 'abc.csv', sha256: pointer.sha256 }],
      event: { source: '/segue/upload', id: sequence(1) },
      outcome: 'published',
      version: '1',
      step: 'publish',
      answered: [{ id: sequence(1), answer: { outcome: 'published', version: '1' } }],
    });
    t.strictSame(
      record.steps.map(({ step }) => step),
      ['digest', 'table', 'transactions', 'tune', 'judge', 'fit', 'snapshot', 'publish'],
    );
    t.notOk(existsSync(join(store, 'lease')), 'the lease is given back');

    // It need not even be there any more.
    rmSync(join(datasets, 'abc.csv'));
    const second = await ask(asking([pointer], 1));
    t.match(eventOf(second), { id: event.id, data: event.data, type: event.type });
    t.equal(heads(), 1);
    t.strictSame(await run(1), record);

    const { body } = await app.inject('/metrics');
    t.match(body, /^segue_trainings_total\{outcome="published"\} 2$/m);
    t.match(body, /^segue_trainings_total\{outcome="rejected"\} 0$/m);
    t.match(body, /^segue_training_step_seconds_total\{step="fit"\} 0\.\d+$/m);
  },
);

t.test('an upload of what serves, or has served, is answered by pointing to it', async (t) => {
  const { ask, heads, run, datasets, store } = await start(t);
  const one = writeDataset(datasets, 'abc.csv', abc);
  const other = writeDataset(datasets, 'xyz.csv', xyz);
  await ask(asking([one], 1));
  await ask(asking([other], 2));
  const answer = await ask(asking([one], 3));
  t.match(eventOf(answer).data, { version: '1', cause: 'again' });
  t.equal(heads(), 3);
  const record = await run(3);
  t.match(record, { outcome: 'again', version: '1', step: 'digest' });
  t.strictSame((await run(1)).key, record.key, 'both events are found');
  // Events that were answered before are still told what they were told.
  t.match(eventOf(await ask(asking([one], 1))).data, { version: '1', cause: 'published' });

  // Lost with its process after the head was made: the event comes again and makes no other.
  await writeRun(store, { ...record, answered: [] });
  t.match(eventOf(await ask(asking([one], 3))).data, { version: '1', cause: 'again' });
  t.equal(heads(), 3);
});

t.test('an upload older than what serves is superseded, and its run says so', async (t) => {
  const { ask, heads, run, datasets } = await start(t);
  await ask(asking([writeDataset(datasets, 'abc.csv', abc)], 5));
  const old = writeDataset(datasets, 'xyz.csv', xyz);
  for (const _ of ['first', 'again']) {
    const answer = await ask(asking([old], 4));
    t.equal(answer.statusCode, 204);
    t.equal(answer.body, '');
  }
  t.match(await run(4), { outcome: 'superseded', version: '1' });
  t.equal(heads(), 1);
});

t.test('what can never work is refused for good, and its run says why', async (t) => {
  const { ask, run, datasets } = await start(t);
  const pointer = writeDataset(datasets, 'abc.csv', abc);
  const cases: [object, string][] = [
    // Not 404, which brokers deliver again.
    [{ ...pointer, path: 'missing.csv', sha256: '0'.repeat(64) }, 'missing.csv does not exist'],
    [{ ...pointer, sha256: '1'.repeat(64) }, 'announced was 1111'],
    [writeDataset(datasets, 'columns.csv', 'x,y\n1,2\n'), 'no column'],
    [writeDataset(datasets, 'empty.csv', ''), 'no playlist'],
  ];
  for (const [i, [dataset, reason]] of cases.entries()) {
    const request = asking([dataset as typeof pointer], i);
    const answer = await ask(request);
    t.equal(answer.statusCode, 422);
    t.match(answer.json(), { code: 'dataset-refused', detail: reason });
    const record = await run(i);
    t.match(record, { outcome: 'refused', reason, answered: [{ answer: { outcome: 'refused' } }] });
    t.match((await ask(request)).json(), { detail: reason });
    t.strictSame(await run(i), record, 'nothing was tried again');
  }
});

t.test('what the gate rejected is told again', async (t) => {
  const { ask, store, datasets } = await start(t);
  const pointer = writeDataset(datasets, 'abc.csv', abc);
  const event = { source: '/segue/upload', id: sequence(1) };
  const answer = {
    outcome: 'rejected' as const,
    reason: 'Worse than version 1.',
    figures: { ndcg100: 0.1 },
  };
  await writeRun(store, {
    ...{ key: trainingKey([pointer], settingsWith()), datasets: [], event, started: '' },
    ...{ updated: '', step: '', steps: [], ...answer, answered: [{ ...event, answer }] },
  });
  const told = await ask(asking([pointer], 1));
  t.equal(told.statusCode, 200);
  t.equal(told.headers['ce-type'], eventTypes.rejected);
  t.match(told.json(), { reason: answer.reason, figures: answer.figures });
});

t.test('requests that are no event of ours are never delivered again', async (t) => {
  const { app, store } = await start(t);
  const { headers, payload } = asking([{ path: 'a', sha256: '0'.repeat(64), bytes: 1 }], 1);
  const outside = asking([{ path: '../store/heads', sha256: '0'.repeat(64), bytes: 1 }], 1);
  const cases: [string, Record<string, string>, string, number][] = [
    ['nothing', {}, '', 400],
    ['no event', { 'content-type': 'application/json' }, '{}', 400],
    ['another type', { ...headers, 'ce-type': 'x' }, payload, 400],
    ['no data', headers, '', 400],
    ['a path that leaves the folder', headers, outside.payload, 400],
    ['no media type of this world', { ...headers, 'content-type': '?' }, payload, 415],
    ['too much', headers, ' '.repeat(70_000), 413],
  ];
  for (const [name, headers, payload, status] of cases) {
    const answer = await app.inject({ method: 'POST', url: '/', headers, payload });
    t.equal(answer.statusCode, status, name);
    t.match(answer.headers['content-type'], /^application\/problem\+json/, name);
  }
  t.strictSame(readdirSync(store), []);
});

t.test('probes are answered', async (t) => {
  const { app } = await start(t);
  for (const url of ['/healthz', '/readyz', '/metrics']) {
    t.equal((await app.inject({ url })).statusCode, 200, url);
  }
});

t.test('what is wrong with the surroundings is no fault of the data set', async (t) => {
  const environment = { ...process.env, KEEP_VERSIONS: 'x' };
  const { ask, datasets, run } = await start(t, { environment });
  const answer = await ask(asking([writeDataset(datasets, 'abc.csv', abc)], 1));
  t.match(answer.json(), { status: 500, code: 'training-failed', detail: 'KEEP_VERSIONS' });
  t.match(await run(1), { outcome: 'failed', reason: 'KEEP_VERSIONS', answered: [] });
});

t.test('while another trains, an event is to come again', async (t) => {
  const { ask, store, datasets, run } = await start(t);
  const until = new Date(Date.now() + 60_000).toISOString();
  writeFileSync(join(store, 'lease'), JSON.stringify({ holder: 'other', until }));
  const answer = await ask(asking([writeDataset(datasets, 'abc.csv', abc)], 1));
  t.equal(answer.statusCode, 503);
  t.equal(answer.headers['retry-after'], '5');
  t.match(answer.json(), { code: 'busy', detail: until });
  t.equal(await run(1), undefined, 'no run has begun');
});

t.test('a training process that dies is a failure that may be tried again', async (t) => {
  const held = hold(t.testdir());
  const { environment } = held;
  const folder = t.testdirName;
  const store = join(folder, 'store');
  const app = await buildApp({
    ...{ store, datasets: folder, settings: settingsWith(), environment },
    ...{ leaseTermMs: 30_000, logLevel: 'silent' },
  });
  t.teardown(() => app.close());
  const request = asking([writeDataset(folder, 'abc.csv', abc)], 1);
  const ask = () => app.inject({ method: 'POST', url: '/', ...request });

  const dying = ask();
  const pid = await held.pid();
  t.equal((await ask()).statusCode, 503, 'the same event meanwhile');
  const running = await findRun(store, sequence(1));
  t.match(running, { step: 'begin', answered: [] });
  t.notOk('outcome' in running!);
  process.kill(pid, 'SIGKILL');
  const answer = await dying;
  t.equal(answer.statusCode, 500);
  t.match(answer.json(), { code: 'training-failed', detail: 'ended by SIGKILL' });
  t.match(await findRun(store, sequence(1)), {
    outcome: 'failed',
    reason: 'ended by SIGKILL',
    answered: [],
  });
  t.notOk(existsSync(join(store, 'lease')));

  held.letGo();
  const again = ask();
  await held.pid();
  held.letGo();
  t.match(eventOf(await again).data, { version: '1', cause: 'published' });
  const record = await findRun(store, sequence(1));
  t.match(record, { outcome: 'published', answered: [{ id: sequence(1) }] });
  t.notOk('reason' in record!);
});

/** An app whose trainings wait until they are let go, with its data sets and its store in a folder. */
async function startHeld(t: Test, leaseTermMs: number) {
  const folder = t.testdir();
  const held = hold(folder);
  const store = join(folder, 'store');
  const app = await buildApp({
    ...{ store, datasets: folder, settings: settingsWith(), environment: held.environment },
    ...{ leaseTermMs, logLevel: 'silent' },
  });
  t.teardown(() => app.close());
  return { folder, held, store, app };
}

t.test('closing ends the training, whose event is to come again', async (t) => {
  const { folder, held, store, app } = await startHeld(t, 30_000);
  const request = asking([writeDataset(folder, 'abc.csv', abc)], 1);
  const asked = app.inject({ method: 'POST', url: '/', ...request });
  const pid = await held.pid();
  const closed = app.close();
  const answer = await asked;
  t.equal(answer.statusCode, 500);
  t.match(answer.json(), { code: 'training-failed', detail: 'SIGTERM' });
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' }, 'the process is gone');
  t.match(await findRun(store, sequence(1)), { outcome: 'failed', answered: [] });
  t.notOk(existsSync(join(store, 'lease')));
  await closed;
});

t.test(
  'an event whose request is cut is to come again, and is told what its training came to',
  async (t) => {
    const { folder, held, store, app } = await startHeld(t, 30_000);
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const { headers, payload: body } = asking([writeDataset(folder, 'abc.csv', abc)], 1);
    const cutting = new AbortController();
    const ask = (signal: AbortSignal | null = null) =>
      fetch(url, { method: 'POST', headers, body, signal });
    const cut = ask(cutting.signal);
    await held.pid();
    // As the platform does when its time is up.
    cutting.abort();
    await t.rejects(cut, { name: 'AbortError' });
    const busy = await ask();
    t.match([busy.status, busy.headers.get('retry-after')], [503, '5'], 'so brokers deliver again');
    held.letGo();
    let answer = await ask();
    for (; answer.status === 503; answer = await ask()) await sleep(50);
    t.match(await answer.json(), { version: '1', cause: 'published' });
    t.strictSame(readdirSync(join(store, 'heads')), ['1.json'], 'once');
  },
);

t.test('an event of yesterday changes nothing, though nobody remembers it', async (t) => {
  const { ask, heads, datasets, store } = await start(t);
  const old = asking([writeDataset(datasets, 'abc.csv', abc)], 1);
  await ask(old);
  await ask(asking([writeDataset(datasets, 'xyz.csv', xyz)], 2));
  rmSync(join(store, 'runs'), { recursive: true });
  t.equal((await ask(old)).statusCode, 204);
  rmSync(join(datasets, 'abc.csv'));
  rmSync(join(store, 'runs'), { recursive: true });
  t.equal((await ask(old)).statusCode, 422, 'nor what it was about');
  t.equal(heads(), 2);
});

t.test('heartbeats keep the lease and the record up', async (t) => {
  const { folder, held, store, app } = await startHeld(t, 90);
  const request = asking([writeDataset(folder, 'abc.csv', abc)], 1);
  const asked = app.inject({ method: 'POST', url: '/', ...request });
  await held.pid();
  const until = () => JSON.parse(readFileSync(join(store, 'lease'), 'utf8')).until as string;
  const updated = async () => (await findRun(store, sequence(1)))!.updated;
  const [firstUntil, firstUpdated] = [until(), await updated()];
  while (until() <= firstUntil || (await updated()) <= firstUpdated) await sleep(10);
  // Whatever becomes of the lease, the training is decided.
  rmSync(join(store, 'lease'));
  mkdirSync(join(store, 'lease'));
  held.letGo();
  t.equal((await asked).statusCode, 200);
});

t.test('settings come from the environment, and a mistake in any of them is told', async (t) => {
  const environment = { STORE: '/data', DATASETS: '/data/datasets', MIN_SUPPORT: '2%' };
  t.match(retrainOptions(environment), {
    store: '/data',
    datasets: '/data/datasets',
    settings: { minSupport: { share: 0.02 }, maxLength: 2 },
    environment,
    logLevel: 'info',
  });
  t.throws(() => retrainOptions({}), { code: 'configuration', message: /STORE.*DATASETS/ });
  for (const mistake of [{ KEEP_VERSIONS: '0' }, { MAX_LENGTH: '1' }]) {
    t.throws(() => retrainOptions({ ...environment, ...mistake }), { code: 'configuration' });
  }
  t.throws(() => retrainOptions({ ...environment, MIN_SUPPORT: '0' }), { code: 'support-invalid' });
});
