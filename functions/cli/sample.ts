/** What the tests of the shell share: a process of it, as a person starts one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(import.meta.dirname, '../..');

/** How a process is started, besides its parameters. */
export interface RunOptions {
  /** What it reads from standard input. */
  input?: string;
  cwd?: string;
  environment?: NodeJS.ProcessEnv;
  /** A file for its standard output. */
  stdout?: number;
}

/** What came of a process. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts a file of the repository with Node, in this environment without settings of Segue. */
export function start(
  file: string,
  parameters: readonly string[],
  { cwd = root, environment = {}, stdout }: RunOptions = {},
): ChildProcess {
  const { STORE, DATASETS, SNAPSHOT, ...inherited } = process.env;
  const child = spawn(process.execPath, [join(root, file), ...parameters], {
    cwd,
    env: { ...inherited, ...environment },
    stdio: ['pipe', stdout ?? 'pipe', 'pipe'],
    timeout: 60_000,
  });
  child.stdin?.on('error', () => {});
  return child;
}

/** Waits for the end of a process that reads this. */
export async function ended(child: ChildProcess, input = ''): Promise<Ended> {
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
      output[stream] += chunk;
    });
  }
  child.stdin?.end(input);
  const [code] = await once(child, 'close');
  return { code, ...output };
}

/** Runs `segue` to its end. */
export async function segue(
  parameters: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  return ended(start('functions/cli.ts', parameters, options), options.input);
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until a server answers at an address, whatever it says. */
export async function answering(url: string): Promise<Response> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined) return answer;
    await sleep(25);
  }
}

/** The JSON documents of an output of one a line. */
export function documents<Document>(output: string): Document[] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
