import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { trainInChild } from './child.ts';
import { hold, together, writeDataset } from './sample.ts';
import type { StepDone } from './train.ts';

const never = new AbortController().signal;

t.test('a training’s steps and result come out of its process', async (t) => {
  const folder = t.testdir();
  writeDataset(folder, 'abc.csv', together(['a', 'b']));
  // What else a process says is neither a step nor an end.
  const noise = join(folder, 'noise.mjs');
  writeFileSync(noise, `process.stderr.write('a warning\\nnull\\n5\\n');`);
  const NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import=${pathToFileURL(noise)}`;
  const steps: StepDone[] = [];
  const end = await trainInChild(
    ['--store', join(folder, 'store'), '--', join(folder, 'abc.csv')],
    { ...process.env, NODE_OPTIONS },
    (step) => steps.push(step),
    never,
  );
  t.match(end, { kind: 'decided', result: { outcome: 'published', version: '1' } });
  t.strictSame(
    steps.map(({ step }) => step),
    ['digest', 'table', 'transactions', 'tune', 'judge', 'fit', 'snapshot', 'publish'],
  );
  t.match(steps[0], { step: 'digest', ms: Number, counts: { files: 1 } });
});

t.test('an error out of the table is told as such', async (t) => {
  const folder = t.testdir();
  const parameters = ['--store', folder, '--', join(folder, 'missing.csv')];
  const end = await trainInChild(parameters, process.env, () => {}, never);
  t.match(end, { kind: 'problem', problem: { code: 'dataset-missing', status: 404 } });
});

t.test('whatever else ends it is told with what it said last', async (t) => {
  const unknown = await trainInChild(['--no-such-option'], process.env, () => {}, never);
  t.match(unknown, { kind: 'died', reason: /exit code 64; .*no-such-option/ });
});

t.test('a process that cannot be started died', async (t) => {
  const noProgram = join(t.testdir(), 'nothing');
  const died = await trainInChild(['a\0b'], process.env, () => {}, never);
  t.match(died, { kind: 'died', reason: 'without null bytes' });

  const { execPath } = process;
  t.teardown(() => {
    process.execPath = execPath;
  });
  process.execPath = noProgram;
  t.match(await trainInChild([], process.env, () => {}, never), { kind: 'died', reason: 'ENOENT' });
});

t.test('it has ended when its end is told', async (t) => {
  const folder = t.testdir();
  const held = hold(folder);
  const abort = new AbortController();
  const end = trainInChild(['--', folder], held.environment, () => {}, abort.signal);
  const pid = await held.pid();
  abort.abort();
  t.match(await end, { kind: 'died', reason: 'ended by SIGTERM' });
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' });

  const before = await trainInChild(['--', folder], process.env, () => {}, AbortSignal.abort());
  t.match(before, { kind: 'died', reason: 'SIGTERM' });
});
