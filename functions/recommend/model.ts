import { emptyTally, type Tally } from '../../shared/counting.ts';
import { allocate } from '../../shared/memory.ts';
import { type Scoring, type SeedScoring, seedClass } from '../../shared/scoring.ts';
import { nameAt, type Snapshot } from '../../shared/snapshot.ts';
import type { Head } from '../../shared/store/heads.ts';
import { type Kernel, newKernel } from './kernel.ts';
import { NameFinder } from './names.ts';
import { type AnswerWriter, newWriter } from './writer.ts';

/** A snapshot ready to answer: what is counted from it once, and memory that requests share. */
export interface Model {
  head: Head;
  snapshot: Snapshot;
  scoring: Scoring;
  /** Number of songs. */
  songs: number;
  /** Number of songs and artists: where the antecedents of several songs begin. */
  singles: number;
  /** Number of playlists. */
  transactions: number;
  /** Canonical titles and names of artists, by what is asked for. */
  titles: NameFinder;
  artists: NameFinder;
  /** Least playlists of a rule. */
  minSupport: number;
  /** By class of numbers of songs asked for, made when one of the class first comes. */
  tables: (SeedTables | undefined)[];
  /** One score a song, in units of `scoreUnit`; 0 between requests. */
  scores: Float64Array;
  /** The songs whose score is not 0: the first so many of these, and room for one more. */
  scored: Uint32Array;
  /** Of each of these the score and the artist, once they are added up. */
  direct: Float64Array;
  scoredArtists: Uint32Array;
  /** One sum an artist; 0 between requests. */
  artistSums: Float64Array;
  /** The loops that work on these arrays; undefined where the snapshot was not read from a file. */
  kernel: Kernel | undefined;
  /** Songs of the artist who has most. */
  mostSongsOfArtist: number;
  tally: Tally;
  /** Where a song stands among some, from 1; 0 between requests. */
  places: Uint32Array;
  /** Writes answers; undefined where there is no kernel, and where what it does is not done. */
  writer: AnswerWriter | undefined;
}

/** Songs at most that the kernel chooses: more than any answer has, unless much is left out. */
const mostChosen = 4096;

/** Parameters with what they make of each song. */
export interface SeedTables extends SeedScoring {
  /**
   * Two numbers a song, side by side because they are read together: what he gets of each unit
   * that his artist's songs got, kappa * n_j^tau / (n_a(j) + nu), and his damping, n_j^-b.
   */
  ofSong: Float32Array;
  /** The first of them at most for a song of each artist, and the second at most for any song. */
  mostSpread: Float32Array;
  mostDamping: number;
}

/** Prepares a snapshot for answering. */
export function toModel(head: Head, snapshot: Snapshot): Model {
  const { supports, artistSupports, facts, memory } = snapshot;
  const songs = supports.length;
  const arrays = {
    scores: allocate(memory, Float64Array, songs),
    scored: allocate(memory, Uint32Array, songs + 1),
    direct: allocate(memory, Float64Array, songs),
    scoredArtists: allocate(memory, Uint32Array, songs),
    artistSums: allocate(memory, Float64Array, artistSupports.length),
  };
  const best = allocate(memory, Float64Array, 2 * mostChosen);
  const kernel = memory && newKernel(memory, snapshot, arrays, best);
  return {
    head,
    snapshot,
    scoring: facts.scoring,
    songs,
    singles: songs + artistSupports.length,
    transactions: facts.counts.transactions,
    titles: new NameFinder(snapshot.titleIndex),
    artists: new NameFinder(snapshot.artistIndex),
    minSupport: facts.settings.minSupport,
    tables: [],
    ...arrays,
    kernel,
    mostSongsOfArtist: mostSongsOfArtist(snapshot),
    tally: emptyTally(songs),
    places: new Uint32Array(songs),
    writer: kernel && memory && newWriter(memory, snapshot, head, kernel.exports),
  };
}

/** At least 1; songs without an artist are nobody's. */
function mostSongsOfArtist({ artistOffsets, artistSupports }: Snapshot): number {
  let most = 1;
  for (let artist = 0; artist < artistSupports.length; artist++) {
    const songs = artistOffsets[artist + 1] - artistOffsets[artist];
    if (artistSupports[artist] > 0 && songs > most) most = songs;
  }
  return most;
}

/** The parameters for so many songs asked for. */
export function tablesFor(model: Model, songsAsked: number): SeedTables {
  const { snapshot, scoring } = model;
  const position = seedClass(songsAsked);
  model.tables[position] ??= toTables(snapshot, scoring.bySeeds[position], model.kernel);
  return model.tables[position];
}

/** The columns that tables are made of. */
export type SongColumns = Pick<Snapshot, 'supports' | 'artistOf' | 'artistSupports' | 'memory'>;

/**
 * Fills the tables of the songs of one support, from this one on, which all have the same.
 * @returns The first song of another support, or the number of all songs.
 */
export type Tabulator = (first: number, spread: number, damping: number) => number;

/**
 * What parameters make of the songs of a snapshot.
 * @param kernel What is to read the tables, if there is one: it makes them, too. A function that wakes
 * up does so once, before V8 has compiled the plain loop.
 */
export function toTables(
  columns: SongColumns,
  parameters: SeedScoring,
  kernel?: Kernel,
): SeedTables {
  const { supports, artistSupports } = columns;
  const { artistSpread, artistShrinkage, spreadExponent, popularityDamping } = parameters;
  const memory = kernel && columns.memory;
  const ofSong = allocate(memory, Float32Array, 2 * supports.length);
  const mostSpread = allocate(memory, Float32Array, artistSupports.length);
  const tables = { ofSong, mostSpread };
  const tabulate =
    kernel?.tabulatorOf(columns, tables, artistShrinkage) ??
    tabulatorOf(columns, tables, artistShrinkage);
  let mostDamping = 0;
  // Songs stand by their supports, so that those of one support follow each other.
  for (let song = 0; song < supports.length; ) {
    const damping = supports[song] ** -popularityDamping;
    mostDamping = Math.max(mostDamping, Math.fround(damping));
    song = tabulate(song, artistSpread * supports[song] ** spreadExponent, damping);
  }
  return { ...parameters, ...tables, mostDamping };
}

function tabulatorOf(
  { supports, artistOf, artistSupports }: SongColumns,
  { ofSong, mostSpread }: Pick<SeedTables, 'ofSong' | 'mostSpread'>,
  artistShrinkage: number,
): Tabulator {
  return (first, spread, damping) => {
    let song = first;
    for (; song < supports.length && supports[song] === supports[first]; song++) {
      const artist = artistOf[song];
      // Nobody is the artist of songs without one.
      const ofArtist = artistSupports[artist];
      ofSong[2 * song] = ofArtist === 0 ? 0 : spread / (ofArtist + artistShrinkage);
      ofSong[2 * song + 1] = damping;
      mostSpread[artist] = Math.max(mostSpread[artist], ofSong[2 * song]);
    }
    return song;
  };
}

/** A song's title as its data set spells it. */
export function titleOf({ snapshot }: Model, song: number): string {
  return nameAt(snapshot.titles, song);
}

/** The name of a song's artist; "" when the data set has none. */
export function artistOf(model: Model, song: number): string {
  return artistNamed(model, model.snapshot.artistOf[song]);
}

/** An artist's name; "" for nobody's. */
export function artistNamed({ snapshot }: Model, artist: number): string {
  return nameAt(snapshot.artists, artist);
}
