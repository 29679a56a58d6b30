/**
 * How fast data sets are read, next to what `wc -w` and `cat` take for the same file: our .dat
 * reader, parsing alone and all of it, with one thread and with all; and CSV with names at 1, 5 and
 * 10 million rows; and a training on M. Writes bench/ingest.md. Each measurement is a process of its
 * own; the runs alternate.
 *
 *   node bench/ingest.ts [--runs 3]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { readWithoutIds } from '../functions/retrain/numbered.ts';
import { emptyCounts } from '../functions/retrain/read/account.ts';
import { readDat } from '../functions/retrain/read/dat/dat.ts';
import { newTokens } from '../functions/retrain/read/dat/tokens.ts';
import { read } from '../functions/retrain/read/read.ts';
import { trainSettings } from '../functions/retrain/settings.ts';
import { tabulate } from '../functions/retrain/table.ts';
import { train } from '../functions/retrain/train.ts';
import { type TransactionSet, toTransactions } from '../functions/retrain/transactions.ts';
import { benchData } from './baskets.ts';

/** What one run took. */
interface Run {
  wallMs: number;
  cpuMs: number;
  /** Most that was resident, over what was when the reading began: Node and the program. */
  peakBytes: number;
  /** For so long nothing else had its turn, at the longest. */
  blockedMs: number;
  rows: number;
  songs: number;
}

/** What is measured of a .dat, by the name it has here; a CSV is all of it. */
const parts = {
  parse: parseAlone,
  rows: async (path: string, threads: number): Promise<Sizes> => {
    const { transactions } = await readDat([path], { threads });
    return { rows: transactions.items.length, songs: transactions.itemCount };
  },
  names: async (path: string, threads: number): Promise<Sizes> => {
    const options = { counts: emptyCounts(), maxRejectedShare: 0, threads };
    return sizesOf(await readWithoutIds([path], options));
  },
  csv: async (path: string): Promise<Sizes> =>
    sizesOf(await toTransactions(await tabulate(read([path])))),
  train: trainInto,
};

type Part = keyof typeof parts;
type Sizes = Pick<Run, 'rows' | 'songs'>;

function sizesOf({ transactions }: Pick<TransactionSet, 'transactions'>): Sizes {
  return { rows: transactions.items.length, songs: transactions.itemCount };
}

/** What `segue train` does, with the settings that it has by itself. */
async function trainInto(path: string, threads: number): Promise<Sizes> {
  const store = mkdtempSync(join(tmpdir(), 'segue-bench-'));
  try {
    const settings = { ...trainSettings({}), threads };
    const request = { paths: [path], store, settings, keepVersions: 1, pinned: [] };
    const { counts } = await train(request);
    return { rows: counts!.rows!, songs: counts!.songs! };
  } finally {
    rmSync(store, { recursive: true });
  }
}

/** Text to numbers, row after row, and nothing else: they are overwritten by the next block's. */
function parseAlone(path: string): Sizes {
  const tokens = newTokens();
  const file = openSync(path, 'r');
  let rows = 0;
  let carried = 0;
  for (;;) {
    const got = readSync(file, tokens.text, carried, (1 << 20) - carried, null);
    const filled = carried + got;
    const to = tokens.text.subarray(0, filled).lastIndexOf(lineFeed) + 1;
    if (got === 0 || to === 0) return { rows, songs: 0 };
    tokens.begin();
    if (tokens.run(0, to) !== to) throw new Error(`${path} has something that is no number`);
    rows += tokens.count();
    tokens.text.copyWithin(0, to, filled);
    carried = filled - to;
  }
}

const lineFeed = 0x0a;

/** One run, told to the process that compares. */
async function measureHere(part: Part, path: string, threads: number): Promise<void> {
  const before = process.resourceUsage();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const began = performance.now();
  const sizes = await parts[part](path, threads);
  const wallMs = performance.now() - began;
  delay.disable();
  const after = process.resourceUsage();
  const microseconds =
    after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime;
  const run: Run = {
    wallMs,
    cpuMs: microseconds / 1000,
    peakBytes: (after.maxRSS - before.maxRSS) * 1024,
    blockedMs: delay.max / 1e6,
    ...sizes,
  };
  process.stdout.write(JSON.stringify(run));
}

async function compare(runs: number): Promise<void> {
  const dat = await benchData('M', 'dat');
  const threads = availableParallelism();
  const ours = (part: Part, path: string, count: number) => () => measure(part, path, count);
  const tools = {
    cat: () => measureTool('cat', [dat]),
    'wc -w': () => measureTool('wc', ['-w', dat]),
    'parsed alone, 1 thread': ours('parse', dat, 1),
    'to rows, 1 thread': ours('rows', dat, 1),
    [`to rows, ${threads} threads`]: ours('rows', dat, threads),
    [`to rows with names, ${threads} threads`]: ours('names', dat, threads),
  };
  const results = alternate(tools, runs);
  const bytes = statSync(dat).size;
  const reference = results['wc -w']!.wallMs;
  const lines = Object.entries(results).map(([name, run]) =>
    row([
      name,
      seconds(run.wallMs),
      seconds(run.cpuMs),
      `${Math.round(bytes / 1e3 / run.wallMs)}`,
      `${Math.round(bytes / 1e3 / run.cpuMs)}`,
      (run.wallMs / reference).toFixed(2),
      run.peakBytes > 0 ? mib(run.peakBytes) : '',
    ]),
  );
  const tables: string[] = [];
  for (const playlists of [14_700, 73_500, 147_000]) {
    const csv = await benchData('M', 'csv', { playlists });
    const tools = {
      wc: () => measureTool('wc', ['-w', csv]),
      csv: ours('csv', csv, threads),
    };
    const { wc, csv: run } = alternate(tools, runs);
    tables.push(
      row([
        run.rows.toLocaleString('en'),
        run.songs.toLocaleString('en'),
        seconds(run.wallMs),
        seconds(run.cpuMs),
        `${Math.round(statSync(csv).size / 1e3 / run.cpuMs)}`,
        ((run.cpuMs * 1000) / run.rows).toFixed(1),
        (run.wallMs / wc.wallMs).toFixed(2),
        mib(run.peakBytes),
        `${Math.round(run.peakBytes / run.songs)}`,
      ]),
    );
  }
  const training = measure('train', dat, threads);
  writeFileSync(
    `${import.meta.dirname}/ingest.md`,
    `# Reading data sets
\`make bench-ingest\` wrote this: medians of ${runs}, each in a process of its own, in turn, on ${threads} cores. Peaks are over what Node and the program take before they read.

M as .dat (${(bytes / 1e6).toFixed(0)} MB, a million playlists). Parsed alone: text to numbers, row after row, kept nowhere; wanted are 200 MB per CPU second. To rows: numbers counted and ranked by how often they occur, each row sorted and without repeats, all of it in memory and ready to be mined; that is what \`segue itemsets\` reads. With names: the same with a title for each song. Of the CPU time to rows about a quarter is parsing; a third is sorting each row by rank, and the rest counting, looking ranks up in a table that no cache holds, and writing the rows to memory that is new.

| | wall s | CPU s | MB/s | MB per CPU s | of wc -w | peak MiB |
|---|---|---|---|---|---|---|
${lines.join('\n')}

The beginning of M as CSV with names, to the same rows. A row takes as long however many there are; memory grows with the songs:

| rows | songs | wall s | CPU s | MB per CPU s | µs CPU a row | of wc -w | peak MiB | bytes a song |
|---|---|---|---|---|---|---|---|---|
${tables.join('\n')}

A training on M, as \`segue train\` does it by itself, from the text to the snapshot and what the gate says of it: ${seconds(training.wallMs)} s, ${seconds(training.cpuMs)} s of CPU time, and ${mib(training.peakBytes)} MiB at its peak (wanted are 1,536). An abort, or the limit of memory, had to wait ${Math.round(training.blockedMs)} ms at the longest.
`,
  );
}

/** Runs all of them in turn, so that a noisy minute is noise for all; gives the medians. */
function alternate<Name extends string>(
  tools: Record<Name, () => Run>,
  runs: number,
): Record<Name, Run> {
  const names = Object.keys(tools) as Name[];
  const all = new Map<Name, Run[]>(names.map((name) => [name, []]));
  for (let i = 0; i < runs; i++) for (const name of names) all.get(name)!.push(tools[name]());
  const median = (name: Name): Run =>
    all.get(name)!.sort((one, other) => one.wallMs - other.wallMs)[runs >> 1]!;
  return Object.fromEntries(names.map((name) => [name, median(name)])) as Record<Name, Run>;
}

function measure(part: Part, path: string, threads: number): Run {
  const parameters = [import.meta.filename, part, path, String(threads)];
  const { stdout, stderr, status } = spawnSync(process.execPath, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

function measureTool(command: string, parameters: string[]): Run {
  const began = performance.now();
  const script = 'TIMEFORMAT="%U %S"; time "$@" > /dev/null';
  const timed = spawnSync('bash', ['-c', script, '-', command, ...parameters], {
    encoding: 'utf8',
  });
  const wallMs = performance.now() - began;
  const [user, system] = timed.stderr.trim().split(' ').map(Number);
  return { wallMs, cpuMs: (user! + system!) * 1000, peakBytes: 0, blockedMs: 0, rows: 0, songs: 0 };
}

function row(cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}

function mib(bytes: number): string {
  return Math.round(bytes / 2 ** 20).toLocaleString('en');
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '3' } },
});
const [part, path, threads] = positionals;
if (part !== undefined) await measureHere(part as Part, path!, Number(threads));
else await compare(Number(values.runs));
