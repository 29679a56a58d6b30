/** Which column of a table holds what, and which key of a JSON object. */
import { problem } from '../../../shared/problems.ts';

/** Names of columns, or of keys in JSON, as a person gives them; what is absent is recognised. */
export interface Columns {
  transaction?: string;
  item?: string;
  artist?: string;
  /** How often. */
  count?: string;
  /** When. */
  time?: string;
}

/** What a column can hold. */
export type Role = keyof Columns;

/** The positions of the columns in a header; -1 where there is none, or none is wanted. */
export type ColumnPositions = Record<Role, number>;

/**
 * The names by which a role is recognised, the best first; compared as {@link folded}. `name` is an
 * item only where it cannot be the playlist's, see {@link recogniseColumns}.
 */
const knownNames: Record<Role, readonly string[]> = {
  transaction: [
    ...['pid', 'playlistid', 'playlist', 'playlistname', 'playlisttitle'],
    ...['transactionid', 'transaction', 'tid', 'basketid', 'basket', 'orderid', 'order'],
    ...['invoiceno', 'invoiceid', 'invoice', 'sessionid', 'session', 'userid', 'username', 'user'],
    ...['listener'],
  ],
  item: [
    ...['trackname', 'tracktitle', 'track', 'title', 'songname', 'songtitle', 'song'],
    ...['itemname', 'item', 'productname', 'product', 'name'],
    ...['trackuri', 'trackid', 'songid', 'itemid', 'productid', 'stockcode'],
  ],
  artist: ['artistname', 'artist', 'artistnames', 'artists', 'performer'],
  count: ['playcount', 'plays', 'listencount', 'listens', 'scrobbles'],
  time: [
    ...['listenedat', 'playedat', 'timestamp', 'time', 'datetime', 'utctime', 'uts', 'endtime'],
    ...['date', 'ts'],
  ],
};

/** Columns after which a `name` is the playlist's. */
const playlistIds = new Set(['pid', 'playlistid']);

/**
 * Finds the columns of a table by its header. Case, blanks, `_` and `-` make no difference. A
 * column `name` right behind the playlist's id is the playlist's name, never a song's.
 *
 * @param timed Whether a time is needed.
 * @throws Problem `column-missing` for a transaction, an item or a time that is needed and not found,
 *   and for a given name that the header does not have.
 */
export function recogniseColumns(
  path: string,
  header: readonly string[],
  given: Columns,
  timed = false,
): ColumnPositions {
  const names = header.map(folded);
  const taken = new Set<number>();

  function position(role: Role): number {
    const wanted = given[role];
    if (wanted !== undefined) {
      const exact = header.indexOf(wanted);
      return exact === -1 ? names.indexOf(folded(wanted)) : exact;
    }
    for (const known of knownNames[role]) {
      const found = names.findIndex(
        (name, i) =>
          name === known &&
          !taken.has(i) &&
          !(name === 'name' && playlistIds.has(names[i - 1] ?? '')),
      );
      if (found !== -1) return found;
    }
    return -1;
  }

  const positions: ColumnPositions = { transaction: -1, item: -1, artist: -1, count: -1, time: -1 };
  // What a person names is not open for recognition any more.
  const roles = (['transaction', 'item', 'artist', 'count', 'time'] as const).toSorted(
    (one, other) => Number(given[one] === undefined) - Number(given[other] === undefined),
  );
  const needed = { transaction: true, item: true, artist: false, count: false, time: timed };
  for (const role of roles) {
    if (role === 'time' && !timed) continue;
    const found = position(role);
    if (found === -1 && (needed[role] || given[role] !== undefined)) {
      throw problem('column-missing', { path, role, found: [...header] });
    }
    positions[role] = found;
    taken.add(found);
  }
  return positions;
}

/** A name without what does not tell names apart. */
function folded(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/gu, '');
}
