import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { itemsetsCommand } from './itemsets.ts';
import { documents, segue } from './sample.ts';

const folder = t.testdir({ 'small.dat': '10 2 7\n2 10\n7 2 2\n\n10\n' });
const file = join(folder, 'small.dat');

const expected = ['10 (3)', '2 (3)', '2 10 (2)', '2 7 (2)', '7 (2)'].sort();

t.test('itemsets are printed as the FIMI workshops did', async (t) => {
  const { code, stdout, stderr } = await segue(['itemsets', file, '--min-support', '2']);
  t.equal(code, 0);
  t.equal(stderr, '');
  t.same(stdout.trimEnd().split('\n').sort(), expected);
});

t.test('a share, a longest length and a packed file mean the same as without', async (t) => {
  const packed = join(folder, 'small.dat.gz');
  writeFileSync(packed, gzipSync('10 2 7\n2 10\n7 2 2\n\n10\n'));
  const { stdout } = await segue(['itemsets', packed, '--min-support', '50%', '--max-length', '1']);
  t.same(stdout.trimEnd().split('\n').sort(), ['10 (3)', '2 (3)', '7 (2)']);
});

t.test('closed, maximal, with an item, top and lengths', async (t) => {
  const cases: [parameters: string[], expected: string[]][] = [
    [
      ['--min-support', '2', '--closed'],
      ['10 (3)', '2 (3)', '2 10 (2)', '2 7 (2)'],
    ],
    [
      ['--min-support', '2', '--maximal'],
      ['2 10 (2)', '2 7 (2)'],
    ],
    [
      ['--min-support', '2', '--with', '7', '--threads', '1'],
      ['7 (2)', '2 7 (2)'],
    ],
    [
      ['--top', '1'],
      ['10 (3)', '2 (3)'],
    ],
    [
      ['--top', '1', '--min-length', '2'],
      ['2 10 (2)', '2 7 (2)'],
    ],
  ];
  for (const [parameters, expected] of cases) {
    const { stdout } = await segue(['itemsets', file, ...parameters]);
    t.same(stdout.trimEnd().split('\n').sort(), expected.sort(), parameters.join(' '));
  }
  const named = itemsetsCommand().parseAsync([file, '--top', '2', '--with', 'x'], { from: 'user' });
  await t.rejects(named, { exitCode: 64, message: /an item of the file, and "x" is none/ });
  const { code, stderr } = await segue(['itemsets', file, '--top', '2', '--with', '3']);
  t.equal(code, 64);
  t.match(stderr, /--with must be an item of the file, and "3" is none\.\n$/);
});

t.test('--json gives one itemset a line', async (t) => {
  const { stdout } = await segue(['itemsets', file, '--min-support', '2', '--json']);
  const lines = documents<{ items: number[]; support: number }>(stdout).map(
    ({ items, support }) => `${items.join(' ')} (${support})`,
  );
  t.same(lines.sort(), expected);
});

t.test('--count counts', async (t) => {
  const json = await segue(['itemsets', file, '--min-support', '1', '--count', '--json']);
  t.equal(json.code, 0);
  const counts = JSON.parse(json.stdout);
  t.same(Object.keys(counts), ['itemsets', 'longest', 'readMs', 'mineMs']);
  t.match(counts, { itemsets: 7, longest: 3, readMs: Number, mineMs: Number });
  const text = await segue(['itemsets', file, '--min-support', '3', '--count']);
  t.match(text.stdout, /^2 itemsets, the longest of 1 item, read in .+, mined in .+\n$/);
});

t.test('nothing frequent is no error', async (t) => {
  t.match(await segue(['itemsets', file, '--min-support', '9']), { code: 0, stdout: '' });
});

t.test('more itemsets than can be taken are an error, never a cut', async (t) => {
  const long = join(folder, 'long.dat');
  const row = Array.from({ length: 60 }, (_, i) => i).join(' ');
  writeFileSync(long, `${row}\n${row}\n`);
  const limited = ['--max-itemsets', '5'];
  for (const [parameters, reason] of [
    [limited, /^segue: More than 5 itemsets have a support of 2 or more\./],
    [[...limited, '--count'], /^segue: More than 5 itemsets/],
  ] as const) {
    const { code, stdout, stderr } = await segue([
      ...['itemsets', long, '--min-support', '2'],
      ...parameters,
    ]);
    t.equal(code, 65);
    t.equal(stdout, '');
    t.match(stderr, reason);
    t.match(stderr, /Raise --min-support, lower --max-length, or raise --max-itemsets\.\n$/);
  }
  const top = await segue(['itemsets', long, '--top', '9', ...limited]);
  t.match(top, { code: 65, stdout: '', stderr: /^segue: More than 5 itemsets/ });
  const counted = await segue(['itemsets', long, '--min-support', '2', '--count', '--json']);
  t.match(JSON.parse(counted.stdout), { itemsets: 2 ** 60 - 1, longest: 60 }, 'but can be counted');
});

t.test('mistakes are named before anything is read', async (t) => {
  for (const [parameters, expectedCode, reason] of [
    [['--min-support', 'many'], 64, /"many" is neither a count/],
    [['--min-support', '0'], 64, /"0" is neither a count/],
    [
      ['--min-support', '2', '--max-length', '0'],
      64,
      /--max-length must be a whole number from 1, not "0"/,
    ],
    [['--min-support', '2', '--max-itemsets', '1e3'], 64, /--max-itemsets must be/],
    [[], 64, /Give either --min-support or --top/],
    [['--min-support', '2', '--top', '2'], 64, /Give either --min-support or --top/],
    [['--min-support', '2', '--closed', '--maximal'], 64, /Give either --closed or --maximal/],
    [['--top', '2', '--maximal'], 64, /--maximal goes with --min-support only/],
    [
      ['--top', '2', '--min-length', '3', '--max-length', '2'],
      64,
      /--min-length must not be above/,
    ],
    [
      ['--min-support', '2', '--threads', '65'],
      64,
      /--threads must be a whole number from 1 to 64/,
    ],
    [['--min-support', '2'], 66, /does not exist/],
  ] as const) {
    const absent = join(folder, 'none.dat');
    const mining = itemsetsCommand().parseAsync([absent, ...parameters], { from: 'user' });
    await t.rejects(mining, { exitCode: expectedCode, message: reason }, parameters.join(' '));
  }
});

t.test('odd files give the right answer or one clear line', async (t) => {
  const million = `${Array.from({ length: 1_000_000 }, (_, i) => i).join(' ')}\n7 3\n`;
  const support = (least: number) => ['--min-support', String(least)];
  const cases: [name: string, text: string, parameters: string[], expected: string | RegExp][] = [
    ['empty', '', support(1), ''],
    ['blank', '\n \n\n', support(1), ''],
    ['text', '1 2\none two\n', support(1), /^segue: [^\n]*text\.dat[^\n]*line 2[^\n]*\n$/],
    [
      'beyond',
      '1\n4294967296\n',
      support(1),
      /^segue: [^\n]*line 2 has a number beyond 4294967295/,
    ],
    ['last', '4294967295 0\n', support(1), '0 (1)\n4294967295 (1)\n0 4294967295 (1)\n'],
    ['million', million, support(2), '3 (2)\n7 (2)\n3 7 (2)\n'],
    ['million', million, [...support(1), '--count'], /^segue: More than [^\n]+\n$/],
  ];
  for (const [name, content, parameters, expected] of cases) {
    const path = join(folder, `${name}.dat`);
    writeFileSync(path, content);
    const { code, stdout, stderr } = await segue(['itemsets', path, ...parameters]);
    t.equal(code, typeof expected === 'string' ? 0 : 65, name);
    if (typeof expected === 'string') t.same(lines(stdout), lines(expected), name);
    else t.match(stderr, expected, name);
  }
});

/** Lines in no order. */
function lines(text: string): string[] {
  return text.split('\n').sort();
}

t.test('what is printed takes no memory, however much it is', async (t) => {
  const many = join(folder, 'many.dat');
  writeFileSync(
    many,
    Array.from({ length: 100_000 }, (_, i) => `${i % 5000} ${7 * i} ${i}`).join('\n'),
  );
  const environment = { NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --max-old-space-size=16` };
  const { code, stdout } = await segue(['itemsets', many, '--min-support', '1'], { environment });
  t.equal(code, 0);
  const count = await segue(['itemsets', many, '--min-support', '1', '--count', '--json']);
  t.equal(stdout.split('\n').length - 1, JSON.parse(count.stdout).itemsets);
});

t.test('the limit of memory is one for itemsets, too', async (t) => {
  const limited = ['--max-memory', '2MiB', '--min-support', '1'];
  const { code, stderr } = await segue(['itemsets', file, ...limited]);
  t.equal(code, 65);
  t.match(stderr, /^segue: It needs \d+ MiB or more, and may have 2 MiB [^\n]+\n$/);
});
