import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Problem } from '../../shared/problems.ts';
import { findRun } from '../../shared/runs.ts';
import { decide } from './decide.ts';
import { hold, sequence, settingsWith, together, writeDataset } from './sample.ts';

t.test('a heartbeat that fails is told, tried again, and loses no decision', async (t) => {
  const folder = t.testdir();
  const store = join(folder, 'store');
  const held = hold(folder);
  const faults: Problem[] = [];
  const steps: string[] = [];
  const datasets = [writeDataset(folder, 'abc.csv', together(['a', 'b']))];
  const event = { source: '/x', id: 'x', data: { datasets, sequence: sequence(1) } };
  const decision = decide(
    event,
    {
      ...{ store, datasets: folder, settings: settingsWith(), leaseTermMs: 30 },
      environment: held.environment,
    },
    new AbortController().signal,
    { onStep: ({ step }) => steps.push(step), onFault: (error) => faults.push(error as Problem) },
  );
  await held.pid();
  // A folder can neither be read nor replaced as a file.
  rmSync(join(store, 'lease'));
  mkdirSync(join(store, 'lease', 'in the way'), { recursive: true });
  while (faults.length < 3) await sleep(10);
  held.letGo();
  t.match(await decision, { outcome: 'published', version: '1', key: /^[0-9a-f]{64}$/ });
  t.equal(steps.at(-1), 'publish');
  t.ok(faults.every(({ code }) => code === 'store-unusable'));
  t.match(await findRun(store, 'x'), { outcome: 'published', answered: [{ id: 'x' }] });
});

t.test('without a volume nothing begins', async (t) => {
  const folder = t.testdir({ store: 'a file' });
  const datasets = [writeDataset(folder, 'abc.csv', together(['a', 'b']))];
  const event = { source: '/x', id: 'x', data: { datasets, sequence: sequence(1) } };
  const options = {
    ...{ store: join(folder, 'store'), datasets: folder, settings: settingsWith() },
    ...{ leaseTermMs: 30_000, environment: process.env },
  };
  const watcher = {
    onStep: () => t.fail('no step'),
    onFault: () => t.fail('no fault beside the training'),
  };
  const { signal } = new AbortController();
  await t.rejects(decide(event, options, signal, watcher), { code: 'store-unusable' });
});
