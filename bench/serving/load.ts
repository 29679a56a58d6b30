import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { Running } from './process.ts';
import { cpuMs } from './processor.ts';
import type { Request } from './requests.ts';

/** What a load came to. */
export interface Load {
  /** Answers of status 200 a second. */
  perSecond: number;
  /** Processor time of the server for each of them, in microseconds. */
  cpuUs: number;
  /** Time to answer in milliseconds, measured from when the request was due. */
  p50: number;
  p90: number;
  p99: number;
  max: number;
  /** Answers by status; `errors` are connections that broke or waited too long. */
  statuses: Record<string, number>;
  errors: number;
}

/** How a server is asked. */
export interface LoadOptions {
  requests: readonly Request[];
  seconds: number;
  connections: number;
  /** Requests a second; absent: as many as are answered. */
  rate?: number;
}

/** Asks a server from a second process, over connections that are kept. */
export async function load(
  running: Pick<Running, 'child' | 'port'>,
  { requests, seconds, connections, rate }: LoadOptions,
): Promise<Load> {
  const address = `http://127.0.0.1:${running.port}`;
  const har = join(tmpdir(), `segue-requests-${process.pid}.har`);
  await writeFile(har, JSON.stringify(asHar(`${address}/api/recommend`, requests)));
  const options = ['--json', '--har', har, '-c', String(connections), '-d', String(seconds)];
  if (rate !== undefined) options.push('-R', String(rate));
  const cpuBefore = cpuMs(running.child);
  const autocannon = join(import.meta.dirname, '../../node_modules/autocannon/autocannon.js');
  const child = spawn(process.execPath, [autocannon, ...options, address], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const told = (await json(child.stdout)) as Told;
  await rm(har);
  const cpuUs = (cpuMs(running.child) - cpuBefore) * 1000;
  const answered = told['2xx'];
  const { p50, p90, p99, max } = told.latency;
  const codes = Object.entries(told.statusCodeStats).map(([code, { count }]) => [code, count]);
  return {
    ...{ perSecond: answered / told.duration, cpuUs: cpuUs / answered, p50, p90, p99, max },
    statuses: Object.fromEntries(codes),
    errors: told.errors,
  };
}

/** The part of autocannon's result that is read. */
interface Told {
  '2xx': number;
  errors: number;
  /** Seconds. */
  duration: number;
  latency: { p50: number; p90: number; p99: number; max: number };
  statusCodeStats: Record<string, { count: number }>;
}

/** Requests in the form of the HTTP Archive, which autocannon reads. */
function asHar(url: string, requests: readonly Request[]): unknown {
  const entries = requests.map((request) => ({
    request: {
      method: 'POST',
      url,
      headers: [{ name: 'content-type', value: 'application/json' }],
      postData: { text: JSON.stringify(request) },
    },
  }));
  return { log: { entries } };
}
