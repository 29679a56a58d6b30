/**
 * `make bench-mining`: our miner against Borgelt's (pyfim), mlxtend and efficient-apriori, in one
 * run, in turn, on the FIMI data and on generated playlists. Writes mining.md and plots beside this
 * file; with --sets those of some data sets.
 *
 *   node bench/mining.ts [--rounds 5] [--sets S,retail,...] [--python bench/.venv/bin/python]
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs, promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { drawLines } from '../functions/cli/plot.ts';
import { type Miner, openMiner } from '../functions/retrain/eclat/eclat.ts';
import { fitMined, mineItemsets } from '../functions/retrain/fit.ts';
import { readWithoutIds } from '../functions/retrain/numbered.ts';
import { emptyCounts } from '../functions/retrain/read/account.ts';
import { readDat } from '../functions/retrain/read/dat/dat.ts';
import { trainSettings } from '../functions/retrain/settings.ts';
import { benchData } from './baskets.ts';
import { median } from './median.ts';

const here = import.meta.dirname;
const page = join(here, 'mining.md');
const fimi = join(here, '../../shared/data/fimi');

interface DataSet {
  name: string;
  /** From the easiest on; the targets are about those that are marked. */
  supports: readonly number[];
  /** How many times as fast as the better one of Borgelt's two threads have to be. */
  target?: { support: number; times: number };
  file: () => Promise<string | undefined>;
}

const fimiFile = (name: string) => async () => {
  const packed = join(fimi, `${name}.dat.gz`);
  if (!existsSync(packed)) return undefined;
  // Peers read plain text; the copy stays out of the repository, as the rest of bench/data does.
  const plain = join(here, 'data', `${name}.dat`);
  await mkdir(join(here, 'data'), { recursive: true });
  if (!existsSync(plain)) await writeFile(plain, gunzipSync(await readFile(packed)));
  return plain;
};

/** The supports of S and M are chosen by the itemsets that their seed gives. */
const dataSets: readonly DataSet[] = [
  {
    name: 'S',
    supports: [100, 55, 40, 30, 23],
    target: { support: 23, times: 4 },
    file: () => benchData('S', 'dat'),
  },
  {
    name: 'retail',
    supports: [880, 88, 20],
    target: { support: 20, times: 4 },
    file: fimiFile('retail'),
  },
  {
    name: 'T10I4D100K',
    supports: [500, 100, 20],
    target: { support: 20, times: 4 },
    file: fimiFile('T10I4D100K'),
  },
  {
    name: 'chess',
    supports: [2000, 1600, 1200],
    target: { support: 1200, times: 2 },
    file: fimiFile('chess'),
  },
  {
    name: 'mushroom',
    supports: [1625, 812, 406],
    target: { support: 406, times: 1 },
    file: fimiFile('mushroom'),
  },
  {
    name: 'M',
    supports: [1250, 500, 113],
    target: { support: 113, times: 4 },
    file: () => benchData('M', 'dat'),
  },
];

/** One who mines: milliseconds, and itemsets found. */
interface Contestant {
  name: string;
  /** Whether it is never given up: the targets are about it. */
  stays?: boolean;
  mine(file: string, support: number): Promise<{ ms: number; itemsets: number }>;
}

/** A set of which everybody has had a turn in this time is measured in twice as many rounds. */
const quickMs = 2_000;

/** Peers that are given up on a data set once an answer, conversion included, has taken longer. */
const patienceMs = 60_000;

/** Who takes longer than this is measured once. */
const slowMs = 5_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      sets: { type: 'string' },
      python: { type: 'string', default: join(here, '.venv/bin/python') },
    },
  });
  const names = values.sets?.split(',');
  const chosen = dataSets.filter(({ name }) => names === undefined || names.includes(name));
  // Sets that are not chosen keep what was measured before.
  const sections = new Map(names === undefined ? [] : await sectionsOf(page));
  const miners = [await openMiner(1), await openMiner(2)];
  const peers = startPeers(values.python);
  for (const set of chosen) {
    const file = await set.file();
    if (file === undefined) {
      process.stderr.write(`${set.name}: skipped, no shared data\n`);
      continue;
    }
    sections.set(set.name, await measure(set, file, miners, peers, Number(values.rounds)));
  }
  peers.close();
  await Promise.all(miners.map((miner) => miner.close()));
  const start = await measureStart();
  const parts = dataSets.flatMap(({ name }) => sections.get(name) ?? []);
  await writeFile(page, [introduction(Number(values.rounds)), ...parts, start].join('\n'));
}

/** The parts of a page below its headings, by these. */
async function sectionsOf(path: string): Promise<[name: string, text: string][]> {
  const text = await readFile(path, 'utf8');
  const sections = text.split(/^(?=## )/m).slice(1);
  return sections.map((section) => [
    section.slice(3, section.indexOf('\n')),
    `${section.trimEnd()}\n`,
  ]);
}

/** All supports of one data set, everybody in turn. */
async function measure(
  { name, supports, target }: DataSet,
  file: string,
  miners: readonly Miner[],
  peers: Peers,
  rounds: number,
): Promise<string> {
  const { transactions } = await readDat([file], { threads: 2 });
  const ours = (threads: number, keep: boolean): Contestant => ({
    name: `ours, ${threads} thread${threads > 1 ? 's' : ''}${keep ? ', keeping all' : ''}`,
    mine: async (_, minSupport) => {
      const miner = miners[threads - 1]!;
      const began = performance.now();
      const itemsets = keep
        ? (await miner.mine(transactions, { minSupport })).supports.length
        : (await miner.countItemsets(transactions, { minSupport })).total;
      return { ms: performance.now() - began, itemsets };
    },
  });
  const peer = (name: string, label: string): Contestant => ({
    name: label,
    mine: (file, support) => peers.ask({ peer: name, file, support }),
  });
  const contestants = [
    ours(1, false),
    ours(2, false),
    ours(2, true),
    { name: wholeProcess, mine: mineInProcess },
    { ...peer('eclat', 'Borgelt eclat'), stays: true },
    peer('fpgrowth', 'Borgelt fpgrowth'),
  ];
  // Neither ends in a minute on any other of these.
  if (name === 'S')
    contestants.push(
      peer('mlxtend', 'mlxtend fpgrowth'),
      peer('efficient-apriori', 'efficient-apriori'),
    );

  // V8 makes a kernel fast when it is used: which ones are depends on the data.
  for (let i = 0; i < 3; i++) {
    for (const miner of miners)
      await miner.countItemsets(transactions, { minSupport: supports[0]! });
  }

  const lost = new Set<string>();
  const points = new Map<string, [number, number][]>(contestants.map(({ name }) => [name, []]));
  const lines: string[] = [];
  for (const support of supports) {
    const times = new Map<string, number[]>();
    const counts = new Map<number, string>();
    let most = rounds;
    for (let round = 0; round < most; round++) {
      let roundMs = 0;
      for (const contestant of contestants) {
        if (lost.has(contestant.name)) continue;
        const slow = (times.get(contestant.name)?.[0] ?? 0) > slowMs;
        if (slow && round > 0) continue;
        const began = performance.now();
        const { ms, itemsets } = await contestant.mine(file, support);
        const tookMs = performance.now() - began;
        times.set(contestant.name, [...(times.get(contestant.name) ?? []), ms]);
        counts.set(itemsets, contestant.name);
        // Who takes long has one turn, and what the others do is not measured less for it.
        if (tookMs < slowMs) roundMs += tookMs;
        if (tookMs > patienceMs && !contestant.stays) lost.add(contestant.name);
      }
      if (round === 0 && roundMs < quickMs) most = 2 * rounds;
    }
    if (counts.size > 1) {
      throw new Error(`${name}@${support} itemsets: ${JSON.stringify([...counts])}`);
    }
    const typical = new Map([...times].map(([name, all]) => [name, median(all)]));
    for (const [name, ms] of typical) points.get(name)!.push([support, Math.max(ms, 0.1)]);
    lines.push(row(support, [...counts.keys()][0]!, contestants, typical, target));
    process.stderr.write(`${name} ${lines.at(-1)}\n`);
  }
  const plot = drawLines({
    title: `${name}: mining phase against support`,
    x: { name: 'support (transactions)', scale: 'log' },
    y: { name: 'ms', scale: 'log' },
    series: [...points].map(([name, points]) => ({ name, points })),
  });
  await writeFile(join(here, `mining-${name}.svg`), plot);
  const header = [
    'support',
    'itemsets',
    ...contestants.map(({ name }) => name),
    'keeping : counting',
    'Borgelt : ours, 2 threads',
    'Borgelt : ours, 1 thread',
    'Borgelt : whole process',
  ];
  return [
    `## ${name}`,
    '',
    `${transactions.offsets.length - 1} transactions, ${transactions.itemCount} items, ${transactions.items.length} occurrences.`,
    '',
    `| ${header.join(' | ')} |`,
    `|${header.map(() => ' ---: |').join('')}`,
    ...lines,
    '',
    `![${name}](mining-${name}.svg)`,
    '',
  ].join('\n');
}

function row(
  support: number,
  itemsets: number,
  contestants: readonly Contestant[],
  medians: ReadonlyMap<string, number>,
  target: DataSet['target'],
): string {
  const of = (name: string) => medians.get(name) ?? Infinity;
  const borgelt = Math.min(of('Borgelt eclat'), of('Borgelt fpgrowth'));
  const times = (name: string) => (borgelt / of(name)).toFixed(1);
  const wanted = target?.support === support ? ` (wanted: ${target.times})` : '';
  const cells = [
    String(support),
    itemsets.toLocaleString('en'),
    ...contestants.map(({ name }) => medians.get(name)?.toFixed(1) ?? '> 60 s'),
    (of('ours, 2 threads, keeping all') / of('ours, 2 threads')).toFixed(1),
    `${times('ours, 2 threads')}${wanted}`,
    times('ours, 1 thread'),
    times(wholeProcess),
  ];
  return `| ${cells.join(' | ')} |`;
}

const wholeProcess = 'ours, whole process';

/** From the start of a process to its end: reads the text, mines with 2 threads and counts. */
async function mineInProcess(
  file: string,
  support: number,
): Promise<{ ms: number; itemsets: number }> {
  const program = join(here, '../functions/cli.ts');
  const options = ['--min-support', String(support), '--count', '--json', '--threads', '2'];
  const began = performance.now();
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [program, 'itemsets', file, ...options]);
  return { ms: performance.now() - began, itemsets: JSON.parse(stdout).itemsets };
}

interface Peers {
  ask(question: object): Promise<{ ms: number; itemsets: number }>;
  close(): void;
}

/** The process of the peers (mining.py). */
function startPeers(python: string): Peers {
  const child = spawn(python, [join(here, 'mining.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ask: async (question) => {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('The peers have ended.');
      return JSON.parse(value);
    },
    close: () => child.stdin.end(),
  };
}

/** What a program pays that mines S once: start of threads and compilation, beside the mining. */
async function measureStart(): Promise<string> {
  const file = await benchData('S', 'dat');
  const { transactions } = await readDat([file]);
  const starts: number[][] = [];
  for (let round = 0; round < 9; round++) {
    const began = performance.now();
    const miner = await openMiner(2);
    const opened = performance.now();
    await miner.countItemsets(transactions, { minSupport: 55 });
    starts.push([opened - began, performance.now() - opened]);
    await miner.close();
  }
  const [open, first] = medians(starts);
  const rules: number[][] = [];
  for (let round = 0; round < 60; round++) rules.push(await toRulesFrom(file));
  const [all, reading, mining, listing] = medians(rules.slice(30));
  return [
    '## Start',
    '',
    `Starting a second thread and compiling the kernels takes ${open} ms, and the first mining (S@55) after that ${first} ms.`,
    '',
    `From the file of S to rules of up to three songs at that support takes ${all} ms (wanted: 30), with one thread and the code warm: ${reading} ms to read, rank and sort the rows, ${mining} ms to mine (wanted: 10), ${listing} ms to index the rows, count the rules and list them. The first time in this process it takes ${rules[0]![0]!.toFixed(1)} ms: V8 compiles what it has not run before.`,
    '',
  ].join('\n');
}

/** Of each column the median, as text. */
function medians(rows: readonly number[][]): string[] {
  return rows[0]!.map((_, column) => median(rows.map((row) => row[column]!)).toFixed(1));
}

/** Milliseconds of all of it, and of its steps: reading, mining, and making rules. */
async function toRulesFrom(file: string): Promise<number[]> {
  const { maxItemsets, maxVisits } = trainSettings({});
  const bounds = { maxLength: 3, maxItemsets, maxVisits, room: 5 };
  const fitting = { ...bounds, minSupport: 55, longSupport: 55, threads: 1, lengthExponent: 0.5 };
  const began = performance.now();
  const set = await readWithoutIds([file], { counts: emptyCounts(), maxRejectedShare: 0 });
  const read = performance.now();
  const mined = await mineItemsets(set, fitting);
  const found = performance.now();
  await fitMined(set, mined, fitting);
  const done = performance.now();
  return [done - began, read - began, found - read, done - found];
}

function introduction(rounds: number): string {
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
  return [
    '# Mining, side by side',
    '',
    `Made by \`make bench-mining\` (${basename(import.meta.filename)}) on ${availableParallelism()} cores of ${processor}, Node ${process.versions.node}. Milliseconds, medians of ${rounds} rounds in which everybody has a turn, of ${2 * rounds} where a round of the others takes less than ${quickMs / 1000} s; what takes more than 5 s is measured once. All agree on every number of itemsets, or there is no table.`,
    '',
    "Ours is from rows in memory to the result: counting and ranking items, all threads' work. Threads are started and kernels compiled before (see the end), and each set is mined a few times before it counts. Counting is compared with pyfim's `report=\"#\"`, which builds no Python objects, less the time of a call at a support that nothing reaches, which is conversion. The whole process is `segue itemsets FILE --count`, from the text to the answer, start of Node included, and is compared with Borgelt's mining phase alone. The ratios are to the better one of Borgelt's. Keeping all means writing each itemset down: it is wanted in at most twice the time of counting on sparse data; on dense data counting does not visit what it counts.",
    '',
    'At the easiest supports of chess and mushroom a mining takes a few milliseconds, and about half of these are not search: reading the rows three times (to count, to rank and to list them), the memory of the job, and opening the classes. That grows with the rows, not with the itemsets, so it is what is left where there are few.',
    '',
  ].join('\n');
}

await main();
