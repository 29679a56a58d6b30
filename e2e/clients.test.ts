import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { findPython } from '../datasets/python.ts';
import { root, startSegue } from './segue.ts';

const run = promisify(execFile);

const python = findPython('urllib.request');
if ('skip' in python) t.comment(python.skip);

/** How a program of the README is run, by the language of its block. */
const runners: Record<string, (file: string) => [string, string[]]> = {
  bash: (file) => ['bash', [file]],
  typescript: (file) => [process.execPath, [file]],
  ...('python' in python && { python: (file) => [python.python, [file]] }),
};
const endings: Record<string, string> = { bash: 'sh', typescript: 'ts', python: 'py' };

t.test('the programs of the README get recommendations', async (t) => {
  const segue = await startSegue(t);
  await segue.upload('sample.csv.gz', join(root, 'datasets/sample.csv.gz'));
  await segue.untilServed('1');
  const [expected] = (await segue.recommendations('Yesterday')).songs;
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const folder = t.testdir({});
  for (const [language, runner] of Object.entries(runners)) {
    const [, program] = new RegExp(`\`\`\`${language}\\n(.+?)\`\`\``, 's').exec(readme) ?? [];
    if (program === undefined) {
      t.fail(`The README has no ${language}.`);
      continue;
    }
    const file = join(folder, `client.${endings[language]}`);
    const { host } = new URL(segue.recommend);
    await writeFile(file, program.replaceAll('localhost:8080', host));
    const [command, parameters] = runner(file);
    const { stdout } = await run(command, parameters);
    t.ok(stdout.includes(expected), `${language}: ${stdout.slice(0, 200)}`);
  }

  const commands = readme.match(/^curl '?localhost:8080\/api\/(rules|models).*$/gm) ?? [];
  t.equal(commands.length, 3);
  for (const command of commands.filter((one) => !one.includes('diff'))) {
    const { host } = new URL(segue.recommend);
    const { stdout } = await run('bash', ['-c', command.replace('localhost:8080', host)]);
    t.notMatch(JSON.parse(stdout), { code: /./ }, command);
  }
});
