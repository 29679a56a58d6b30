import { load } from './load.ts';
import { type Paced, paced, type Times } from './paced.ts';
import { type Server, start } from './process.ts';
import type { Request } from './requests.ts';

/** A row of the table: what, how much, and against what. */
export type Row = [what: string, measured: string, bound: string];

/** How long answers take at rates that one process can hold. */
export async function timeAtRates(
  ours: Server,
  { five, any, peak, seconds }: { five: Request[]; any: Request[]; peak: number; seconds: number },
): Promise<Row[]> {
  const rows: Row[] = [];
  const running = await start(ours, JSON.stringify(any[0]));
  // Until V8 has compiled what it will: its threads take the processors from who answers meanwhile.
  // Its traces told of functions that it compiled anew in the seventeenth second.
  await load(running, { requests: any, connections: 16, seconds: 5 * seconds });
  for (const [what, requests, rate, bound] of [
    ['5 songs at half of the peak', five, peak / 2, 'p99 under 5 ms'],
    ['1 to 25 songs at half of the peak', any, peak / 2, ''],
    ['1 to 25 songs at 1,000 requests/s', any, 1000, 'p90 under 2 ms'],
  ] as const) {
    const { fromDue } = await paced(running, { requests, rate, seconds, connections: 256 });
    rows.push([`${what}: p50, p90, p99`, told(fromDue['200']), bound]);
  }
  await running.stop();
  return rows;
}

/** What becomes of answers and of refusals when ten times as much is asked as can be answered. */
export async function overload(
  ours: Server,
  { requests, peak, seconds }: { requests: Request[]; peak: number; seconds: number },
): Promise<Row[]> {
  const running = await start(ours, JSON.stringify(requests[0]));
  const rate = 10 * peak;
  const found = await paced(running, { requests, rate, seconds, connections: 1000 });
  await running.stop();
  const { asked, broken, unanswered, fromSent } = found;
  const statuses = Object.entries(fromSent).map(([code, { count }]) => `${count} x ${code}`);
  return [
    [
      `ten times the peak (${Math.round(asked / seconds / peak)} times could be sent) over 1,000 connections`,
      `${statuses.join(', ')}; ${broken + unanswered} broken or without an answer`,
      'none broken',
    ],
    [
      'its answers, from when they were sent: p50, p90, p99',
      told(fromSent['200']),
      `p99 under ${3 * maxWaitMs} ms: the turn before, its own, and reading`,
    ],
    ['its refusals: p50, p90, p99', told(fromSent['503']), ''],
  ];
}

/** The slowest answer, and what was amiss beside it. */
export function slowest({ fromDue, broken, unanswered }: Paced): string {
  const { count, max } = fromDue['200'];
  const others = Object.keys(fromDue).filter((status) => status !== '200');
  const amiss = [...others, `${broken + unanswered} broken`].join(', ');
  return `${max.toFixed(1)} ms (${count} x 200, ${amiss})`;
}

/** Milliseconds that a turn may have spent, as recommend has them by itself (MAX_WAIT_MS). */
const maxWaitMs = 250;

function told(times: Times | undefined): string {
  if (times === undefined) return 'none';
  return `${[times.p50, times.p90, times.p99].map((ms) => ms.toFixed(1)).join(', ')} ms`;
}
