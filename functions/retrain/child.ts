import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { entryPath } from '../../shared/entry.ts';
import type { ProblemBody } from '../../shared/problems.ts';
import type { StepDone, TrainResult } from './train.ts';

/** How a training process ended. */
export type ChildEnd =
  | { kind: 'decided'; result: TrainResult }
  /** It ended by itself with an error from the table. */
  | { kind: 'problem'; problem: ProblemBody }
  /** It died. */
  | { kind: 'died'; reason: string };

/**
 * Trains in a process of its own, by the shell's own `segue train`: the function stays able to
 * answer probes, and a training that takes all memory takes nobody with it.
 *
 * @param parameters What follows `segue train`.
 * @param environment Settings of the training.
 * @param onStep Told of each step that is done.
 * @param signal Ends the process (SIGTERM).
 */
export async function trainInChild(
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv,
  onStep: (step: StepDone) => void,
  signal: AbortSignal,
): Promise<ChildEnd> {
  let child: ChildProcessByStdio<null, Readable, Readable>;
  try {
    child = spawn(
      process.execPath,
      [entryPath(import.meta.url, '../cli.ts', './segue.mjs'), 'train', '--json', ...parameters],
      {
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
        signal,
      },
    );
  } catch (error) {
    return died((error as Error).message, []);
  }
  const output: Buffer[] = [];
  const complaints: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  createInterface(child.stderr).on('line', (line) => {
    const step = parse<StepDone>(line);
    if (step === undefined) complaints.push(line);
    else onStep(step);
  });
  // An error is not the end: a process that was told to end still has to.
  child.on('error', (error) => complaints.push(error.message));
  const how = await new Promise<string>((resolve) => {
    child.on('close', (code, killedBy) =>
      resolve(killedBy === null ? `exit code ${code}` : `ended by ${killedBy}`),
    );
  });
  const document = parse<TrainResult | ProblemBody>(Buffer.concat(output).toString());
  if (document === undefined) return died(how, complaints.slice(-3));
  return 'code' in document
    ? { kind: 'problem', problem: document }
    : { kind: 'decided', result: document };
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
