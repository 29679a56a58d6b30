import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, replaceFile, unusable } from './durable.ts';

/** What a training came to. */
export type Answer =
  | { outcome: 'published' | 'again' | 'superseded'; version: string }
  | { outcome: 'rejected'; reason: string; figures: Record<string, number> }
  | { outcome: 'refused' | 'failed'; reason: string };

/** An event that asked for a training, and what it was told: a redelivery is told the same. */
export interface AnsweredEvent {
  source: string;
  id: string;
  answer: Answer;
}

/** A training's record, `runs/<key>.json`, for people who wait and for events that come twice. */
export interface Run {
  key: string;
  datasets: { name: string; sha256: string; bytes: number }[];
  /** The event that it answers now, or answered last. */
  event: { source: string; id: string };
  started: string;
  updated: string;
  /** The step at work, or the last one. */
  step: string;
  /** Figures of the steps that are done, with their time in milliseconds. */
  steps: { step: string; ms: number; counts: Record<string, number> }[];
  /**
   * How it ended; absent while it runs. published: a new version serves. again: an older version
   * of the same key does. superseded: a newer upload was decided first. rejected: the gate found
   * it worse than what serves. refused: the data set can never work. failed: it did not finish,
   * and the same event may be sent again.
   */
  outcome?: Answer['outcome'];
  version?: string;
  reason?: string;
  /** Of the gate, when it rejected the model. */
  figures?: Record<string, number>;
  /** Every event that was answered for good, the newest last. */
  answered: AnsweredEvent[];
}

/** The file of a record, and in it the key. */
export const runName = /^([0-9a-f]{64})\.json$/;

/**
 * The record of a key, or undefined. One that nobody can understand is none: the training is done
 * again, and writes it anew.
 * @throws `store-unusable`
 */
export async function readRun(store: string, key: string): Promise<Run | undefined> {
  const path = join(store, 'runs', `${key}.json`);
  try {
    const run: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isRun(run) && run.key === key ? run : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw unusable(path, error);
  }
}

/** Whether all is there that is asked of every record. */
function isRun(value: unknown): value is Run {
  const run = (value ?? {}) as Partial<Run>;
  const isEvent = (event: unknown) => typeof (event as AnsweredEvent | null)?.id === 'string';
  return (
    [run.key, run.started, run.updated, run.step].every((text) => typeof text === 'string') &&
    [run.datasets, run.steps, run.answered].every(Array.isArray) &&
    isEvent(run.event) &&
    run.answered!.every(isEvent)
  );
}

/** Writes a record in place of the one before. */
export async function writeRun(store: string, run: Run): Promise<void> {
  run.updated = new Date().toISOString();
  await replaceFile(join(store, 'runs', `${run.key}.json`), `${JSON.stringify(run, null, 2)}\n`);
}

/** All records, the one that changed last first. */
export async function readRuns(store: string): Promise<Run[]> {
  const folder = join(store, 'runs');
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw unusable(folder, error);
  }
  const keys = names.flatMap((name) => runName.exec(name)?.[1] ?? []);
  const runs = await Promise.all(keys.map((key) => readRun(store, key)));
  return runs.filter((run) => run !== undefined).sort((a, b) => b.updated.localeCompare(a.updated));
}

/** The run of a key, or the one that an event with this id started or was answered by. */
export async function findRun(store: string, id: string): Promise<Run | undefined> {
  return (await readRuns(store)).find(
    (run) => run.key === id || run.event.id === id || run.answered.some((event) => event.id === id),
  );
}
