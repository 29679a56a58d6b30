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
}

/** How a server is asked. */
export interface LoadOptions {
  requests: readonly Request[];
  seconds: number;
  connections: number;
}

/** Asks a server from a second process, over connections that are kept, as often as it answers. */
export async function load(
  running: Pick<Running, 'child' | 'port'>,
  { requests, seconds, connections }: LoadOptions,
): Promise<Load> {
  const address = `http://127.0.0.1:${running.port}`;
  const har = join(tmpdir(), `segue-requests-${process.pid}.har`);
  await writeFile(har, JSON.stringify(asHar(`${address}/api/recommend`, requests)));
  const options = ['--json', '--har', har, '-c', String(connections), '-d', String(seconds)];
  const cpuBefore = cpuMs(running.child);
  const autocannon = join(import.meta.dirname, '../../node_modules/autocannon/autocannon.js');
  const child = spawn(process.execPath, [autocannon, ...options, address], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const told = (await json(child.stdout)) as Told;
  await rm(har);
  const cpuUs = (cpuMs(running.child) - cpuBefore) * 1000;
  const answered = told['2xx'];
  return { perSecond: answered / told.duration, cpuUs: cpuUs / answered };
}

/** The part of autocannon's result that is read. */
interface Told {
  '2xx': number;
  /** Seconds. */
  duration: number;
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
