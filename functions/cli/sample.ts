/** What the tests of the shell share: a process of it, as a person starts one. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Test } from 'tap';

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

/** An https server on loopback with a certificate that it made for itself, in the file `authority`. */
export async function serveLocally(
  t: Test,
  answer: RequestListener,
): Promise<{ host: string; authority: string; asked(): number }> {
  const folder = await mkdtemp(join(tmpdir(), 'segue-tls-'));
  const [key, authority] = ['key.pem', 'certificate.pem'].map((name) => join(folder, name));
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', key, '-out', authority, '-days', '2', '-subj', `/CN=${basename(folder)}`],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
  ]);
  const server = createHttpsServer(
    { key: await readFile(key), cert: await readFile(authority) },
    answer,
  );
  let connections = 0;
  server.on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true });
  });
  const { port } = server.address() as { port: number };
  return { host: `localhost:${port}`, authority, asked: () => connections };
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
