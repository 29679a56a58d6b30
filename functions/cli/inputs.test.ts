import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { segue } from './sample.ts';

const folder = t.testdir({
  'empty.dat': '',
  'small.dat': '1 2\n1 2 3\n',
  'beyond.dat': '1 2\n3 4294967296\n',
  'text.dat': 'one two\nthree\n',
});
writeFileSync(join(folder, 'long.dat'), `${[...Array(1_000_000).keys()].join(' ')}\n1 2\n`);

/** Each is the right answer or one clear line. */
const itemsets: [file: string, parameters: string[], code: number, output: RegExp][] = [
  ['empty', ['--min-support', '1'], 0, /^$/],
  ['empty', ['--min-support', '50%', '--count'], 0, /^0 itemsets/],
  ['small', ['--min-support', '0'], 64, /^segue: "0" is neither a count [^\n]+\n$/],
  ['small', ['--min-support', '1', '--count'], 0, /^7 itemsets, the longest of 3 items/],
  ['small', ['--min-support', '3'], 0, /^$/],
  ['long', ['--min-support', '2', '--count'], 0, /^3 itemsets, the longest of 2 items/],
  [
    'beyond',
    ['--min-support', '1'],
    65,
    /^segue: [^\n]*line 2 has a number beyond 4294967295[^\n]+\n$/,
  ],
  ['text', ['--min-support', '1'], 65, /^segue: [^\n]*line 1 has "one"[^\n]+\n$/],
];
for (const [file, parameters, code, output] of itemsets) {
  t.test(`itemsets of ${file}.dat, ${parameters.join(' ')}`, async (t) => {
    const path = join(folder, `${file}.dat`);
    const run = await segue(['itemsets', path, ...parameters]);
    t.equal(run.code, code);
    t.match(code === 0 ? run.stdout : run.stderr, output);
    t.equal(code === 0 ? run.stderr : run.stdout, '');
  });
}

const trainings: [file: string, parameters: string[], code: number, output: RegExp][] = [
  ['empty', [], 65, /(^|\n)segue: [^\n]*empty\.dat has no playlist with a song in it\.\n$/],
  ['small', ['--min-support', '0'], 64, /^segue: "0" is neither[^\n]+\n$/],
  ['small', ['--min-support', '3'], 0, /^Version 1 serves: 0 rules/],
  ['beyond', [], 65, /1 of 4 rows were rejected, more than 5%; most often: number\./],
  ['text', [], 65, /3 of 3 rows were rejected/],
  ['small', ['--max-memory', '2MiB'], 65, /It needs \d+ MiB or more, and may have 2 MiB/],
];
for (const [i, [file, parameters, code, output]] of trainings.entries()) {
  t.test(`train on ${file}.dat ${parameters.join(' ')}`, async (t) => {
    const store = join(folder, `store${i}`);
    const run = await segue([
      ...['train', join(folder, `${file}.dat`), '--store', store],
      ...parameters,
    ]);
    t.equal(run.code, code);
    t.match(code === 0 ? run.stdout : run.stderr, output);
  });
}
