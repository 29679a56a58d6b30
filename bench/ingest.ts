/**
 * How fast data sets are read, next to what `wc -w` and `cat` take for the same file: our .dat
 * reader with one thread and with all, and CSV with names at 1, 5 and 10 million rows. Writes
 * bench/ingest.md. Each measurement is a process of its own; the runs alternate.
 */
import { spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { readNumbered } from '../functions/retrain/numbered.ts';
import { emptyCounts } from '../functions/retrain/read/account.ts';
import { read } from '../functions/retrain/read/read.ts';
import { tabulate } from '../functions/retrain/table.ts';
import { toTransactions } from '../functions/retrain/transactions.ts';
import { benchData } from './baskets.ts';

/** What one run took. */
interface Run {
  wallMs: number;
  cpuMs: number;
  /** Most that was resident. */
  peakBytes: number;
  rows: number;
  songs: number;
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '3' } },
});
if (positionals.length > 0) await measureHere(positionals[0]!, positionals[1]!);
else await compare(Number(values.runs));

/** One run, told to the process that compares. */
async function measureHere(path: string, threads: string): Promise<void> {
  const began = performance.now();
  const set = path.endsWith('.dat')
    ? await readNumbered([path], {
        counts: emptyCounts(),
        maxRejectedShare: 0,
        threads: Number(threads),
      })
    : toTransactions(await tabulate(read([path])));
  const wallMs = performance.now() - began;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const run: Run = {
    wallMs,
    cpuMs: (userCPUTime + systemCPUTime) / 1000,
    peakBytes: maxRSS * 1024,
    rows: set.transactions.items.length,
    songs: set.transactions.itemCount,
  };
  process.stdout.write(JSON.stringify(run));
}

async function compare(runs: number): Promise<void> {
  const dat = await benchData('M', 'dat');
  const threads = availableParallelism();
  const ours = (path: string, count: number) => () => measure(path, count);
  const tools = {
    cat: () => measureTool('cat', [dat]),
    'wc -w': () => measureTool('wc', ['-w', dat]),
    'ours, 1 thread': ours(dat, 1),
    [`ours, ${threads} threads`]: ours(dat, threads),
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
      (run.wallMs / reference).toFixed(2),
      run.peakBytes > 0 ? mib(run.peakBytes) : '',
    ]),
  );
  const tables: string[] = [];
  for (const playlists of [14_700, 73_500, 147_000]) {
    const csv = await benchData('M', 'csv', { playlists });
    const { csv: run } = alternate({ csv: ours(csv, threads) }, 1);
    tables.push(
      row([
        run!.rows.toLocaleString('en'),
        run!.songs.toLocaleString('en'),
        seconds(run!.wallMs),
        seconds(run!.cpuMs),
        ((run!.cpuMs * 1000) / run!.rows).toFixed(1),
        mib(run!.peakBytes),
      ]),
    );
  }
  writeFileSync(
    `${import.meta.dirname}/ingest.md`,
    `# Reading data sets
\`make bench-ingest\` wrote this: medians of ${runs}, each in a process of its own, in turn, on ${threads} cores.

M as .dat (${(bytes / 1e6).toFixed(0)} MB, a million playlists), from the file to rows that are ready to be mined, names included:

| | wall s | CPU s | MB/s | of wc -w | peak MiB |
|---|---|---|---|---|---|
${lines.join('\n')}

The beginning of M as CSV with names, to the same rows:

| rows | songs | wall s | CPU s | µs CPU a row | peak MiB |
|---|---|---|---|---|---|
${tables.join('\n')}
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

function measure(path: string, threads: number): Run {
  const parameters = [import.meta.filename, path, String(threads)];
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
  return { wallMs, cpuMs: (user! + system!) * 1000, peakBytes: 0, rows: 0, songs: 0 };
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
