import { openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import t, { type Test } from 'tap';
import {
  confidence,
  conviction,
  leverage,
  lift,
  measureNames,
  support,
} from '../../shared/measures.ts';
import { publishSample } from '../recommend/sample.ts';
import { rulesCommand } from './rules.ts';
import { documents, ended, segue, start } from './sample.ts';

interface Song {
  track: string;
  artist: string;
}

interface Rule {
  antecedent: Song[];
  consequent: Song;
  together: number;
  support: number;
  confidence: number;
  lift: number;
  leverage: number;
  conviction: number | null;
}

const hard = ['He said "no", twice - A, B', 'Plain', "It's + more - C\u2028D", 'Last - Z'];
const store = t.testdir({});
await publishSample(store, [hard, hard.slice(0, 2), hard.slice(1), ['Alone']], 3);

const name = ({ track, artist }: Song) => (artist === '' ? track : `${track} - ${artist}`);

t.test('--csv is what --json is, to the digit', async (t) => {
  const csv = await segue(['rules', '--csv', '--store', store]);
  const json = await segue(['rules', '--json', '--store', store]);
  t.equal(csv.code, 0);
  t.equal(json.code, 0);
  const rows: Record<string, string>[] = parse(csv.stdout, { columns: true });
  const rules = documents<Rule>(json.stdout);
  t.ok(rules.some(({ antecedent }) => antecedent.length === 2));
  t.same(
    rows,
    rules.map(({ antecedent, consequent, ...measures }) => ({
      antecedent: antecedent.map(name).join(' + '),
      consequent: name(consequent),
      ...Object.fromEntries(
        Object.entries(measures).map(([measure, value]) => [measure, String(value ?? Infinity)]),
      ),
    })),
  );
});

t.test('the measures of a rule follow from the playlists', async (t) => {
  const { stdout } = await segue(['rules', '--json', '--store', store]);
  const playlists = [hard, hard.slice(0, 2), hard.slice(1), ['Alone']];
  const count = (songs: readonly string[]) =>
    playlists.filter((playlist) => songs.every((song) => playlist.includes(song))).length;
  const rules = documents<Rule>(stdout);
  for (const { antecedent, consequent, ...measures } of rules) {
    const songs = antecedent.map(name);
    const counts = {
      together: count([...songs, name(consequent)]),
      given: count(songs),
      consequent: count([name(consequent)]),
      transactions: 4,
    };
    const never = conviction(counts) === Number.POSITIVE_INFINITY;
    t.same(measures, {
      together: counts.together,
      support: support(counts),
      confidence: confidence(counts),
      lift: lift(counts),
      leverage: leverage(counts),
      conviction: never ? null : conviction(counts),
    });
  }
  // Each pair and each triple of songs that are together somewhere, by each consequent.
  t.equal(rules.length, 6 * 2 + 4 * 3);
});

t.test('a person reads one rule a line', async (t) => {
  const { code, stdout } = await segue(['rules', '--store', store, '--snapshot', '1']);
  t.equal(code, 0);
  t.match(stdout, 'Plain => Last - Z  (2 playlists, support 0.5, confidence 0.6667, lift 1.333)\n');
  t.match(stdout, / {2}\(1 playlist, support 0\.25,/);
});

t.test('who stops reading is no error', async (t) => {
  const large = t.testdir({});
  await publishSample(large, [Array.from({ length: 120 }, (_, i) => `A song with a name ${i}`)]);
  const child = start('functions/cli.ts', ['rules', '--store', large]);
  child.stdout?.once('data', () => child.stdout?.destroy());
  const { code, stderr } = await ended(child);
  t.equal(code, 0);
  t.equal(stderr, '');
});

t.test('an output that cannot be written is an error of one line', async (t) => {
  const full = openSync('/dev/full', 'w');
  const child = start('functions/cli.ts', ['rules', '--store', store], { stdout: full });
  const { code, stderr } = await ended(child);
  t.equal(code, 74);
  t.match(stderr, /^segue: The output cannot be written: ENOSPC[^\n]*\.\n$/);
});

t.test('what is asked for is what is listed', async (t) => {
  const { stdout } = await segue([
    ...['rules', '--store', store, '--json', '--min-confidence', '0.6', '--min-lift', '1.3'],
    ...['--song', 'plain', '--rhs', 'Last - Z', '--sort', 'lift', '--limit', '2'],
    ...['--measures', 'lift,cosine', '--significance', '0.6', '--correction', 'bh'],
  ]);
  const rules = documents<Rule & { cosine: number; correctedP: number }>(stdout);
  t.same(
    rules.map(({ antecedent }) => antecedent.map(name).toSorted()),
    [["It's + more - C\u2028D", 'Plain'], ['Plain']].toSorted(),
  );
  for (const rule of rules) {
    const keys = ['antecedent', 'consequent', 'together', 'lift', 'cosine', 'correctedP'];
    t.same(Object.keys(rule), [...keys, 'significant']);
    t.equal(name(rule.consequent), 'Last - Z');
    t.ok(rule.lift >= 1.3);
  }
});

/** Runs the command in this process, where its output goes to a file. */
const rules = (...parameters: string[]) =>
  rulesCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parseAsync(['--store', store, ...parameters], { from: 'user' });

/** What the command writes to a file of this name. */
async function written(t: Test, file: string, ...parameters: string[]): Promise<Buffer> {
  const folder = t.testdir({});
  await rules(...parameters, '--output', join(folder, file));
  t.same(readdirSync(folder), [file], 'and nothing beside');
  return readFileSync(join(folder, file));
}

t.test('rules that are not significant and redundant ones can go', async (t) => {
  const lines = async (...parameters: string[]) =>
    documents(String(await written(t, 'rules.ndjson', ...parameters))).length;
  const all = await lines('--lhs', 'Plain');
  const left = await lines('--lhs', 'Plain', '--no-redundant');
  t.ok(left > 0 && left < all, `${left} of ${all}`);
  t.equal(await lines('--significant-only'), 0, 'four playlists prove nothing');
  for (const correction of ['holm', 'bonferroni', 'bh']) {
    const told = async (level: string) => {
      const asked = ['--format', 'text', '--significance', level, '--correction', correction];
      return String(await written(t, 'rules.txt', ...asked))
        .trimEnd()
        .split('\n');
    };
    const unsure = await told('0.01');
    t.ok(unsure.length > 0 && unsure.every((line) => line.endsWith(', not significant)')));
    t.ok(
      (await told('1')).every((line) => line.endsWith(', significant)')),
      correction,
    );
  }
  t.equal(await lines('--significant-only', '--significance', '1'), await lines());
});

t.test('a file has the format of its ending, or the one asked for', async (t) => {
  for (const [file, begin] of [
    ['rules.csv', `antecedent,consequent,together,${measureNames.join(',')}\n`],
    ['rules.ndjson', '{"antecedent":['],
    ['rules.txt', 'Plain => '],
    ['rules.parquet', 'PAR1'],
    ['rules.arrow', 'ARROW1'],
  ]) {
    const content = await written(t, file, '--measures', 'all');
    t.ok(content.toString('latin1').startsWith(begin), file);
  }
  t.ok(String(await written(t, 'rules', '--format', 'csv')).startsWith('antecedent,'));
  t.match(String(await written(t, 'rules')), /^Plain => /);
});

t.test('bytes are printed, but not on a terminal', async (t) => {
  const { code, stdout } = await segue(['rules', '--store', store, '--format', 'parquet']);
  t.equal(code, 0);
  t.ok(stdout.startsWith('PAR1') && stdout.endsWith('PAR1'));
  const before = process.stdout.isTTY;
  t.teardown(() => {
    process.stdout.isTTY = before;
  });
  process.stdout.isTTY = true;
  await t.rejects(rules('--format', 'arrow'), { code: 'usage', message: /Give --output FILE/ });
});

t.test('a song of many is said to be the one in most playlists', async (t) => {
  const two = t.testdir({});
  await publishSample(two, [
    ['Hello - Adele', 'Easy'],
    ['Hello - Adele', 'Easy'],
    ['Hello - Lionel Richie', 'Easy'],
    ['Bye - A', 'Bye - B', 'Bye - C', 'Easy'],
  ]);
  const { stdout, stderr } = await segue(['rules', '--store', two, '--lhs', 'Hello']);
  t.match(stdout, /^Hello - Adele => Easy /);
  t.equal(stderr, 'segue: Hello: taken for Hello - Adele; 1 more has the title.\n');
  const several = await segue(['rules', '--store', two, '--lhs', 'Bye']);
  t.match(several.stderr, /^segue: Bye: taken for Bye - .; 2 more have the title\.\n$/);
  const exact = await segue(['rules', '--store', two, '--lhs', 'Hello - Lionel Richie']);
  t.match(exact.stdout, /^Hello - Lionel Richie => Easy /);
  t.equal(exact.stderr, '');
});

t.test('what is not understood says why', async (t) => {
  const folder = t.testdir({});
  for (const [parameters, code, message] of [
    [['--csv', '--json'], /conflicting/, /'--csv' cannot be used with option '--json'/],
    [['--correction', 'none'], /invalid/, /holm, bonferroni, bh/],
    [['--sort', 'size'], 'usage', /There is no measure "size"\. There are support,/],
    [['--sort', 'lift:up'], 'usage', /There is no measure "lift:up"/],
    [['--measures', 'lift,,size'], 'usage', /There is no measure "size"/],
    [['--min-confidence', '2'], 'usage', /--min-confidence must be a number from 0 to 1/],
    [['--significance', 'x'], 'usage', /--significance must be a number/],
    [['--song', 'Nobody Knows'], 'song-unknown', /The model has no "Nobody Knows"/],
    [['--output', join(folder, 'a.xlsx')], 'usage', /does not tell the format/],
    [['--output', join(folder, 'no', 'a.csv')], 'output-unwritable', /a\.csv: ENOENT/],
  ] as const) {
    await t.rejects(rules(...parameters), { code, message }, parameters.join(' '));
  }
  t.same(readdirSync(folder), []);
});

t.test('rules are sorted as asked, by default the best first', async (t) => {
  const sorted = async (...order: string[]) => {
    const lines = documents<Rule & { fisherExactP: number }>(
      String(await written(t, 'rules.ndjson', '--measures', 'all', '--sort', ...order)),
    );
    return (measure: 'confidence' | 'fisherExactP') => lines.map((rule) => rule[measure]);
  };
  const ascending = (values: number[]) => values.toSorted((a, b) => a - b);
  for (const [order, measure, isAscending] of [
    ['confidence', 'confidence', false],
    ['confidence:asc', 'confidence', true],
    ['confidence:desc', 'confidence', false],
    ['fisherExactP', 'fisherExactP', true],
  ] as const) {
    const values = (await sorted(order))(measure);
    const expected = ascending(values);
    t.same(values, isAscending ? expected : expected.reverse(), order);
  }
});
