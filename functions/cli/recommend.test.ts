import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { playlists, publishSample } from '../recommend/sample.ts';
import { recommendCommand } from './recommend.ts';
import { documents, ended, segue, start } from './sample.ts';

const folder = t.testdir({});
const store = join(folder, 'store');
mkdirSync(store);
await publishSample(store, [
  ...playlists,
  ['Rare - One', 'Rarer - Two'],
  ...Array.from({ length: 8 }, (_, i) => [`Filler ${i}`]),
]);

interface Answered {
  id: unknown;
  recommendations: { track: string; artist: string; score: number }[];
  unmatched: string[];
}

t.test('a person gets songs with their reasons', async (t) => {
  const asked = ['yesterday', 'Hello - Lionel Richie', 'xyzzy', '--store', store];
  const { code, stdout, stderr } = await segue(['recommend', ...asked]);
  t.equal(code, 0);
  t.equal(stderr, '');
  t.equal(
    stdout.replace(/of \d{4}-.*Z/, 'of DATE'),
    `"xyzzy" is not in the playlists.
"yesterday" is Yesterday - The Beatles.
"Hello - Lionel Richie" is Hello - Lionel Richie.
   1 other song of this title: ask for "TITLE - ARTIST" if you mean another.
  1  Let It Be - The Beatles
       2 of 3 playlists with Yesterday have it, 5.0 times as often as by chance
       2 of 3 playlists with The Beatles have it
  2  Hey Jude - The Beatles
       2 of 3 playlists with Yesterday have it, 5.0 times as often as by chance
       2 of 3 playlists with The Beatles have it
  3  Easy - Commodores
       1 of 1 playlist with Hello has it, 15 times as often as by chance
       1 of 1 playlist with Lionel Richie has it
       1 of 1 playlist with Commodores has it
  4  Imagine - John Lennon
       1 of 3 playlists with Yesterday has it, 5.0 times as often as by chance
       1 of 3 playlists with The Beatles has it
       1 of 1 playlist with John Lennon has it
  5  Hello - Adele
       1 of 3 playlists with Yesterday has it, 2.5 times as often as by chance
       1 of 3 playlists with The Beatles has it
       2 of 2 playlists with Adele have it
Version 1 of DATE
`,
  );
});

t.test('where no rule fires it says so', async (t) => {
  const { code, stdout } = await segue(['recommend', 'Alone', '--limit', '1'], {
    environment: { STORE: store },
  });
  t.equal(code, 0);
  t.match(
    stdout,
    'No rule fires; these are the most popular songs:\n  1  Yesterday - The Beatles\n       is in 3 playlists\n',
  );
});

t.test(
  'a name that is spelled otherwise is taken for one, and a song alone has its artist',
  async (t) => {
    const asked = ['Yesturday - The Beatles', '--store', store, '--limit', '1'];
    const { stdout } = await segue(['recommend', ...asked]);
    t.match(
      stdout,
      /^"Yesturday - The Beatles" is taken for Yesterday - The Beatles\.\n {2}1 {2}Let It/,
    );
    const artist = await segue(['recommend', 'No Such Title - Adele', '--store', store]);
    t.match(artist.stdout, /same artists:\n {2}1 {2}\w+ - Adele\n/);
  },
);

t.test('--json is the answer of POST /api/recommend', async (t) => {
  const { code, stdout } = await segue(['recommend', 'Yesterday', '--store', store, '--json']);
  t.equal(code, 0);
  t.match(JSON.parse(stdout), {
    version: '1',
    songs: ['Let It Be', 'Hey Jude', 'Imagine', 'Hello'],
    matched: [{ asked: 'Yesterday', artist: 'The Beatles' }],
    recommendations: [{ because: [{ kind: 'rule', together: 2, given: 3 }] }, {}, {}, {}],
  });
});

t.test('a batch is answered line by line, in order', async (t) => {
  const lines = [
    { id: 7, songs: ['Yesterday'] },
    { id: 'b', songs: ['xyzzy', { track: 'Hello', artist: 'Adele' }] },
    { songs: ['Alone'] },
    { id: null, songs: ['Yesterday'] },
  ];
  const file = join(folder, 'batch.ndjson');
  writeFileSync(file, `${lines.map((line) => JSON.stringify(line)).join('\r\n\n')}\n`);
  const { code, stdout, stderr } = await segue([
    'recommend',
    '--batch',
    file,
    '--limit',
    '2',
    '--store',
    store,
  ]);
  t.equal(code, 0);
  t.equal(stderr, '');
  const answers = documents<Answered>(stdout);
  t.same(
    answers.map(({ id }) => id),
    [7, 'b', undefined, null],
  );
  t.same(
    answers.map(({ unmatched }) => unmatched),
    [[], ['xyzzy'], [], []],
  );
  t.same(answers[0].recommendations, answers[3].recommendations);
  t.match(answers[0], { recommendations: [{ track: 'Let It Be', artist: 'The Beatles' }, {}] });
  t.same(Object.keys(answers[0].recommendations[0]), ['track', 'artist', 'score']);
});

t.test('options hold for one request and for each line that does not say otherwise', async (t) => {
  const options = ['--exclude', 'Let It Be', '--exclude', 'Hello', '--diversity', '1'];
  const single = await segue(['recommend', 'Yesterday', ...options, '--json', '--store', store]);
  t.same(JSON.parse(single.stdout).songs, ['Hey Jude', 'Imagine']);
  const input = `{"songs":["Yesterday"]}\n{"songs":["Yesterday"],"exclude":[],"limit":1}\n`;
  const batch = await segue(['recommend', '--batch', '-', ...options, '--store', store], { input });
  t.same(
    documents<Answered>(batch.stdout).map(({ recommendations }) =>
      recommendations.map(({ track }) => track),
    ),
    [['Hey Jude', 'Imagine'], ['Let It Be']],
  );
});

t.test('an answer does not wait for the next line', async (t) => {
  const child = start('functions/cli.ts', ['recommend', '--batch', '-', '--store', store]);
  let stdout = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  for (const id of [1, 2, 3]) {
    child.stdin?.write(`${JSON.stringify({ id, songs: ['Yesterday'] })}\n`);
    while (documents(stdout).length < id) await once(child.stdout as NodeJS.ReadableStream, 'data');
  }
  const { code } = await ended(child);
  t.equal(code, 0);
  t.same(
    documents<Answered>(stdout).map(({ id }) => id),
    [1, 2, 3],
  );
});

t.test('a line that cannot be answered is named, after those before it', async (t) => {
  const good = '{"id":1,"songs":["Yesterday"]}';
  for (const [bad, reason] of [
    ['{"id":2,"songs":', /line 3: .*JSON/],
    ['{"id":2,"songs":[]}', /line 3: songs must not have fewer than 1 items\./],
    ['null', /line 3: The request must be object\./],
  ] as const) {
    const input = `${good}\n\n${bad}\n${good}\n`;
    const { code, stdout, stderr } = await segue(['recommend', '--batch', '-'], {
      input,
      environment: { STORE: store },
    });
    t.equal(code, 65, bad);
    t.match(stderr, reason);
    t.match(stderr, /^segue: Standard input, [^\n]*\n$/);
    t.equal(documents(stdout).length, 1);
  }
});

t.test('so is its file', async (t) => {
  const file = join(folder, 'bad.ndjson');
  writeFileSync(file, 'no');
  const { code, stderr } = await segue(['recommend', '--batch', file, '--store', store]);
  t.equal(code, 65);
  t.match(stderr, `segue: ${file}, line 1: `);
});

t.test('what cannot be answered at all is an error with its code', async (t) => {
  const cases: [string[], number, RegExp][] = [
    [['--store', store], 64, /Give songs, or --batch/],
    [['Yesterday', '--batch', '-', '--store', store], 64, /Give songs, or --batch/],
    [['a', '--diversity', '2'], 64, /--diversity must be a number from 0 to 1, not "2"\./],
    [['a', '--diversity', ' '], 64, /--diversity must be a number/],
    [['', '--store', store], 64, /songs\/0 must not have fewer than 1 characters/],
    [['--batch', join(folder, 'none'), '--store', store], 66, /none: ENOENT.* Check its name\./],
    [['--batch', folder, '--store', store], 66, /EISDIR/],
    [['Yesterday', '--store', join(folder, 'none')], 66, /holds no published model.*segue train/],
    [['Yesterday', '--store', store, '--snapshot', '5'], 66, /Version "5" is not in the store/],
  ];
  for (const [parameters, exitCode, message] of cases) {
    const asking = recommendCommand().exitOverride().parseAsync(parameters, { from: 'user' });
    await t.rejects(asking, { exitCode, message }, parameters.join(' '));
  }
});

t.test('with --json an error is a document, too', async (t) => {
  const empty = t.testdir({});
  const { code, stdout, stderr } = await segue(['recommend', 'a', '--json', '--store', empty]);
  t.equal(code, 66);
  t.match(JSON.parse(stdout), { code: 'no-model', type: 'urn:segue:problem:no-model' });
  t.match(stderr, /^segue: [^\n]+\n$/);
});
