/**
 * `make bench-quality`: our recommender as it is served against tuned baselines on held-out
 * playlists, what each step of its score is worth, and what its size is worth. Writes quality.md
 * and its plots beside this file.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drawLines } from '../functions/cli/plot.ts';
import { baselines } from '../functions/retrain/evaluate/baselines.ts';
import type { Ratio } from '../functions/retrain/evaluate/bootstrap.ts';
import {
  type Evaluation,
  evaluateFold,
  type FoldResult,
  type Method,
  type MethodResult,
  summarise,
} from '../functions/retrain/evaluate/evaluate.ts';
import { served } from '../functions/retrain/evaluate/served.ts';
import { read } from '../functions/retrain/read/read.ts';
import { trainSettings } from '../functions/retrain/settings.ts';
import { tabulate } from '../functions/retrain/table.ts';
import { type TransactionSet, toTransactions } from '../functions/retrain/transactions.ts';
import { benchData } from './baskets.ts';

const here = import.meta.dirname;
const playlists = join(here, '../../shared/data/playlists');

/** What is asked of every data set. */
const ks = [1, 5, 10, 25];
const folds = 5;
/** Folds that are held out to tell what steps and sizes are worth: they are many. */
const foldsAside = 2;

interface DataSet {
  name: string;
  description: string;
  /** Whether it tells what steps and sizes are worth, too: people's playlists do, generated ones do not. */
  aside: boolean;
  /** Files, or undefined where they are not there. */
  paths: () => Promise<string[] | undefined>;
}

const dataSets: readonly DataSet[] = [
  {
    name: 'A',
    description:
      'two Spotify samples of 500 playlists, the later one with 200 playlists of the earlier, and 1,000 of the Million Playlist Dataset',
    aside: true,
    paths: async () => {
      const files = ['playlist-sample-ds1.csv', 'playlist-sample-ds2.csv', 'mpd_sample_1000'];
      const paths = files.map((file) => join(playlists, file));
      return paths.every((path) => existsSync(path)) ? paths : undefined;
    },
  },
  {
    name: 'S',
    description:
      'generated (`bench/baskets.ts`, recipe S, 1,000 playlists): scenes and hits, and artists who have nothing to do with either',
    aside: false,
    paths: async () => [await benchData('S', 'csv', { playlists: 1000 })],
  },
];

/** Parameters of the score that are off, to be set free one after the other. */
const off = {
  SHRINKAGE: '0',
  LENGTH_EXPONENT: '0',
  POPULARITY_DAMPING: '0',
  ARTIST_WEIGHT: '0',
  ARTIST_SPREAD: '0',
} satisfies NodeJS.ProcessEnv;

/** Our recommender with some settings; what is not set is chosen as in any training. */
function variant(name: string, settings: NodeJS.ProcessEnv): Method {
  return { ...served(trainSettings(settings)), name };
}

function without(...names: (keyof typeof off)[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(off).filter(([name]) => !names.includes(name as keyof typeof off)),
  );
}

const segue = variant('segue', {});

const steps: readonly Method[] = [
  variant('pair rules, highest confidence', { ...off, AGGREGATION: 'max' }),
  variant('sum of confidences', off),
  variant('+ shrunk confidence', without('SHRINKAGE')),
  variant('+ playlist-length weight', without('SHRINKAGE', 'LENGTH_EXPONENT')),
  variant('+ popularity damping', without('SHRINKAGE', 'LENGTH_EXPONENT', 'POPULARITY_DAMPING')),
  variant('+ artist back-off', { ARTIST_SPREAD: '0' }),
  variant("+ spread over an artist's songs", {}),
  variant('+ two-item antecedents', { MAX_LENGTH: '3' }),
];

const sizes: readonly Method[] = ['1', '2', '3', '5', '10'].map((support) =>
  variant(`support ${support}`, { MIN_SUPPORT: support }),
);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: dataSets.map(({ name }) => name).join(',') },
      resume: { type: 'boolean', default: false },
      // Less than all of it, for a machine or a person with less time.
      'held-out': { type: 'string', default: `${folds}` },
      against: { type: 'string', default: baselines.map(({ name }) => name).join(',') },
      aside: { type: 'string', default: `${foldsAside}` },
    },
  });
  const heldOut = Number(values['held-out']);
  const aside = Number(values.aside);
  const peers = baselines.filter(({ name }) => values.against.split(',').includes(name));
  const sections: string[] = [];
  for (const dataSet of dataSets) {
    if (!values.data.split(',').includes(dataSet.name)) continue;
    const paths = await dataSet.paths();
    if (paths === undefined) {
      process.stderr.write(`${dataSet.name} is left out: ../shared/data is not there.\n`);
      continue;
    }
    const set = await toTransactions(await tabulate(read(paths)));
    const run = (methods: readonly Method[], heldOut: number) =>
      runFolds(dataSet.name, set, methods, heldOut, values.resume);
    const lines = [`## ${dataSet.name}: ${dataSet.description}`, ''];
    lines.push(
      ...(await mainSection(dataSet.name, await run([segue, ...peers], heldOut), heldOut)),
    );
    if (dataSet.aside && aside > 0) {
      lines.push(...stepSection(await run(steps, aside), aside));
      lines.push(...(await sizeSection(dataSet.name, await run(sizes, aside), aside)));
    }
    sections.push(lines.join('\n'));
  }
  const file = join(here, 'quality.md');
  await writeFile(file, `${introduction}\n${sections.join('\n')}`);
  process.stderr.write(`${file} is written.\n`);
}

/**
 * Holds the first folds out, one after the other. What a method did on a fold is kept in a file:
 * who resumes a run that was ended goes on from there.
 */
async function runFolds(
  name: string,
  set: TransactionSet,
  methods: readonly Method[],
  heldOut: number,
  resume: boolean,
): Promise<Evaluation> {
  const options = { folds, ks, seeds: 'random' } as const;
  const folder = join(here, 'data', 'quality');
  await mkdir(folder, { recursive: true });
  const results: FoldResult[] = [];
  for (let fold = 0; fold < heldOut; fold++) {
    const measured: FoldResult[] = [];
    for (const method of methods) {
      const file = join(folder, `${name}-${fold}-${method.name.replace(/\W+/g, '-')}.json`);
      if (!resume || !existsSync(file)) {
        process.stderr.write(`${name}, fold ${fold + 1} of ${folds}: ${method.name}\n`);
        await writeFile(file, JSON.stringify(await evaluateFold(set, [method], fold, options)));
      }
      measured.push(JSON.parse(await readFile(file, 'utf8')) as FoldResult);
    }
    const { cases } = measured[0];
    results.push({ cases, methods: measured.flatMap((one) => one.methods) });
  }
  return summarise(set, results, options);
}

const introduction = `# Quality

Written by \`make bench-quality\`. The playlists are parted into ${folds} folds by a hash of their ids. Of a
held-out one k songs, drawn at random, are shown, and the others are looked for in a ranking of all
songs. Songs that no training playlist has count as not found. Every method is tuned on an inner
fold of the training playlists, for each k on its own; a ranking that ends early is filled up with
popular songs. Intervals are of 95 %, from 1,000 paired bootstrap samples of the playlists. An
average takes every k for the same.
`;

async function mainSection(
  name: string,
  evaluation: Evaluation,
  heldOut: number,
): Promise<string[]> {
  const { methods, comparisons } = evaluation;
  const plot = `quality-${name}.svg`;
  await writeFile(
    join(here, plot),
    drawLines({
      title: `${name}: hidden songs found, by the number of songs shown`,
      x: { name: 'songs shown', scale: 'log' },
      y: { name: 'NDCG@100', scale: 'linear' },
      series: methods.map(({ name, byK }) => ({
        name,
        points: byK.map(({ k, scores }) => [k, scores.ndcg100] as const),
      })),
    }),
  );
  const atK = methods[0].byK.map(({ k, playlists }) => `k = ${k} (${playlists})`);
  return [
    `${evaluation.playlists.toLocaleString('en')} playlists, ${evaluation.songs.toLocaleString('en')} songs; ${heldOut} of the ${folds} folds held out.`,
    '',
    `![NDCG@100 against the number of songs shown](${plot})`,
    '',
    ...table(
      ['NDCG@100', 'average', ...atK],
      methods.map(({ name, average, byK }) => [
        name,
        ...[average, ...byK.map(({ scores }) => scores)].map(({ ndcg100 }) => ndcg100.toFixed(4)),
      ]),
    ),
    ...table(
      ["segue's NDCG@100 to that of", 'average', ...atK],
      comparisons.map(({ against, average, byK }) => [
        against,
        ...[average, ...byK.map(({ ratio }) => ratio)].map(ratioText),
      ]),
    ),
    ...table(
      ['average', 'NDCG@20', 'R-precision', 'HR@10', 'HR@20', 'coverage', 'novelty (bits)'],
      methods.map(({ name, average }) => [
        name,
        ...[average.ndcg20, average.rPrecision].map((value) => value.toFixed(4)),
        ...[average.hitRate10, average.hitRate20, average.coverage].map((value) =>
          value.toFixed(3),
        ),
        average.novelty.toFixed(2),
      ]),
    ),
    'What tuning chose in the first fold:',
    '',
    ...methods
      .filter(({ parameters }) => Object.keys(parameters[0]).length > 0)
      .map(({ name, parameters }) => `- ${name}: ${parameterText(parameters[0])}`),
    '',
  ];
}

function stepSection({ methods }: Evaluation, aside: number): string[] {
  const first = methods.find(({ name }) => name === 'sum of confidences') ?? methods[0];
  return [
    '### What each step of the score is worth',
    '',
    `Parameters that are not off are tuned in each row anew. ${aside} of the ${folds} folds.`,
    '',
    ...table(
      ['step', 'NDCG@100', 'to the sum of confidences', ...ks.map((k) => `k = ${k}`)],
      methods.map(({ name, average, byK }) => [
        name,
        average.ndcg100.toFixed(4),
        (average.ndcg100 / first.average.ndcg100).toFixed(3),
        ...byK.map(({ scores }) => scores.ndcg100.toFixed(4)),
      ]),
    ),
  ];
}

async function sizeSection(
  name: string,
  { methods }: Evaluation,
  aside: number,
): Promise<string[]> {
  const plot = `quality-size-${name}.svg`;
  const sized = methods.map((method) => ({ method, megabytes: megabytesOf(method) }));
  await writeFile(
    join(here, plot),
    drawLines({
      title: `${name}: quality by the size of the snapshot`,
      x: { name: 'snapshot, MB', scale: 'log' },
      y: { name: 'NDCG@100, average over k', scale: 'linear' },
      series: [
        {
          name: 'minimum support 1 to 10',
          points: sized.map(
            ({ method, megabytes }) => [megabytes, method.average.ndcg100] as const,
          ),
        },
      ],
    }),
  );
  return [
    '### What size is worth',
    '',
    `![NDCG@100 against the size of the snapshot](${plot})`,
    '',
    `${aside} of the ${folds} folds.`,
    '',
    ...table(
      ['minimum support', 'snapshot', 'NDCG@100', 'coverage'],
      sized.map(({ method: { name, average }, megabytes }) => [
        name.replace('support ', ''),
        `${megabytes.toFixed(2)} MB`,
        average.ndcg100.toFixed(4),
        average.coverage.toFixed(3),
      ]),
    ),
  ];
}

/** Mean over the folds. */
function megabytesOf({ parameters }: MethodResult): number {
  return parameters.reduce((sum, { bytes }) => sum + Number(bytes), 0) / parameters.length / 1e6;
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = heading.map((_, i) => (i === 0 ? '---' : '--:'));
  return [line(heading), line(rule), ...rows.map(line), ''];
}

function ratioText({ ratio, low, high }: Ratio): string {
  return `${ratio.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`;
}

function parameterText(parameters: Record<string, string>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}: ${value}`)
    .join('; ');
}

await main();
