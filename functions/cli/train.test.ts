import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { tableOf } from '../retrain/read/sample.ts';
import { chance, hold, manyNames } from '../retrain/sample.ts';
import type { TrainResult } from '../retrain/train.ts';
import { documents, ended, segue, start } from './sample.ts';

const rows = 'pid,track_name,artist_name\n1,A,X\n1,B,Y\n2,A,X\n2,B,Y\n2,C,\n3,C,\n';

t.test('a newcomer trains and asks in one folder', async (t) => {
  const cwd = t.testdir({ 'mine.csv': rows });
  const trained = await segue(['train', 'mine.csv'], { cwd });
  t.equal(trained.code, 0);
  t.match(
    trained.stdout,
    new RegExp(
      [
        /^Version 1 serves: 6 rules, \d+\.\d KiB, after .+\./,
        /The gate: not judged: 0 playlists are held out, 100 are needed\./,
        /3 playlists, 3 songs, 3 artists; 3 itemsets, 6 rules, 4 of artists\./,
        / {2}2 of 2 playlists with B - Y have A - X: 1\.5 times as often as by chance/,
        /Peak memory: \d+\.\d MiB\.\n$/,
      ]
        .map(({ source }) => source)
        .join('\n'),
    ),
  );
  const steps = trained.stderr.trimEnd().split('\n');
  t.same(
    steps.map((line) => line.split(' ')[0]),
    ['digest', 'table', 'transactions', 'tune', 'judge', 'fit', 'snapshot', 'publish'],
  );
  t.match(steps[1], /^table {9,}\d+ ms {2}rows 6, accepted 6, rejected 0, songs 3$/);
  t.match(steps[3], /min support 1$/);
  t.match(steps[5], /itemsets 3, rules 6, artist rules 4, listed \d+$/);
  const asked = await segue(['recommend', 'A'], { cwd });
  t.equal(asked.code, 0);
  t.match(asked.stdout, '  1  B - Y\n');
  t.ok(existsSync(join(cwd, '.segue', 'heads', '1.json')));
});

t.test('the same data and settings are not trained twice; others are', async (t) => {
  const cwd = t.testdir({ 'mine.csv': rows });
  const train = (...parameters: string[]) => segue(['train', 'mine.csv', ...parameters], { cwd });
  await train();
  t.match(await train(), {
    code: 0,
    stdout: /^Version 1 serves already: it was made from the same/,
  });
  const other = await train('--min-support', '2', '--aggregation', 'max', '--json');
  t.equal(other.code, 0);
  t.match(JSON.parse(other.stdout), { outcome: 'published', version: '2', minSupport: 2 });
  t.match(
    documents<{ step: string }>(other.stderr).map(({ step }) => step),
    ['digest', 'table', 'transactions', 'tune', 'judge', 'fit', 'snapshot', 'publish'],
  );
  t.match(await train(), { code: 0, stdout: /^Version 1 serves again: it was made from the same/ });
});

t.test('a training of an older upload does not undo a newer one', async (t) => {
  const cwd = t.testdir({ 'mine.csv': rows });
  const train = (sequence: string, ...parameters: string[]) =>
    segue(['train', 'mine.csv', '--sequence', sequence.padStart(26, '0'), ...parameters], { cwd });
  await train('2');
  const { code, stdout } = await train('1', '--min-support', '2');
  t.equal(code, 0);
  t.equal(stdout, 'Version 1 serves: it was made from a newer data set.\n');
});

t.test('a model that the gate rejects serves by force alone', async (t) => {
  const cwd = t.testdir({ 'chance.csv': tableOf(chance(400)) });
  const rejected = await segue(['train', 'chance.csv'], { cwd });
  t.equal(rejected.code, 0);
  t.match(
    rejected.stdout,
    /^Rejected: it is no better than popularity: .+\. Nothing serves; --force publishes it all the same\.$/m,
  );
  const forced = await segue(['train', 'chance.csv', '--force'], { cwd });
  t.match(forced.stdout, /^Version 1 serves: .+\nThe gate: published by force: it is no better/);
  const settings = ['--tuning-fits', '0', '--max-visits', '1'];
  const again = await segue(['train', 'chance.csv', ...settings], { cwd });
  t.match(again.stdout, /^Rejected: .+ Version 1 goes on serving; --force publishes/);
});

t.test('rejected rows are listed where the summary says', async (t) => {
  const cwd = t.testdir({ 'mine.csv': `${rows},D,\n` });
  const { code, stdout } = await segue(['train', 'mine.csv', '--max-rejected', '20%'], { cwd });
  t.equal(code, 0);
  const [, report] = /^Rejected rows are listed in (.+)\.$/m.exec(stdout) ?? [];
  t.ok(existsSync(report));
});

t.test('what cannot be trained ends with its code, one line, and nothing published', async (t) => {
  const cwd = t.testdir({ 'mine.csv': rows, 'empty.csv': 'pid,track_name\n' });
  const digest = '0'.repeat(64);
  for (const [parameters, expected, reason] of [
    [['none.csv'], 66, /none\.csv does not exist/],
    [['empty.csv'], 65, /no playlist with a song in it/],
    [['mine.csv', '--min-support', '0'], 64, /"0" is neither a count/],
    [
      ['mine.csv', '--min-support', '1', '--max-itemsets', '1'],
      65,
      /^segue: More than 1 itemsets/m,
    ],
    [['mine.csv', '--expect-sha256', digest], 65, /announced was 0000/],
    [['mine.csv', '--store', 'mine.csv'], 74, /mine\.csv/],
  ] as const) {
    const { code, stdout, stderr } = await segue(['train', ...parameters], { cwd });
    t.equal(code, expected, parameters.join(' '));
    t.equal(stdout, '');
    t.match(stderr, reason);
    t.match(stderr.trimEnd().split('\n').at(-1), /^segue: .+\.$/);
    t.notMatch(stderr, /^ {4}at /m, 'no stack');
  }
  t.notOk(existsSync(join(cwd, '.segue', 'heads')));
});

const { error } = spawnSync('script', ['--version']);
const skip = error === undefined ? false : 'no script(1) here';
t.test('who watches at a terminal sees a bar while the file is read', { skip }, async (t) => {
  const cwd = t.testdir({ 'mine.csv': rows });
  const command = `${process.execPath} ${join(import.meta.dirname, '../cli.ts')} train mine.csv`;
  const seen = execFileSync('script', ['-qec', command, '/dev/null'], { cwd, encoding: 'utf8' });
  t.match(seen, /reading {6}=+ 100 %, \d+\.\d MB\/s, /);
  t.match(seen, /table {9,}\d+ ms {2}rows 6/);
});

t.test('a training goes on when nobody reads its progress any more', async (t) => {
  const cwd = t.testdir({ 'mine.csv': rows });
  const child = start('functions/cli.ts', ['train', 'mine.csv', '--json'], { cwd });
  child.stderr?.destroy();
  const { code, stdout } = await ended(child);
  t.equal(code, 0);
  t.equal((JSON.parse(stdout) as TrainResult).outcome, 'published');
  t.same(readdirSync(join(cwd, '.segue', 'heads')), ['1.json']);
});

t.test('a heap that is full ends in one line with its code, not in V8’s own', async (t) => {
  const cwd = t.testdir({ 'many.csv': tableOf(manyNames(50_000)) });
  const environment = { NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --max-old-space-size=16` };
  const { code, stdout, stderr } = await segue(['train', 'many.csv', '--json'], {
    cwd,
    environment,
  });
  t.equal(code, 65);
  t.match(JSON.parse(stdout), { code: 'too-little-memory', detail: /^The heap was full/ });
  // How many steps are told before depends on where the heap is full.
  t.match(stderr, /^(?:\{"step":[^\n]+\}\n)*segue: The heap was full[^\n]+\n$/);
  t.notOk(existsSync(join(cwd, '.segue', 'heads')));
});

t.test('one that the system kills ends in one line, too', async (t) => {
  const cwd = t.testdir({ 'mine.csv': rows, 'killed.mjs': '' });
  const NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import=${join(cwd, 'killed.mjs')}`;
  writeFileSync(
    join(cwd, 'killed.mjs'),
    "if (process.argv.includes('--in-process')) process.kill(process.pid, 'SIGKILL');",
  );
  const { code, stderr } = await segue(['train', 'mine.csv'], {
    cwd,
    environment: { NODE_OPTIONS },
  });
  t.equal(code, 75);
  t.match(
    stderr,
    /^segue: The training process died: ended by SIGKILL\. If nobody did, [^\n]+\.\n$/,
  );
});

t.test('who ends the shell ends the training', async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
    const cwd = t.testdir({ 'mine.csv': rows });
    const held = hold(cwd, '--in-process');
    const child = start('functions/cli.ts', ['train', 'mine.csv'], {
      cwd,
      environment: held.environment,
    });
    const pid = await held.pid();
    child.kill(signal);
    const [, endedBy] = await once(child, 'close');
    t.equal(endedBy, signal);
    // It has not begun: once it does, it sees that nobody waits.
    if (signal === 'SIGKILL') held.letGo();
    await untilGone(pid);
    t.notOk(existsSync(join(cwd, '.segue', 'heads')));
  }
});

async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(20);
  }
}
