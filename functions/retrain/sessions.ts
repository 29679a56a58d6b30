import { table } from 'arquero';
import { inOrder } from '../../shared/steps.ts';
import { columnAtOnce, inSlices, type Rest, withRests } from './rest.ts';
import type { Tables } from './table.ts';

/**
 * Parts what one listener heard into sessions: a row that comes longer than the gap after the one
 * before begins a new one. Rows may stand in any order; within a session they come in that of their
 * times. A session's id is that of its listener with the time at which it begins.
 *
 * @param times Milliseconds since 1970, one a row of `pairs`.
 */
export async function toSessions(
  tables: Tables,
  times: readonly number[],
  gapMs: number,
  rest: Rest,
): Promise<Tables> {
  const listenerOf = tables.pairs.column('playlist') as Uint32Array;
  const songOf = tables.pairs.column('song') as Uint32Array;
  const listeners = tables.playlists.array('id') as string[];
  const byTime = (a: number, b: number) => listenerOf[a] - listenerOf[b] || times[a] - times[b];
  const order = await withRests(inOrder(listenerOf.length, byTime), rest);
  const sessionOf = new Uint32Array(order.length);
  const ids: string[] = [];
  await inSlices(order.length, rest, (from, to) => {
    for (let i = from; i < to; i++) {
      const row = order[i];
      const before = order[i - 1];
      const goesOn =
        i > 0 && listenerOf[row] === listenerOf[before] && times[row] - times[before] <= gapMs;
      if (!goesOn) ids.push(`${listeners[listenerOf[row]]}@${new Date(times[row]).toISOString()}`);
      sessionOf[i] = ids.length - 1;
    }
  });
  const songs = new Uint32Array(order.length);
  const name = (from: number, to: number) => {
    for (let i = from; i < to; i++) songs[i] = songOf[order[i]];
  };
  await inSlices(order.length, rest, name, columnAtOnce);
  return {
    ...tables,
    playlists: table({ id: ids, named: ids.map(() => true) }),
    pairs: table({ playlist: sessionOf, song: songs }),
  };
}
