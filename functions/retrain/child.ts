import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { getHeapStatistics } from 'node:v8';
import { configure } from '../../shared/configuration.ts';
import { entryPath } from '../../shared/entry.ts';
import { type ProblemBody, problem, problemBody } from '../../shared/problems.ts';
import type { StepDone, TrainResult } from './train.ts';

/** How a training process ended. */
export type ChildEnd =
  | { kind: 'decided'; result: TrainResult }
  /** It ended by itself with an error from the table, or by V8 for want of memory. */
  | { kind: 'problem'; problem: ProblemBody }
  /** It died. */
  | { kind: 'died'; reason: string };

/** Who is told of what a training does: in its process of what `train` tells. */
export interface ChildWatcher {
  onStep(step: StepDone): void;
  onRead?(bytes: number, allBytes: number): void;
}

/** What a training process writes to its standard error, one JSON a line. */
export type Told = StepDone | { bytes: number; allBytes: number };

/**
 * Trains in a process of its own, by the shell's own `segue train`: whoever asks stays able to
 * answer, and a training that takes all memory takes nobody with it.
 *
 * @param parameters What follows `segue train`.
 * @param environment Settings of the training.
 * @param signal Ends the process (SIGTERM).
 */
export async function trainInChild(
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv,
  { onStep, onRead }: ChildWatcher,
  signal: AbortSignal,
): Promise<ChildEnd> {
  let child: ChildProcessByStdio<null, Readable, Readable>;
  try {
    child = spawn(
      process.execPath,
      [
        ...heapOption(environment),
        entryPath(import.meta.url, '../cli.ts', './segue.mjs'),
        ...['train', '--in-process', '--json', ...parameters],
      ],
      { env: environment, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], signal },
    ) as ChildProcessByStdio<null, Readable, Readable>;
  } catch (error) {
    return died((error as Error).message, []);
  }
  const output: Buffer[] = [];
  const complaints: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  createInterface(child.stderr).on('line', (line) => {
    const told = parse<Told>(line);
    if (told === undefined) complaints.push(line);
    else if ('step' in told) onStep(told);
    else onRead?.(told.bytes, told.allBytes);
  });
  // An error is not the end: a process that was told to end still has to.
  child.on('error', (error) => complaints.push(error.message));
  const how = await new Promise<string>((resolve) => {
    child.on('close', (code, killedBy) =>
      resolve(killedBy === null ? `exit code ${code}` : `ended by ${killedBy}`),
    );
  });
  const document = parse<TrainResult | ProblemBody>(Buffer.concat(output).toString());
  if (document === undefined) {
    const last = complaints.find((line) => outOfMemory.test(line));
    return last === undefined ? died(how, complaints.slice(-3)) : outgrown(last);
  }
  return 'code' in document
    ? { kind: 'problem', problem: document }
    : { kind: 'decided', result: document };
}

/** What V8 writes before it ends a process whose heap is full, whatever asked for the last of it. */
const outOfMemory = /^(?:FATAL ERROR|# Fatal).*(?:out of memory|invalid (?:array|size))/i;

function outgrown(line: string): ChildEnd {
  const words = line.replace(/^(?:FATAL ERROR:|# Fatal) */, '').trim();
  const reason = `The heap was full (V8: ${words}).`;
  return { kind: 'problem', problem: problemBody(problem('too-little-memory', { reason })) };
}

/**
 * V8's heap may have what the training may have, where that is more than it takes by itself (4 GiB
 * at most). An option that a person has set for all of Node is left to him.
 */
function heapOption(environment: NodeJS.ProcessEnv): string[] {
  if (/--max[-_]old[-_]space/.test(environment.NODE_OPTIONS ?? '')) return [];
  const { MAX_MEMORY } = configure(environment, ['MAX_MEMORY']);
  if (MAX_MEMORY <= getHeapStatistics().heap_size_limit) return [];
  return [`--max-old-space-size=${Math.floor(MAX_MEMORY / 2 ** 20)}`];
}

function died(how: string, complaints: readonly string[]): ChildEnd {
  return { kind: 'died', reason: [`The training process died: ${how}`, ...complaints].join('; ') };
}

/** A JSON object, or undefined for any other text. */
function parse<Shape>(text: string): Shape | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Object(value) === value ? (value as Shape) : undefined;
  } catch {
    return undefined;
  }
}
