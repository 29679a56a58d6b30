import { openSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import t from 'tap';
import { confidence, conviction, leverage, lift, support } from '../../shared/measures.ts';
import { publishSample } from '../recommend/sample.ts';
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
  t.match(stdout, 'Plain => Last - Z  (2 playlists, support 0.5000, confidence 0.667, lift 1.3)\n');
  t.match(stdout, / {2}\(1 playlist, support 0\.2500/);
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

t.test('one form at a time', async (t) => {
  const { code, stderr } = await segue(['rules', '--csv', '--json', '--store', store]);
  t.equal(code, 64);
  t.match(stderr, /'--csv' cannot be used with option '--json'/);
});
