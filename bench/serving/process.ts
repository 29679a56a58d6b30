import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs } from './processor.ts';

/** A server that is measured: how it is started, and with what environment. */
export interface Server {
  name: string;
  command: string[];
  environment: Record<string, string>;
}

/** A server that runs. */
export interface Running {
  child: ChildProcess;
  port: number;
  /** Milliseconds from spawning it to its first answer of status 200. */
  startMs: number;
  /** Milliseconds of processor time of all its threads until then. */
  startCpuMs: number;
  stop(): Promise<void>;
}

/** Starts a server on a free port, and asks until it has answered this request with 200. */
export async function start(server: Server, body: string | undefined): Promise<Running> {
  const port = await freePort();
  const [program, ...parameters] = server.command;
  const began = performance.now();
  const child = spawn(program, parameters, {
    env: {
      ...process.env,
      ...{ HOST: '127.0.0.1', PORT: String(port), LOG_LEVEL: 'warn' },
      ...server.environment,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  while ((await ask(port, body)) !== 200) {
    if (child.exitCode !== null) throw new Error(`${server.name} ended with ${child.exitCode}.`);
    if (performance.now() - began > 60_000) throw new Error(`${server.name} does not answer.`);
    // Who asked without a pause would take a processor from who is to start.
    await sleep(1);
  }
  const startMs = performance.now() - began;
  return {
    ...{ child, port, startMs, startCpuMs: cpuMs(child) },
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Resident memory of a process in MiB: now, and the most since `forgetPeak`. */
export function memoryMib({ pid }: ChildProcess): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  return { now: of('VmRSS'), peak: of('VmHWM') };
}

const agent = new Agent({ keepAlive: false });

/** The status of one answer; 0 when nobody listens. */
function ask(port: number, body: string | undefined): Promise<number> {
  return new Promise((resolve) => {
    const asked = request({
      ...{ port, host: '127.0.0.1', agent },
      ...(body === undefined
        ? { path: '/' }
        : {
            ...{ path: '/api/recommend', method: 'POST' },
            headers: { 'content-type': 'application/json' },
          }),
    });
    asked.on('error', () => resolve(0));
    asked.on('response', (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    });
    asked.end(body);
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}
