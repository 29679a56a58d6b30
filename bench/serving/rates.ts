import { median } from '../median.ts';
import { load } from './load.ts';
import { type Paced, paced, type Times } from './paced.ts';
import { type Server, start } from './process.ts';
import type { Request } from './requests.ts';

/** A row of the table: what, how much, and against what. */
export type Row = [what: string, measured: string, bound: string];

/**
 * How long answers take at rates that one process can hold, and a bare server's at one of them:
 * medians of some rounds each.
 */
export async function timeAtRates(
  [ours, bare]: readonly Server[],
  {
    five,
    any,
    peak,
    seconds,
    rounds,
  }: { five: Request[]; any: Request[]; peak: number; seconds: number; rounds: number },
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [server, what, requests, rate, bound] of [
    [ours, '5 songs at half of the peak', five, peak / 2, 'p99 under 5 ms'],
    [bare, 'bare Fastify at that rate', five, peak / 2, ''],
    [ours, '1 to 25 songs at half of the peak', any, peak / 2, ''],
    [ours, '1 to 25 songs at 1,000 requests/s', any, 1000, 'p90 under 2 ms'],
  ] as const) {
    const running = await start(server, JSON.stringify(requests[0]));
    // Until V8 has compiled what it will: its threads take the processors from who answers meanwhile.
    // Its traces told of some functions that it compiled anew until the seventeenth second.
    await load(running, { requests, connections: 16, seconds: 5 * seconds });
    const pace = { requests, rate, seconds, connections: 256, leadInMs: 1000 };
    const times: Times[] = [];
    for (let round = 0; round < rounds; round++) {
      times.push((await paced(running, pace)).fromDue['200']);
    }
    await running.stop();
    const of = (key: 'p50' | 'p90' | 'p99') => median(times.map((one) => one[key])).toFixed(1);
    rows.push([`${what}: p50, p90, p99`, `${of('p50')}, ${of('p90')}, ${of('p99')} ms`, bound]);
  }
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
