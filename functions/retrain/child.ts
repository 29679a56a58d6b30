import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
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
  const child = spawn(process.execPath, [shellPath(), 'train', '--json', ...parameters], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const output: Buffer[] = [];
  const complaints: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  createInterface(child.stderr).on('line', (line) => {
    const step = parse<StepDone>(line);
    if (step === undefined) complaints.push(line);
    else onStep(step);
  });
  const died = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, killedBy) =>
      resolve(killedBy === null ? `exit code ${code}` : `ended by ${killedBy}`),
    );
  });
  const document = parse<TrainResult | ProblemBody>(Buffer.concat(output).toString());
  if (document === undefined) {
    const reason = [`The training process died: ${died}`, ...complaints.slice(-3)].join('; ');
    return { kind: 'died', reason };
  }
  return 'code' in document
    ? { kind: 'problem', problem: document }
    : { kind: 'decided', result: document };
}

/** The shell: its source in a checkout, its bundle beside this function's bundle. */
function shellPath(): string {
  const path = import.meta.url.endsWith('.ts') ? '../cli.ts' : './segue.mjs';
  return fileURLToPath(new URL(path, import.meta.url));
}

function parse<Shape>(text: string): Shape | undefined {
  try {
    return JSON.parse(text) as Shape;
  } catch {
    return undefined;
  }
}
