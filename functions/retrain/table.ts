import { type ColumnTable, desc, op, escape as plain, table } from 'arquero';
import { canonicalArtist, songKey } from '../../shared/song.ts';
import { Dictionary, PairCodes } from './dictionary.ts';
import type { RowBatch } from './read/row.ts';
import { toSessions } from './sessions.ts';

/**
 * A data set as columns. Codes count from 0 in order of first appearance, so equal input gives
 * equal tables.
 */
export interface Tables {
  /** One row a playlist: `id`, and whether it is `named` so or only by its place in a file. */
  playlists: ColumnTable;
  /** One row a song: `title`, `artist` (as most rows spell them), `artistCode`. */
  songs: ColumnTable;
  /** One row an artist: `name`. */
  artists: ColumnTable;
  /** One row an accepted row, repeats included: `playlist` and `song` as Uint32Array. */
  pairs: ColumnTable;
}

/**
 * Rows to columns: strings are coded once while rows stream in, then every spelling of a song is
 * brought to its canonical identity. Memory grows with distinct names plus 8 bytes a row.
 *
 * @param options.sessionGapMs Rows with times become sessions, see {@link toSessions}.
 */
export async function tabulate(
  batches: AsyncIterable<RowBatch>,
  { sessionGapMs }: { sessionGapMs?: number | undefined } = {},
): Promise<Tables> {
  const playlists = new Dictionary();
  const titles = new Dictionary();
  const artists = new Dictionary();
  const spellings = new PairCodes();
  const named: boolean[] = [];
  const playlistOfRow = new Uint32Column();
  const spellingOfRow = new Uint32Column();
  const times: number[] = [];
  for await (const batch of batches) {
    for (let i = 0; i < batch.titles.length; i++) {
      const title = titles.code(batch.titles[i]);
      const spelling = spellings.code(title, artists.code(batch.artists[i]));
      const playlist = playlists.code(batch.transactions[i]);
      if (playlist === named.length) named.push(!isPlace(batch.transactions[i], batch.file));
      playlistOfRow.push(playlist);
      spellingOfRow.push(spelling);
      if (sessionGapMs !== undefined) times.push(batch.times![i]);
    }
  }
  const { firsts, seconds } = spellings.pairs();
  const rows = new Uint32Array(firsts.length);
  const spellingColumn = spellingOfRow.toArray();
  for (const spelling of spellingColumn) rows[spelling]++;
  const titleNames = titles.names();
  const artistNames = artists.names();
  const identified = identify(
    table({
      title: Array.from(firsts, (title) => titleNames[title]),
      artist: Array.from(seconds, (artist) => artistNames[artist]),
      rows,
    }),
  );
  const tables = {
    playlists: table({ id: playlists.names(), named }),
    songs: identified.songs,
    artists: identified.artists,
    pairs: table({
      playlist: playlistOfRow.toArray(),
      song: spellingColumn.map((spelling) => identified.songOf[spelling]),
    }),
  };
  return sessionGapMs === undefined ? tables : toSessions(tables, times, sessionGapMs);
}

/** Whether an id is what reading gives a playlist without one: `<file>:<line>`. */
function isPlace(id: string, file: string): boolean {
  return id.startsWith(`${file}:`) && /^\d+$/.test(id.slice(file.length + 1));
}

interface Spelling {
  title: string;
  artist: string;
}

/** Spellings to songs and artists: one row each, named as most rows name it. */
function identify(spellings: ColumnTable): {
  songs: ColumnTable;
  artists: ColumnTable;
  songOf: Uint32Array;
} {
  const keyed = spellings.derive({
    spelling: op.row_number(),
    songKey: plain((row: Spelling) => songKey(row.title, row.artist)),
    artistKey: plain((row: Spelling) => canonicalArtist(row.artist)),
  });
  const artists = mostUsed(
    keyed.groupby('artist').rollup({
      name: op.any('artist'),
      artistKey: op.any('artistKey'),
      spelling: op.min('spelling'),
      rows: op.sum('rows'),
    }),
    'artistKey',
  ).derive({ artistCode: plain(rowIndex()) });
  const songs = mostUsed(keyed, 'songKey')
    .derive({ song: plain(rowIndex()) })
    .lookup(artists, 'artistKey', 'artistCode');
  const songOf = keyed.lookup(songs, 'songKey', 'song').array('song', Uint32Array);
  return {
    songs: songs.select('title', 'artist', 'artistCode').reify(),
    artists: artists.select('name').reify(),
    songOf: songOf as Uint32Array,
  };
}

/** Of the rows with one key, the one used most (the earliest of equals), by first appearance. */
function mostUsed(spellings: ColumnTable, key: string): ColumnTable {
  return spellings
    .groupby(key)
    .derive({ first: op.min('spelling') })
    .orderby(desc('rows'), 'spelling')
    .derive({ use: op.row_number() })
    .ungroup()
    .filter((row: { use: number }) => row.use === 1)
    .orderby('first')
    .reify();
}

/** Counts the rows that a derive visits. */
function rowIndex(): () => number {
  let next = 0;
  return () => next++;
}

/** A Uint32Array that grows; doubling keeps `push` at constant cost. */
class Uint32Column {
  #values = new Uint32Array(1024);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Uint32Array(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  toArray(): Uint32Array {
    return this.#values.slice(0, this.#length);
  }
}
