import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { basename, isAbsolute, join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { ulid } from 'ulid';
import type { Uploaded } from '../../shared/events.ts';
import { asProblem, problem } from '../../shared/problems.ts';
import { findRun, type Run } from '../../shared/runs.ts';
import { readTokens } from '../../shared/tokens.ts';
import { newTrace, parseTrace } from '../../shared/trace.ts';
import { checkName, datasetPath, storeDataset } from '../upload/datasets.ts';
import { deliveryDelaysMs, sendEvent, uploadedEvent } from '../upload/send.ts';
import { type FetchLimits, fetchDataset } from './fetch.ts';
import { examples, jsonOption, settingsFrom, storeOption, wholeNumber } from './options.ts';
import { printJson } from './output.ts';

interface SubmitOptions {
  sha256: string;
  patience?: string;
  resultFile?: string;
  json?: true;
}

type Pointer = Uploaded['datasets'][number];

/**
 * Seconds without any news of the training: more than the Trigger's retries and the longest
 * training together, or an event that waits for its turn would be sent again.
 */
const patienceSeconds = 3_600;

/** `segue submit` */
export function submitCommand(): Command {
  return new Command('submit')
    .description('Ask for a training on a data set that is named elsewhere, and wait for its end.')
    .argument('<dataset>', 'a name or path below DATASETS, or an address to fetch it from')
    .requiredOption('--sha256 <digest>', 'what the data set must be')
    .addOption(storeOption())
    .option('--datasets <folder>', 'the folder of data sets')
    .option('--k-sink <address>', 'where events go: a broker, or retrain itself')
    .option('--patience <seconds>', `silence that ends the wait (default: "${patienceSeconds}")`)
    .option('--result-file <file>', 'where the last line is written, too')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        'segue submit ds2.csv --sha256 "$(sha256sum < ds2.csv | cut -c-64)" --datasets . --k-sink http://localhost:8081',
      ),
    )
    .action(async (dataset: string, options: SubmitOptions) => {
      // The first process of a container: no signal ends it that it does not handle.
      process.once('SIGTERM', () => process.exit(75));
      const tell = async (line: string) => {
        if (options.resultFile !== undefined) await writeFile(options.resultFile, line);
      };
      try {
        const run = await submit(dataset, options);
        const line = sentenceOf(run);
        await tell(line);
        if (options.json) printJson(run);
        else process.stdout.write(`${line}\n`);
      } catch (error) {
        await tell(asProblem(error).message);
        throw error;
      }
    });
}

/**
 * Sends the event and follows the run.
 * @throws `dataset-refused`, `training-failed` as the run ended; what stands in the way before.
 */
async function submit(dataset: string, options: SubmitOptions): Promise<Run> {
  const { sha256 } = options;
  const { STORE, DATASETS, K_SINK, ...settings } = settingsFrom({ ...options }, [
    ...(['STORE', 'DATASETS', 'K_SINK', 'MAX_UPLOAD_BYTES'] as const),
    ...(['UPLOAD_TOKEN', 'UPLOAD_TOKEN_FILE'] as const),
    ...(['DATASET_HOSTS', 'DATASET_NETWORKS', 'DATASET_TIMEOUT'] as const),
  ]);
  const limits: FetchLimits = {
    hosts: settings.DATASET_HOSTS,
    networks: settings.DATASET_NETWORKS,
    limitBytes: settings.MAX_UPLOAD_BYTES,
    timeoutMs: settings.DATASET_TIMEOUT,
  };
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw problem('usage', { reason: `--sha256 must be 64 hexadecimal digits, not "${sha256}".` });
  }
  const source = { token: settings.UPLOAD_TOKEN, tokenFile: settings.UPLOAD_TOKEN_FILE };
  const [token] = await readTokens(source);
  if (token === undefined && source.tokenFile !== undefined) throw problem('no-token');
  const patienceMs = (wholeNumber('--patience', options.patience) ?? patienceSeconds) * 1_000;
  const pointer = URL.canParse(dataset)
    ? await fetched(dataset, sha256, DATASETS, limits)
    : await onVolume(dataset, sha256, DATASETS);
  const sequence = ulid();
  const trace = parseTrace(process.env.TRACEPARENT) ?? newTrace();
  await sendEvent(uploadedEvent({ datasets: [pointer], sequence }, trace, token), {
    sink: K_SINK,
    patienceMs: 10_000,
    retryDelaysMs: deliveryDelaysMs,
    onEnd: () => {},
    signal: new AbortController().signal,
  });
  process.stderr.write(`event ${sequence} sent for ${pointer.path}\n`);
  const run = await ended(STORE, sequence, patienceMs);
  if (run.outcome === 'refused') throw problem('dataset-refused', { reason: String(run.reason) });
  if (run.outcome === 'failed') throw problem('training-failed', { reason: String(run.reason) });
  return run;
}

/** Waits for the end of the run that an event starts, and shows its steps. */
async function ended(store: string, event: string, patienceMs: number): Promise<Run> {
  let news = '';
  let since = Date.now();
  for (;;) {
    const run = await findRun(store, event);
    if (run?.outcome !== undefined) return run;
    const state = run === undefined ? '' : `${run.step} ${run.updated}`;
    if (state !== news) {
      const [step] = state.split(' ');
      if (!news.startsWith(`${step} `)) process.stderr.write(`${step}\n`);
      news = state;
      since = Date.now();
    }
    if (Date.now() - since > patienceMs) {
      const reason = `Nothing was heard of event ${event} for ${patienceMs / 1_000} seconds.`;
      throw problem('training-failed', { reason });
    }
    await sleep(1_000);
  }
}

function sentenceOf({ outcome, version, reason }: Run): string {
  switch (outcome) {
    case 'rejected':
      return `rejected: ${reason}`;
    case 'superseded':
      return `superseded: version ${version} was made from a newer data set`;
    default:
      return `${outcome}: version ${version} serves`;
  }
}

/** A data set on the volume: uploaded under this name, or laid there under this path. */
async function onVolume(given: string, sha256: string, folder: string): Promise<Pointer> {
  const path = normalize(given);
  if (isAbsolute(path) || path.startsWith('..')) throw problem('dataset-missing', { path: given });
  for (const candidate of [datasetPath({ sha256, name: path }), path]) {
    const found = await stat(join(folder, candidate)).catch(() => undefined);
    if (found?.isFile()) return { path: candidate, sha256, bytes: found.size };
  }
  throw problem('dataset-missing', { path: join(folder, path) });
}

/** A data set from elsewhere: fetched unless the volume has it, and kept only when it is the one. */
async function fetched(
  address: string,
  sha256: string,
  folder: string,
  limits: FetchLimits,
): Promise<Pointer> {
  const name = checkName(basename(new URL(address).pathname));
  const kept = await onVolume(name, sha256, folder).catch(() => undefined);
  if (kept !== undefined) return kept;
  const body = await fetchDataset(address, limits);
  const { dataset } = await storeDataset(folder, name, body, limits.limitBytes, async (path) => {
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    const found = hash.digest('hex');
    if (found !== sha256) throw problem('dataset-digest', { path, expected: sha256, found });
  }).catch((error: unknown) => {
    const { code, message } = asProblem(error);
    // Here it is the other side that breaks off, and may not the next time.
    if (code !== 'bad-request') throw error;
    throw problem('address-unreachable', { address, reason: message.replace(/\.$/, '') });
  });
  return { path: datasetPath(dataset), sha256, bytes: dataset.bytes };
}
