import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { Running } from './process.ts';
import type { Request } from './requests.ts';

/** What is to be asked, and how often. */
export interface Pace {
  port: number;
  bodies: string[];
  /** Requests a second, on average. */
  rate: number;
  seconds: number;
  /** Milliseconds at the beginning whose requests are not told of: who asks is compiled meanwhile. */
  leadInMs: number;
  /** Most requests that are in flight at once; those that are due meanwhile wait. */
  connections: number;
  /**
   * A connection that has waited for so many milliseconds is left for a new one, as clients' pools
   * do: a server ends those that are idle, and one that does so as a request comes breaks it.
   */
  longestIdleMs: number;
  seed: number;
}

/** Times to answer, in milliseconds. */
export interface Times {
  count: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

/** What came of it. */
export interface Paced {
  asked: number;
  /** Connections that ended before their answer, and answers that had not come ten seconds later. */
  broken: number;
  unanswered: number;
  /** By status: from when requests were due, and from when there was a connection to send them. */
  fromDue: Record<string, Times>;
  fromSent: Record<string, Times>;
}

/** Asks a server at a steady rate, from a second process. */
export async function paced(
  { port }: Pick<Running, 'port'>,
  {
    requests,
    longestIdleMs = 30_000,
    leadInMs = 0,
    ...pace
  }: Pick<Pace, 'rate' | 'seconds' | 'connections'> &
    Partial<Pick<Pace, 'longestIdleMs' | 'leadInMs'>> & { requests: readonly Request[] },
): Promise<Paced> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'pacer.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const bodies = requests.map((request) => JSON.stringify(request));
  const all: Pace = { ...pace, longestIdleMs, leadInMs, port, bodies, seed: 1 };
  child.stdin.end(JSON.stringify(all));
  return (await json(child.stdout)) as Paced;
}
