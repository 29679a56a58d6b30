import { type ColumnTable, table } from 'arquero';
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
  const rows = new Uint32Array(spellings.pairs().firsts.length);
  const spellingColumn = spellingOfRow.toArray();
  for (const spelling of spellingColumn) rows[spelling]++;
  const identified = identify(spellings.pairs(), titles.names(), artists.names(), rows);
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

/**
 * Spellings to songs and artists: one row each, named as most rows name it. By codes and not by
 * Arquero's groups, which cannot have 2^24 different keys.
 *
 * @param spellings Codes of titles and artists, one pair a spelling.
 * @param rows Rows of each spelling.
 */
function identify(
  { firsts: titleOf, seconds: artistOf }: { firsts: Uint32Array; seconds: Uint32Array },
  titles: readonly string[],
  artists: readonly string[],
  rows: Uint32Array,
): { songs: ColumnTable; artists: ColumnTable; songOf: Uint32Array } {
  const rowsOfArtist = new Uint32Array(artists.length);
  for (let spelling = 0; spelling < rows.length; spelling++) {
    rowsOfArtist[artistOf[spelling]] += rows[spelling];
  }
  const byArtist = grouped(rowsOfArtist, (artist) => canonicalArtist(artists[artist]));
  const bySong = grouped(rows, (spelling) =>
    songKey(titles[titleOf[spelling]], artists[artistOf[spelling]]),
  );
  const { mostUsed } = bySong;
  return {
    songs: table({
      title: Array.from(mostUsed, (spelling) => titles[titleOf[spelling]]),
      artist: Array.from(mostUsed, (spelling) => artists[artistOf[spelling]]),
      artistCode: mostUsed.map((spelling) => byArtist.groupOf[artistOf[spelling]]),
    }),
    artists: table({ name: Array.from(byArtist.mostUsed, (artist) => artists[artist]) }),
    songOf: bySong.groupOf,
  };
}

/**
 * Gathers what has one key, groups by first appearance; of each the one used most, the earliest of
 * equals.
 */
function grouped(
  uses: Uint32Array,
  keyOf: (i: number) => string,
): { groupOf: Uint32Array; mostUsed: Uint32Array } {
  const keys = new Dictionary();
  const groupOf = uses.map((_, i) => keys.code(keyOf(i)));
  const mostUsed = new Uint32Array(keys.size);
  const most = new Uint32Array(keys.size);
  groupOf.forEach((group, i) => {
    if (uses[i] <= most[group]) return;
    most[group] = uses[i];
    mostUsed[group] = i;
  });
  return { groupOf, mostUsed };
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
