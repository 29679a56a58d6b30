import { type FileHandle, open } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { problem } from '../../shared/problems.ts';
import { baselines } from '../retrain/evaluate/baselines.ts';
import type { Ratio } from '../retrain/evaluate/bootstrap.ts';
import {
  type EvaluateProgress,
  type Evaluation,
  evaluate,
  type MethodResult,
  type Scores,
} from '../retrain/evaluate/evaluate.ts';
import type { SeedChoice } from '../retrain/evaluate/folds.ts';
import { served } from '../retrain/evaluate/served.ts';
import { trainSettings } from '../retrain/settings.ts';
import { readDataset } from './dataset.ts';
import {
  columnsOption,
  environmentWith,
  examples,
  jsonOption,
  maxRejectedOption,
  sessionGapOption,
  wholeNumber,
} from './options.ts';
import { counted, duration, printJson, printLines } from './output.ts';

interface EvaluateCommandOptions {
  k: string;
  folds: string;
  seeds: SeedChoice;
  against: string;
  plot?: string;
  json?: true;
}

/** `segue evaluate` */
export function evaluateCommand(): Command {
  const names = baselines.map(({ name }) => name).join(',');
  return new Command('evaluate')
    .description('Hold playlists out, recommend for some of their songs, and look for the others.')
    .argument('<dataset...>', 'files or folders, as for train')
    .option('--k <list>', 'how many songs are shown', '1,5,10,25')
    .option('--folds <n>', 'parts of the playlists, each held out once', '5')
    .addOption(
      new Option('--seeds <which>', 'which songs are shown: drawn, or the first of a playlist')
        .choices(['random', 'first'])
        .default('random'),
    )
    .option('--against <list>', 'what to compare with, each tuned on the training playlists', names)
    .option('--plot <file>', 'draw NDCG@100 against the number of songs shown, as SVG')
    .addOption(columnsOption())
    .addOption(sessionGapOption())
    .addOption(maxRejectedOption())
    .option('--min-support <n|p%>', 'playlists that a rule must hold in (default: by the data)')
    .option('--max-length <n>', 'songs in the longest itemset (default: "2")')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        'segue evaluate playlists.csv --folds 2 --k 1,5',
        'segue evaluate playlists.csv --against popularity,item-knn --plot ndcg.svg',
        'segue evaluate playlists.csv --json > evaluation.json',
      ),
    )
    .action(async (paths: string[], options: EvaluateCommandOptions) => {
      const settings = trainSettings(environmentWith({ ...options }));
      const ks = numbers('--k', options.k);
      const folds = wholeNumber('--folds', options.folds, 100)!;
      if (folds < 2) throw problem('usage', { reason: '--folds must be 2 or more.' });
      const methods = [served(settings), ...named(options.against)];
      const plot = options.plot === undefined ? undefined : await openPlot(options.plot);
      const set = await readDataset(paths, settings);
      const evaluation = await evaluate(set, methods, {
        folds,
        ks,
        seeds: options.seeds,
        onProgress: showProgress(folds),
      });
      if (plot !== undefined) await writePlot(plot, evaluation);
      if (options.json) printJson(evaluation);
      else await printLines(report(evaluation));
    });
}

/** "1,5" as numbers, ascending and without repeats. */
function numbers(option: string, list: string): number[] {
  const values = list.split(',').map((one) => wholeNumber(option, one.trim(), 1000)!);
  return [...new Set(values)].sort((a, b) => a - b);
}

function named(list: string): typeof baselines {
  const wanted = list.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !baselines.some((baseline) => baseline.name === name));
  if (unknown !== undefined) {
    const known = baselines.map(({ name }) => name).join(', ');
    throw problem('usage', { reason: `--against knows ${known}, not "${unknown}".` });
  }
  return baselines.filter(({ name }) => wanted.includes(name));
}

/** A line whenever a method begins with a fold. */
function showProgress(folds: number): (progress: EvaluateProgress) => void {
  const began = performance.now();
  return ({ fold, method, fits }) => {
    if (fits > 0) return;
    const time = duration(performance.now() - began);
    process.stderr.write(`fold ${fold + 1} of ${folds}, ${method}, after ${time}\n`);
  };
}

/** Opens the file of the plot before minutes are spent, and changes nothing of it. */
async function openPlot(path: string): Promise<FileHandle> {
  return open(path, 'a').catch((error: Error) => {
    throw problem('report-unwritable', { path, reason: error.message });
  });
}

async function writePlot(file: FileHandle, { methods }: Evaluation): Promise<void> {
  const { drawLines } = await import('./plot.ts');
  const svg = drawLines({
    title: 'Hidden songs found, by the number of songs shown',
    x: { name: 'songs shown', scale: 'log' },
    y: { name: 'NDCG@100', scale: 'linear' },
    series: methods.map(({ name, byK }) => ({
      name,
      points: byK.map(({ k, scores }) => [k, scores.ndcg100] as const),
    })),
  });
  await file.truncate();
  await file.writeFile(svg);
  await file.close();
}

const columns: readonly [keyof Scores, string, digits: number][] = [
  ['ndcg20', 'NDCG@20', 4],
  ['ndcg100', 'NDCG@100', 4],
  ['rPrecision', 'R-prec.', 4],
  ['hitRate10', 'HR@10', 3],
  ['hitRate20', 'HR@20', 3],
  ['coverage', 'coverage', 3],
  ['novelty', 'novelty', 2],
];

const seedNames = { first: 'first songs', random: 'songs drawn at random' };

function* report(evaluation: Evaluation): Generator<string> {
  const { playlists, songs, folds, seeds, methods, comparisons } = evaluation;
  const shown = seedNames[seeds];
  yield `${counted(playlists, 'playlist')} of ${counted(songs, 'song')}, each held out once in ${folds} folds, ${shown} shown`;
  for (const [i, { k, playlists: asked }] of methods[0].byK.entries()) {
    yield '';
    yield* scoreLines(`k = ${k} (${asked})`, methods, (method) => method.byK[i].scores);
  }
  yield '';
  yield* scoreLines('average', methods, (method) => method.average);
  yield '';
  const ks = comparisons[0].byK.map(({ k }) => `k = ${k}`);
  yield ratioLine(`${comparisons[0].method}'s NDCG@100 to that of`, ['average', ...ks]);
  for (const { against, average, byK } of comparisons) {
    yield ratioLine(against, [average, ...byK.map(({ ratio }) => ratio)].map(ratioText));
  }
}

function* scoreLines(
  heading: string,
  methods: readonly MethodResult[],
  scoresOf: (method: MethodResult) => Scores,
): Generator<string> {
  yield heading.padEnd(16) + columns.map(([, title]) => title.padStart(10)).join('');
  for (const method of methods) {
    const scores = scoresOf(method);
    const figures = columns.map(([metric, , digits]) => scores[metric].toFixed(digits));
    yield method.name.padEnd(16) + figures.map((figure) => figure.padStart(10)).join('');
  }
}

function ratioLine(heading: string, figures: readonly string[]): string {
  return heading.padEnd(28) + figures.map((figure) => figure.padStart(21)).join('');
}

function ratioText({ ratio, low, high }: Ratio): string {
  return `${ratio.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`;
}
