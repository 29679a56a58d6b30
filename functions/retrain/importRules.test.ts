import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { decodeSnapshot, encodeSnapshot, nameAt, sha256Of } from '../../shared/snapshot.ts';
import { documents, segue } from '../cli/sample.ts';
import { publishSample } from '../recommend/sample.ts';
import { importRules } from './importRules.ts';

const sha256 = 'd'.repeat(64);

/** What mlxtend 0.25 and pandas write for the baskets ab, abc, abd, acd, bc, bd, acd, a, abce, d. */
const mlxtend = `,antecedents,consequents,antecedent support,consequent support,support,confidence,lift
0,"frozenset({'a', 'b'})",frozenset({'c'}),0.4,0.5,0.2,0.5,1.0
1,frozenset({'a'}),frozenset({'b'}),0.7,0.6,0.4,0.5714285714285715,0.9523809523809526
2,frozenset({'d'}),"frozenset({'a', 'c'})",0.5,0.4,0.2,0.4,1.0
3,"frozenset({""it's""})",frozenset({7}),0.3,0.2,0.1,0.3333333333333333,1.6666666666666667
`;

t.test('rules of mlxtend', async (t) => {
  const { snapshot, report } = await importRules('r.csv', mlxtend, { sha256, transactions: 10 });
  t.same(report, { rules: 3, severalConsequents: 1, estimatedSongs: 0 });
  const titles = Array.from(snapshot.supports, (_, song) => nameAt(snapshot.titles, song));
  t.same(titles, ['a', 'b', 'c', "it's", '7']);
  t.same([...snapshot.supports], [7, 6, 5, 3, 2]);
  t.same([...snapshot.ruleTogether], [4, 1, 2]);
  t.same([...snapshot.longSongs], [0, 1]);
  t.same([...snapshot.longSupports], [4]);
  const bytes = encodeSnapshot(snapshot);
  t.same(decodeSnapshot(bytes, 'r', sha256Of(bytes)).facts.counts.transactions, 10);
});

t.test('rules of arules tell the number of transactions by their counts', async (t) => {
  const text = `"rules","support","confidence","coverage","lift","count"
"{curd,yogurt} => {whole milk}",0.010066,0.582353,0.017285,2.279125,99
"{} => {whole milk}",0.255516,0.255516,1,1,2513
"{butter} => {whole milk}",0.027555,0.497248,0.055414,1.946053,271
`;
  const { snapshot, report } = await importRules('arules.csv', text, { sha256 });
  t.same(report, { rules: 2, severalConsequents: 0, estimatedSongs: 2 });
  t.equal(snapshot.facts.counts.transactions, 9835);
  t.equal(nameAt(snapshot.titles, 0), 'whole milk');
  t.same([...snapshot.supports].slice(0, 2), [2513, 545]);
  t.same([...snapshot.longSupports], [170]);
});

t.test(
  'rules come in the order of their songs, each once, whatever the order of the file',
  async (t) => {
    const rules = [
      'a + b + c,d,3,0.3,1',
      'a + b,d,3,0.3,0.6',
      'b,d,3,0.3,0.75',
      'a + b,c,4,0.4,0.8',
      'a,d,3,0.3,0.5',
      'b + a,d,3,0.3,0.6',
    ];
    const csv = (lines: readonly string[]) =>
      `antecedent,consequent,together,support,confidence\n${lines.join('\n')}\n`;
    const { snapshot, report } = await importRules('r.csv', csv(rules), { sha256 });
    t.equal(report.rules, 5);
    const titles = Array.from(snapshot.supports, (_, song) => nameAt(snapshot.titles, song));
    t.same(titles, ['a', 'b', 'c', 'd']);
    t.same([...snapshot.longOffsets], [0, 2, 5]);
    t.same([...snapshot.longSongs], [0, 1, 0, 1, 2]);
    t.same([...snapshot.ruleConsequents], [3, 3, 2, 3, 3]);
    t.same([...snapshot.ruleTogether], [3, 3, 4, 3, 3]);
    for (const order of [rules.toReversed(), rules.toSorted()]) {
      t.same((await importRules('r.csv', csv(order), { sha256 })).snapshot, snapshot);
    }
  },
);

t.test('songs of equal support are in the order of their titles', async (t) => {
  for (const order of ['abcd', 'dcba', 'bdac']) {
    const rules = [...order].map((title) => `${title},z,3,0.3,0.5\n`).join('');
    const csv = `antecedent,consequent,together,support,confidence\n${rules}`;
    const { titles, supports } = (await importRules('r.csv', csv, { sha256 })).snapshot;
    t.same(
      Array.from(supports, (_, song) => nameAt(titles, song)),
      ['a', 'b', 'c', 'd', 'z'],
    );
  }
});

t.test('what cannot be imported says why', async (t) => {
  for (const [text, message] of [
    ['antecedents,consequents,support,confidence\n"{\'a\'}","{\'b\'}",0.1,0.5\n', /--transactions/],
    ['a,b\n1,2\n', /rule 1 has no sides/],
    ['rules,support,confidence\n', /--transactions/],
    ['rules,support,confidence,count\nno arrow,0.1,0.5,3\n', /rule 1 has no sides/],
    ['rules,support,confidence,count\n{} => {a},0.1,0.1,3\n', /no rule with one consequent/],
    ['antecedent,support,confidence,count\na,0.1,0.5,3\n', /rule 1 has no sides/],
    ['a,b\n"1,2\n', /Quote/],
  ] as const) {
    await t.rejects(importRules('r.csv', text, { sha256 }), { code: 'rules-invalid', message });
  }
});

t.test("Segue's own rules come back with their figures, and are served", async (t) => {
  const store = t.testdir({});
  const songs = [
    ['A - X', 'B - Y', 'C'],
    ['A - X', 'B - Y'],
    ['B - Y', 'C', 'D'],
    ['D', 'A - X'],
  ];
  await publishSample(store, songs, 3);
  const csv = await segue(['rules', '--csv', '--store', store]);
  const file = join(t.testdir({}), 'rules.csv');
  writeFileSync(file, csv.stdout);
  const other = join(store, 'other');
  const imported = await segue(['import-rules', file, '--store', other]);
  t.equal(imported.stderr, '');
  t.match(imported.stdout, /^Version 1 serves: \d+ rules\.\n$/);
  const again = await segue(['rules', '--csv', '--store', other]);
  const lines = (text: string) =>
    text
      .split('\n')
      .map((line) => line.split(',').slice(1).join())
      .toSorted();
  t.same(lines(again.stdout), lines(csv.stdout));
  const answer = await segue(['recommend', 'A - X', '--store', other, '--json']);
  t.match(documents(answer.stdout), [{ recommendations: [{ because: [{ kind: 'rule' }] }] }]);
  const none = await segue(['import-rules', join(store, 'none.csv'), '--store', other]);
  t.equal(none.code, 66);
});

t.test('what could not be had of a file is told', async (t) => {
  const folder = t.testdir({
    'several.csv': mlxtend,
    'arules.csv': `"rules","support","confidence","count"
"{curd,yogurt} => {whole milk}",0.01,0.5,99
`,
  });
  const store = join(folder, 'store');
  const imported = (name: string, ...more: string[]) =>
    segue(['import-rules', join(folder, name), '--store', store, ...more]);
  t.equal(
    (await imported('several.csv', '--transactions', '10')).stdout,
    'Version 1 serves: 3 rules.\n1 rule with several consequents left out.\n',
  );
  t.equal(
    (await imported('arules.csv')).stdout,
    'Version 2 serves: 1 rule.\nHow frequent 3 songs are is not in the file: at least, not exactly.\n',
  );
  const { stdout } = await imported('several.csv', '--transactions', '10', '--json');
  const report = { rules: 3, severalConsequents: 1, estimatedSongs: 0 };
  t.match(documents(stdout), [{ version: '1', ...report }]);
});
