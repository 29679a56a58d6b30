/** A function as a process of its own on loopback, and what it takes of memory and descriptors. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A process that listens. */
export interface Server {
  child: ChildProcess;
  port: number;
  /** Bytes that are resident. */
  rss(): number;
  /** The most that were since the start. */
  peakRss(): number;
  /** Open file descriptors. */
  descriptors(): number;
  /** Lines that it has logged as errors. */
  errors: string[];
  /** Ends it by SIGTERM; the code of its end. */
  stop(): Promise<number | null>;
}

/**
 * Starts a function; resolves when it listens.
 * @param flags Of node, besides the size of its heap.
 */
export async function startServer(
  name: 'recommend' | 'retrain' | 'upload',
  environment: NodeJS.ProcessEnv,
  flags: readonly string[] = [],
): Promise<Server> {
  const child = spawn(
    process.execPath,
    [
      // As Node sets it in a container of 512 MiB.
      '--max-old-space-size=256',
      ...flags,
      join(import.meta.dirname, '../../functions', name, 'server.ts'),
    ],
    {
      env: { ...process.env, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  /* c8 ignore next -- Who fails leaves nobody behind. */
  const leave = () => child.kill();
  process.once('exit', leave);
  child.once('exit', () => process.off('exit', leave));
  const errors: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const [, found] = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (found !== undefined) resolve(Number(found));
      if (/"level":[56]0/.test(line)) errors.push(line);
    });
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
  const status = (field: string) => {
    const text = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024;
  };
  return {
    child,
    port,
    errors,
    rss: () => status('VmRSS'),
    peakRss: () => status('VmHWM'),
    descriptors: () => readdirSync(`/proc/${child.pid}/fd`).length,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await ended;
      return code;
    },
  };
}
