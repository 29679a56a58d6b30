import { Command, Option } from 'commander';
import { readKey } from '../../shared/signature.ts';
import { parseTrace } from '../../shared/trace.ts';
import { trainSettings } from '../retrain/settings.ts';
import { type StepDone, train } from '../retrain/train.ts';
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
      const { STORE, MAX_MEMORY, KEEP_VERSIONS, PINNED, FORCE, SIGNING_KEY_FILE } = settingsFrom(
        asked,
        ['STORE', 'MAX_MEMORY', 'FORCE', 'KEEP_VERSIONS', 'PINNED', 'SIGNING_KEY_FILE'],
      );
      const { sequence, report, expectSha256 } = options;
      const { onRead, onStep } = await watched();
      const result = await train(
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
          ...(!options.json && { onRead }),
        },
        options.json ? logStep : onStep,
      );
      if (options.json) printJson(result);
      else await printLines(await summary(STORE, result));
    });
}

function logStep(done: StepDone): void {
  process.stderr.write(`${JSON.stringify(done)}\n`);
}

/** A bar is for a terminal. */
function watched(): Promise<Progress> | Progress {
  return process.stderr.isTTY ? barProgress() : lineProgress();
}
