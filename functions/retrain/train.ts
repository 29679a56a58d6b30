import { createHash, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { errorCode, makeFolder } from '../../shared/durable.ts';
import type { DatasetDigest } from '../../shared/facts.ts';
import { seedParameters } from '../../shared/scoring.ts';
import { publicKeyOf } from '../../shared/signature.ts';
import { encodeInSteps, sha256InSteps } from '../../shared/snapshot.ts';
import {
  readJudged,
  readSnapshot,
  type SnapshotFile,
  writeSnapshot,
} from '../../shared/store/files.ts';
import { type Gate, type Head, readHeads } from '../../shared/store/heads.ts';
import { prune, pruneGraceMs } from '../../shared/store/prune.ts';
import { type Publication, publish, type Rejection } from '../../shared/store/publish.ts';
import { keepAside } from '../../shared/store/rejected.ts';
import { type Model, toModel } from '../recommend/model.ts';
import { digestAll } from './digests.ts';
import { judge, unjudged } from './gate.ts';
import { withinMemory } from './memory.ts';
import { learnModels, type Models } from './models.ts';
import { readNumbered } from './numbered.ts';
import { type AccountOptions, account, emptyCounts, type ReadCounts } from './read/account.ts';
import { areDat, listFiles, type ReadOptions, read } from './read/read.ts';
import { rester, withRests } from './rest.ts';
import type { TrainSettings } from './settings.ts';
import { tabulate } from './table.ts';
import { type TransactionSet, toTransactions } from './transactions.ts';

/**
 * Part of every training's key: raise it when the pipeline makes something else of the same input,
 * so that no older snapshot is taken for the result.
 */
const pipelineVersion = 6;

/** A training to be done. */
export interface TrainRequest {
  /** Files and folders. */
  paths: readonly string[];
  store: string;
  settings: TrainSettings;
  /** ULID of the upload that asks; absent: a person who asks now. */
  sequence?: string | undefined;
  /** `traceparent` of what asks: the new head tells it on. */
  traceparent?: string | undefined;
  /** Digests that the files must have, in order. */
  expectedSha256?: readonly string[] | undefined;
  /** Where rejected rows are listed; absent: in the store, beside the run's record. */
  report?: string | undefined;
  /** What the process may have resident; no limit if absent. */
  maxMemoryBytes?: number;
  /** Signs what is published; heads that it has not signed count for nothing then. */
  signingKey?: KeyObject | undefined;
  keepVersions: number;
  pinned: readonly string[];
  /** Whether the model serves even when the gate finds it worse. */
  force?: boolean | undefined;
  /** Told of bytes that are read of text, and of how many there are. */
  onRead?: ((bytes: number, allBytes: number) => void) | undefined;
}

/** What came of it. */
export interface TrainResult {
  outcome: (Publication | Rejection)['outcome'];
  /** The one that serves: where the gate rejected the model, the one before, or "". */
  version: string;
  key: string;
  sha256: string;
  /** Size of the snapshot. */
  bytes: number;
  /** What the gate said, where it was asked. */
  gate?: Gate;
  /** Absent when nothing had to be trained. */
  counts?: Record<string, number>;
  minSupport?: number;
  rejectedReport?: string;
  /** Most that the process had resident until then. */
  peakBytes: number;
  ms: number;
}

/** A step that is done. */
export interface StepDone {
  step: 'digest' | 'table' | 'transactions' | 'tune' | 'judge' | 'fit' | 'snapshot' | 'publish';
  ms: number;
  counts: Record<string, number>;
}

/**
 * The pipeline: data set in, published snapshot out. Nothing is trained when the store has a
 * snapshot of the same key (data, settings and pipeline version).
 * @throws problems of the table; nothing is published then.
 */
export async function train(
  request: TrainRequest,
  onStep: (done: StepDone) => void = () => {},
  signal?: AbortSignal,
): Promise<TrainResult> {
  const { maxMemoryBytes = Infinity } = request;
  return withinMemory(maxMemoryBytes, signal, (within, check) =>
    trainWithin(
      request,
      (done) => {
        onStep(done);
        // What is published stays published.
        if (done.step !== 'publish') check();
      },
      within,
    ),
  );
}

async function trainWithin(
  request: TrainRequest,
  onStep: (done: StepDone) => void,
  signal: AbortSignal,
): Promise<TrainResult> {
  const { store, settings } = request;
  const began = performance.now();
  const step = stepper(onStep);
  await makeFolder(store);

  const files = await listFiles(request.paths);
  const { datasets, checkUnchanged } = await digestAll(files, request.expectedSha256);
  const key = trainingKey(datasets, settings);
  step('digest', { files: files.length, bytes: sum(datasets.map((dataset) => dataset.bytes)) });

  const heads = await readHeads(store, publicKeyOf(request.signingKey));
  const sequence = request.sequence ?? newestSequence(heads);
  const finish = (publication: Publication | Rejection): TrainResult => ({
    outcome: publication.outcome,
    version: publication.head?.version ?? '',
    key,
    sha256: publication.head?.sha256 ?? '',
    bytes: publication.head?.bytes ?? 0,
    ...gateOf(publication),
    peakBytes: 1024 * process.resourceUsage().maxRSS,
    ms: performance.now() - began,
  });
  const decided = await decideWithoutTraining(heads, key, sequence, request);
  if (decided !== undefined) return finish(decided);

  const readCounts = emptyCounts();
  const report = request.report ?? join(store, 'runs', `${key}.rejected.ndjson`);
  await makeFolder(join(store, 'runs'));
  const accounting = { counts: readCounts, report, maxRejectedShare: settings.maxRejectedShare };
  const allBytes = sum(datasets.map((dataset) => dataset.bytes));
  const onBytes = (bytes: number) => request.onRead?.(bytes, allBytes);
  const reading = { signal, onBytes };
  const readModels = async (): Promise<Models> => {
    const set = await readSet(files, settings, accounting, reading, (songs) => {
      const { read: rows, accepted, rejected } = readCounts;
      step('table', { rows, accepted, rejected, songs });
    });
    await checkUnchanged();
    step('transactions', { transactions: rowCount(set), repeats: set.repeats });
    const known = { key, datasets, counts: allCounts(readCounts, set) };
    return learnModels(set, known, settings, step, signal);
  };
  // The playlists are gone when the snapshot is written.
  const { served, judged, examination, heldOut } = await readModels();
  const { counts, settings: chosen } = served.facts;
  const rest = rester(signal);
  const bytes = await withRests(encodeInSteps(served), rest);
  const digest = await withRests(sha256InSteps(bytes), rest);
  const file = await writeSnapshot(store, bytes, judged, digest);
  step('snapshot', { bytes: file.bytes, judgedBytes: judged?.length ?? 0 });

  const publication = await publish(store, file, {
    signingKey: request.signingKey,
    key,
    sequence,
    traceparent: request.traceparent,
    judge: async (current: Head | undefined) => {
      const verdict =
        examination === undefined
          ? unjudged(heldOut)
          : await judge(examination, current && (await judgedModel(store, current)), signal);
      return request.force && !verdict.passed
        ? { ...verdict, passed: true, reason: `published by force: ${verdict.reason}` }
        : verdict;
    },
  });
  if (publication.outcome === 'rejected') await keepAside(store, file, publication.gate, key);
  await prune(store, {
    keepVersions: request.keepVersions,
    pinned: request.pinned,
    graceMs: pruneGraceMs,
  });
  step('publish', { seq: publication.head?.seq ?? 0 });
  return {
    ...finish(publication),
    counts,
    minSupport: chosen.minSupport,
    ...(readCounts.rejected > 0 && { rejectedReport: report }),
  };
}

/** Reads the data set: numbers alone go straight to rows, what has names goes through a table. */
async function readSet(
  files: readonly string[],
  { columns, sessionGapMs, threads }: TrainSettings,
  accounting: AccountOptions,
  reading: Required<Pick<ReadOptions, 'signal' | 'onBytes'>>,
  onTable: (songs: number) => void,
): Promise<TransactionSet> {
  const timed = sessionGapMs !== undefined;
  const options = { columns, timed, ...reading };
  if (!timed && (await areDat(files, options))) {
    const set = await readNumbered(files, { ...accounting, threads, signal: reading.signal });
    onTable(set.catalogue.titles.length);
    return set;
  }
  const tables = await tabulate(account(read(files, options), accounting), {
    sessionGapMs,
    signal: reading.signal,
  });
  onTable(tables.songs.numRows());
  return toTransactions(tables, { signal: reading.signal });
}

/** The key under which equal trainings are one: 64 hexadecimal digits. */
export function trainingKey(
  datasets: readonly Pick<DatasetDigest, 'sha256'>[],
  settings: TrainSettings,
): string {
  const { columns, minSupport, maxLength, maxItemsets, maxRules, maxVisits, tuningFits } = settings;
  const { aggregation, lengthExponent, fixed } = settings.scoring;
  const parts = [
    pipelineVersion,
    datasets.map((dataset) => dataset.sha256),
    (['transaction', 'item', 'artist', 'count', 'time'] as const).map(
      (role) => columns[role] ?? null,
    ),
    settings.sessionGapMs ?? null,
    minSupport ?? null,
    [maxLength, maxItemsets, maxRules, maxVisits, tuningFits, settings.maxRejectedShare],
    [aggregation, lengthExponent ?? null, seedParameters.map((name) => fixed[name] ?? null)],
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** What is decided already: a newer upload, or a snapshot of the same key in the store. */
async function decideWithoutTraining(
  heads: readonly Head[],
  key: string,
  sequence: string,
  { store, sequence: askedBy, traceparent, signingKey }: TrainRequest,
): Promise<Publication | undefined> {
  const current = heads.at(-1);
  if (current === undefined) return undefined;
  if (sequence < current.sequence) return { outcome: 'superseded', head: current };
  // An upload that is newer than what serves is worth a head even when the model stays: uploads
  // between the two are superseded from then on.
  if (current.key === key && askedBy === undefined && (await isSound(store, current))) {
    return { outcome: 'unchanged', head: current };
  }
  const earlier = heads.findLast((head) => head.key === key);
  if (earlier === undefined || !(await isSound(store, earlier))) return undefined;
  const { file, bytes, sha256 } = earlier;
  return publish(store, { file, bytes, sha256 }, { key, sequence, traceparent, signingKey });
}

/**
 * The judged model of a version; undefined where it has none that verifies.
 * @throws `store-unusable`: a volume that fails just now must not let a worse model pass the gate.
 */
async function judgedModel(store: string, head: Head): Promise<Model | undefined> {
  const snapshot = await readJudged(store, head).catch((error: Error) => {
    if (errorCode(error.cause) === undefined || errorCode(error.cause) === 'ENOENT')
      return undefined;
    throw error;
  });
  return snapshot && toModel(head, snapshot);
}

function gateOf(publication: Publication | Rejection): { gate?: Gate } {
  if (publication.outcome === 'rejected') return { gate: publication.gate };
  const { gate } = publication.head;
  return publication.outcome === 'published' && gate ? { gate } : {};
}

async function isSound(store: string, file: SnapshotFile): Promise<boolean> {
  return readSnapshot(store, file).then(
    () => true,
    () => false,
  );
}

/** A sequence for a person who asks now: above every upload that is decided, whatever the clock. */
function newestSequence(heads: readonly Head[]): string {
  const now = ulid();
  const decided = heads.at(-1)?.sequence ?? '';
  return [now, decided].sort()[1];
}

function allCounts(read: ReadCounts, set: TransactionSet): Record<string, number> {
  return {
    rows: read.read,
    accepted: read.accepted,
    rejected: read.rejected,
    repeats: set.repeats,
    transactions: rowCount(set),
    songs: set.catalogue.titles.length,
    artists: set.catalogue.artists.length,
  };
}

function rowCount({ transactions }: TransactionSet): number {
  return transactions.offsets.length - 1;
}

/** Reports each step with the time since the one before. */
function stepper(
  onStep: (done: StepDone) => void,
): (step: StepDone['step'], counts: Record<string, number>) => void {
  let last = performance.now();
  return (step, counts) => {
    const now = performance.now();
    onStep({ step, ms: now - last, counts });
    last = now;
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
