import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { trainInChild } from './child.ts';
import { hold, manyNames, together, writeDataset } from './sample.ts';
import type { StepDone } from './train.ts';

const never = new AbortController().signal;
const unwatched = { onStep: () => {} };

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
    { onStep: (step) => steps.push(step) },
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
  const end = await trainInChild(parameters, process.env, unwatched, never);
  t.match(end, { kind: 'problem', problem: { code: 'dataset-missing', status: 404 } });
});

t.test('whatever else ends it is told with what it said last', async (t) => {
  const unknown = await trainInChild(['--no-such-option'], process.env, unwatched, never);
  t.match(unknown, { kind: 'died', reason: /exit code 64; .*no-such-option/ });
});

t.test('a heap that is full is an error out of the table, whatever filled it', async (t) => {
  const folder = t.testdir();
  writeDataset(folder, 'many.csv', manyNames(50_000));
  const parameters = ['--store', join(folder, 'store'), '--', join(folder, 'many.csv')];
  const NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --max-old-space-size=16`;
  const end = await trainInChild(parameters, { ...process.env, NODE_OPTIONS }, unwatched, never);
  t.match(end, {
    kind: 'problem',
    problem: {
      code: 'too-little-memory',
      status: 422,
      detail: /^The heap was full \(V8: [^\n]+\)\. Raise --min-support, [^\n]+\.$/,
    },
  });
});

t.test('the heap may grow to what a training may have', async (t) => {
  const folder = t.testdir();
  writeDataset(folder, 'abc.csv', together(['a', 'b']));
  const preload = join(folder, 'heap.mjs');
  writeFileSync(
    preload,
    `import v8 from 'node:v8'; process.stderr.write(v8.getHeapStatistics().heap_size_limit + ' bytes\\n');
    process.exit(1);`,
  );
  const heapOf = async (changes: NodeJS.ProcessEnv) => {
    const own = `--import=${pathToFileURL(preload)} ${changes.NODE_OPTIONS ?? ''}`;
    const environment = { ...process.env, ...changes, NODE_OPTIONS: own };
    const end = await trainInChild(['--', folder], environment, unwatched, never);
    return Number(/; (\d+) bytes/.exec((end as { reason: string }).reason)?.[1]) / 2 ** 20;
  };
  const large = await heapOf({ MAX_MEMORY: '10GiB' });
  t.ok(large >= 10_240 && large < 11_000, `${large}`);
  const asNode = await heapOf({ MAX_MEMORY: '100MiB' });
  t.ok(asNode < 5000, `${asNode}`);
  const set = await heapOf({ MAX_MEMORY: '10GiB', NODE_OPTIONS: '--max-old-space-size=300' });
  t.ok(set < 1000, `what a person has set: ${set}`);
});

t.test('a process that cannot be started died', async (t) => {
  const noProgram = join(t.testdir(), 'nothing');
  const died = await trainInChild(['a\0b'], process.env, unwatched, never);
  t.match(died, { kind: 'died', reason: 'without null bytes' });

  const { execPath } = process;
  t.teardown(() => {
    process.execPath = execPath;
  });
  process.execPath = noProgram;
  t.match(await trainInChild([], process.env, unwatched, never), {
    kind: 'died',
    reason: 'ENOENT',
  });
});

t.test('it has ended when its end is told', async (t) => {
  const folder = t.testdir();
  const held = hold(folder);
  const abort = new AbortController();
  const end = trainInChild(['--', folder], held.environment, unwatched, abort.signal);
  const pid = await held.pid();
  abort.abort();
  t.match(await end, { kind: 'died', reason: 'ended by SIGTERM' });
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' });

  const before = await trainInChild(['--', folder], process.env, unwatched, AbortSignal.abort());
  t.match(before, { kind: 'died', reason: 'SIGTERM' });
});
