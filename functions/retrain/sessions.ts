import { table } from 'arquero';
import type { Tables } from './table.ts';

/**
 * Parts what one listener heard into sessions: a row that comes longer than the gap after the one
 * before begins a new one. Rows may stand in any order; within a session they come in that of their
 * times. A session's id is that of its listener with the time at which it begins.
 *
 * @param times Milliseconds since 1970, one a row of `pairs`.
 */
export function toSessions(tables: Tables, times: readonly number[], gapMs: number): Tables {
  const listenerOf = tables.pairs.array('playlist', Uint32Array) as Uint32Array;
  const songOf = tables.pairs.array('song', Uint32Array) as Uint32Array;
  const listeners = tables.playlists.array('id') as string[];
  const order = Uint32Array.from(listenerOf.keys()).sort(
    (a, b) => listenerOf[a] - listenerOf[b] || times[a] - times[b] || a - b,
  );
  const sessionOf = new Uint32Array(order.length);
  const ids: string[] = [];
  for (let i = 0; i < order.length; i++) {
    const row = order[i];
    const before = order[i - 1];
    const goesOn =
      i > 0 && listenerOf[row] === listenerOf[before] && times[row] - times[before] <= gapMs;
    if (!goesOn) ids.push(`${listeners[listenerOf[row]]}@${new Date(times[row]).toISOString()}`);
    sessionOf[i] = ids.length - 1;
  }
  return {
    ...tables,
    playlists: table({ id: ids, named: ids.map(() => true) }),
    pairs: table({ playlist: sessionOf, song: order.map((row) => songOf[row]) }),
  };
}
