import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { Problem, problem } from '../../shared/problems.ts';
import { readKey } from '../../shared/signature.ts';
import { parseTrace } from '../../shared/trace.ts';
import { type Told, trainInChild } from '../retrain/child.ts';
import { trainSettings } from '../retrain/settings.ts';
import type { TrainResult } from '../retrain/train.ts';
import {
  columnsOption,
  environmentWith,
  examples,
  jsonOption,
  maxRejectedOption,
  sessionGapOption,
  settingsFrom,
  storeOption,
  threadsOption,
} from './options.ts';
import { printJson, printLines } from './output.ts';
import { barProgress, lineProgress, type Progress } from './trainProgress.ts';
import { summary } from './trainSummary.ts';

/** Options that are no settings. */
interface TrainCommandOptions {
  json?: true;
  force?: true;
  report?: string;
  sequence?: string;
  expectSha256?: string;
  inProcess?: true;
}

/** `segue train` */
export function trainCommand(): Command {
  return new Command('train')
    .description('Mine rules from data sets and publish them as a new version.')
    .argument(
      '<dataset...>',
      'files or folders: csv, tsv, json, ndjson, parquet, arrow, basket, dat; .gz, .zst',
    )
    .addOption(storeOption())
    .option('--min-support <n|p%>', 'playlists that a rule must hold in (default: by the data)')
    .option('--max-length <n>', 'songs in the longest itemset (default: "2")')
    .option('--max-itemsets <n>', 'itemsets at which to give up (default: "20000000")')
    .option(
      '--max-rules <n>',
      'rules that a support chosen by the data allows (default: "4000000")',
    )
    .addOption(columnsOption())
    .addOption(sessionGapOption())
    .addOption(maxRejectedOption())
    .option('--report <file>', 'where rejected rows are listed (default: in the store)')
    .option('--aggregation <how>', 'sum of the rules that fire, or max (default: "sum")')
    .option('--tuning-fits <n>', 'fits to choose the parameters of the score with (default: "3")')
    .option('--max-visits <n>', 'entries that counting a song may look at (default: "8192")')
    .option('--shrinkage <n>', 'lambda of the score (default: by the data)')
    .option('--length-exponent <n>', 'gamma of the score (default: by the data)')
    .option('--artist-weight <n>', 'mu of the score (default: by the data)')
    .option('--artist-shrinkage <n>', 'nu of the score (default: by the data)')
    .option('--artist-spread <n>', 'kappa of the score (default: by the data)')
    .option('--spread-exponent <n>', 'tau of the score (default: by the data)')
    .option('--popularity-damping <n>', 'b of the score (default: by the data)')
    .option('--long-weight <n>', 'rho of the score (default: by the data)')
    .addOption(threadsOption())
    .option('--force', 'publish even what the gate finds worse than what serves')
    .option('--max-memory <bytes>', 'as "1.5GiB" (default: 90% of what there is)')
    .addOption(jsonOption())
    .addOption(new Option('--sequence <ulid>', 'the upload that asks').hideHelp())
    .addOption(new Option('--expect-sha256 <list>', 'digests of the files').hideHelp())
    .addOption(new Option('--in-process', 'train here: another process watches').hideHelp())
    .addHelpText(
      'after',
      examples(
        'segue train playlists.csv',
        'segue train ds1.csv ds2.csv --min-support 0.5% --store /data',
        'segue train listens.tsv --columns transaction=user,item=track,time=at --session-gap 30m',
        'segue train big.csv.gz --json | jq .version',
      ),
    )
    .action(async (paths: string[], options: TrainCommandOptions) => {
      const asked = { ...options, ...(options.force && { force: 'true' }) };
      if (options.inProcess) printJson(await trainHere(paths, options, asked));
      else {
        // What is wrong with the settings is told before a process is started.
        trainSettings(environmentWith(asked));
        const { STORE } = settingsFrom(asked, ['STORE', 'MAX_MEMORY']);
        const result = await trainApart(environmentWith(asked), options);
        if (options.json) printJson(result);
        else await printLines(await summary(STORE, result));
      }
    });
}

/** Trains in this process; what happens is told on standard error, see `trainInChild`. */
async function trainHere(
  paths: string[],
  { sequence, report, expectSha256 }: TrainCommandOptions,
  asked: Readonly<Record<string, unknown>>,
): Promise<TrainResult> {
  const { STORE, MAX_MEMORY, KEEP_VERSIONS, PINNED, FORCE, SIGNING_KEY_FILE } = settingsFrom(
    asked,
    ['STORE', 'MAX_MEMORY', 'FORCE', 'KEEP_VERSIONS', 'PINNED', 'SIGNING_KEY_FILE'],
  );
  endWithParent();
  const { train } = await import('../retrain/train.ts');
  return train(
    {
      paths,
      store: STORE,
      settings: trainSettings(environmentWith(asked)),
      sequence,
      traceparent: parseTrace(process.env.TRACEPARENT) && process.env.TRACEPARENT,
      expectedSha256: expectSha256?.split(','),
      report,
      maxMemoryBytes: MAX_MEMORY,
      keepVersions: KEEP_VERSIONS,
      pinned: PINNED,
      signingKey: await readKey('SIGNING_KEY_FILE', SIGNING_KEY_FILE),
      force: FORCE === 'true',
      onRead: (bytes, allBytes) => tell({ bytes, allBytes }),
    },
    tell,
  );
}

function tell(told: Told): void {
  process.stderr.write(`${JSON.stringify(told)}\n`);
}

/** Whoever is killed must not leave a training behind that publishes later. */
function endWithParent(): void {
  /* c8 ignore next 3 -- a process that ends so counts no lines. */
  const end = () => process.exit(1);
  if (process.connected === false) end();
  process.on('disconnect', end);
  process.channel?.unref();
}

/** Trains in a process of its own, so that there is a line to read even when memory ends it. */
async function trainApart(
  environment: NodeJS.ProcessEnv,
  { json }: TrainCommandOptions,
): Promise<TrainResult> {
  const heap = process.execArgv.filter((option) => /^--max[-_]old[-_]space/.test(option));
  const NODE_OPTIONS = [environment.NODE_OPTIONS ?? '', ...heap].join(' ');
  const stop = new AbortController();
  let stoppedBy: NodeJS.Signals | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    /* c8 ignore next 4 -- a process that a signal ends counts no lines. */
    process.once(signal, () => {
      stoppedBy = signal;
      stop.abort();
    });
  }
  const end = await trainInChild(
    process.argv.slice(3),
    { ...environment, NODE_OPTIONS },
    json ? { onStep: tell } : await watched(),
    stop.signal,
  );
  /* c8 ignore next 5 -- as above. */
  if (stoppedBy !== undefined) {
    // As if there were one process: its listener is gone, the signal ends it.
    process.kill(process.pid, stoppedBy);
    await sleep(signalMs);
  }
  switch (end.kind) {
    case 'decided':
      return end.result;
    case 'problem':
      throw new Problem(end.problem.code, end.problem.detail);
    case 'died':
      throw problem('training-ended', { reason: end.reason });
  }
}

/** Until a signal has ended this process for certain, whoever else listens for it. */
const signalMs = 1000;

/** A bar is for a terminal. */
function watched(): Promise<Progress> | Progress {
  return process.stderr.isTTY ? barProgress() : lineProgress();
}
