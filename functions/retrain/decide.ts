import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { type Answer, type Run, readRun, readRuns, writeRun } from '../../shared/runs.ts';
import type { Gate } from '../../shared/store/heads.ts';
import type { TokenSource } from '../../shared/tokens.ts';
import { traceparent } from '../../shared/trace.ts';
import { type ChildEnd, trainInChild } from './child.ts';
import { checkSender, datasetPaths, type TrainingEvent } from './event.ts';
import { takeLease } from './lease.ts';
import type { TrainSettings } from './settings.ts';
import { type StepDone, trainingKey } from './train.ts';

/** Where and how retrain works. */
export interface DecideOptions extends TokenSource {
  store: string;
  /** Folder that events' paths are below. */
  datasets: string;
  settings: TrainSettings;
  /** Environment of the training process; it reads the same settings from it. */
  environment: NodeJS.ProcessEnv;
  /** How long the lease holds without a heartbeat; one comes every third of it. */
  leaseTermMs: number;
}

/** Who is told of what happens meanwhile. */
export interface Watcher {
  /** Of each step of the training that is done. */
  onStep(step: StepDone): void;
  /**
   * Of what went wrong beside the training and does not change its decision: a heartbeat, or giving
   * the lease back.
   */
  onFault(error: unknown): void;
}

/** What an event is told, and the training that it is about. */
export type Decision = Answer & { key: string };

/**
 * From an event to its decision: the lease is taken; a redelivered event is told what it was told
 * before; else a process trains, and the record of the run is kept up for people who watch.
 * @throws `event-unsigned`, `event-invalid`, `busy`, `store-unusable`
 */
export async function decide(
  event: TrainingEvent,
  options: DecideOptions,
  signal: AbortSignal,
  { onStep, onFault }: Watcher,
): Promise<Decision> {
  const { store } = options;
  const { source, id, data } = event;
  await checkSender(event, options);
  const paths = await datasetPaths(event, options.datasets);
  const key = trainingKey(data.datasets, options.settings);
  const lease = await takeLease(store, randomUUID(), options.leaseTermMs);
  try {
    // Not before the lease is taken: whoever had it may just have answered the same event.
    const answered = await answeredBefore(store, event);
    if (answered !== undefined) return answered;
    const run = beginRun(event, key, await readRun(store, key));
    await writeRun(store, run);
    const renew = async () => {
      await lease.renew();
      await writeRun(store, run);
    };
    const heart = beat(options.leaseTermMs / 3, renew, onFault);
    let end: ChildEnd;
    try {
      end = await trainInChild(
        trainParameters(paths, event, store),
        environmentOf(event, options.environment),
        {
          onStep(done) {
            run.step = done.step;
            run.steps.push(done);
            onStep(done);
          },
        },
        signal,
      );
    } finally {
      await heart.stop();
    }
    const answer = answerOf(end);
    Object.assign(run, answer);
    // What failed may be tried again by the same event; only a decision is kept as its answer.
    if (answer.outcome !== 'failed') run.answered.push({ source, id, answer });
    await writeRun(store, run);
    return { ...answer, key };
  } finally {
    await lease.release().catch(onFault);
  }
}

/** What this very event was told, whatever the settings were then. */
async function answeredBefore(
  store: string,
  { source, id }: TrainingEvent,
): Promise<Decision | undefined> {
  for (const { key, answered } of await readRuns(store)) {
    const event = answered.find((one) => one.source === source && one.id === id);
    if (event !== undefined) return { ...event.answer, key };
  }
  return undefined;
}

function trainParameters(paths: string[], { data }: TrainingEvent, store: string): string[] {
  return [
    ...['--store', store, '--sequence', data.sequence],
    ...['--expect-sha256', data.datasets.map((dataset) => dataset.sha256).join(',')],
    '--',
    ...paths,
  ];
}

/** The training's settings, and the trace that it belongs to as other programs are told of it. */
function environmentOf({ trace }: TrainingEvent, settings: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return trace === undefined ? settings : { ...settings, TRACEPARENT: traceparent(trace) };
}

function beginRun({ source, id, data }: TrainingEvent, key: string, earlier: Run | undefined): Run {
  const now = new Date().toISOString();
  return {
    key,
    datasets: data.datasets.map(({ path, sha256, bytes }) => ({
      name: basename(path),
      sha256,
      bytes,
    })),
    event: { source, id },
    started: now,
    updated: now,
    step: 'begin',
    steps: [],
    answered: earlier?.answered ?? [],
  };
}

function answerOf(end: ChildEnd): Answer {
  switch (end.kind) {
    case 'decided': {
      const { outcome, version, gate } = end.result;
      if (outcome === 'rejected') return { outcome, ...(gate as Gate) };
      return { outcome: outcome === 'unchanged' ? 'again' : outcome, version };
    }
    case 'problem': {
      const { status, detail } = end.problem;
      return { outcome: status < 500 ? 'refused' : 'failed', reason: detail };
    }
    case 'died':
      return { outcome: 'failed', reason: end.reason };
  }
}

/** Does something every so often, never twice at once; what fails is told and tried again. */
function beat(
  everyMs: number,
  work: () => Promise<void>,
  onFault: (error: unknown) => void,
): { stop(): Promise<void> } {
  let working: Promise<void> | undefined;
  const timer = setInterval(() => {
    working ??= work()
      .catch(onFault)
      .finally(() => {
        working = undefined;
      });
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await working;
    },
  };
}
