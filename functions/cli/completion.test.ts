import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { segue } from './sample.ts';

t.test('bash completes commands, options, choices and files', async (t) => {
  const folder = t.testdir({ 'mine.csv': '' });
  const { code, stdout } = await segue(['completion']);
  t.equal(code, 0);
  writeFileSync(join(folder, 'segue.bash'), stdout);
  const complete = (...words: string[]) =>
    execFileSync(
      'bash',
      [
        '-c',
        `source ./segue.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _segue; printf '%s\\n' "\${COMPREPLY[@]}"`,
        'bash',
        ...['segue', ...words],
      ],
      { cwd: folder, encoding: 'utf8' },
    )
      .trim()
      .split('\n');
  t.strictSame(complete('rec'), ['recommend']);
  t.match(complete(''), ['train', 'recommend', 'serve']);
  t.ok(complete('train', '--min').includes('--min-support'));
  t.notOk(complete('train', '--').includes('--sequence'), 'what is hidden stays so');
  t.strictSame(complete('snapshots', 'ver'), ['verify']);
  t.ok(complete('snapshots', 'list', '--').includes('--store'));
  t.strictSame(complete('rules', '--correction', 'b'), ['bonferroni', 'bh']);
  t.strictSame(complete('train', 'mi'), ['mine.csv']);
});
