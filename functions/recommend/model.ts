import { emptyTally, type Tally } from '../../shared/counting.ts';
import { type Scoring, type SeedScoring, seedClass } from '../../shared/scoring.ts';
import { nameAt, type Snapshot } from '../../shared/snapshot.ts';
import type { Head } from '../../shared/store/heads.ts';
import { NameFinder } from './names.ts';

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
  /** The songs whose score is not 0: the first so many of these. */
  scored: Uint32Array;
  /** One sum an artist; 0 between requests. */
  artistSums: Float64Array;
  /** Songs of the artist who has most. */
  mostSongsOfArtist: number;
  tally: Tally;
  /** Where a song stands among some, from 1; 0 between requests. */
  places: Uint32Array;
  /** Titles of the most popular songs, names of artists and fractions as JSON, once told. */
  json: Record<'titles' | 'artists' | 'fractions', (string | undefined)[]>;
}

/** Songs and artists at most whose names are kept as JSON: a few MiB. */
const mostKept = 2 ** 16;

/** Parameters with what they make of each song. */
export interface SeedTables extends SeedScoring {
  /**
   * Two numbers a song, side by side because they are read together: what he gets of each unit
   * that his artist's songs got, kappa * n_j^tau / (n_a(j) + nu), and his damping, n_j^-b.
   */
  ofSong: Float32Array;
}

/** Prepares a snapshot for answering. */
export function toModel(head: Head, snapshot: Snapshot): Model {
  const { supports, artistSupports, facts } = snapshot;
  const songs = supports.length;
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
    scores: new Float64Array(songs),
    scored: new Uint32Array(songs),
    artistSums: new Float64Array(artistSupports.length),
    mostSongsOfArtist: mostSongsOfArtist(snapshot),
    tally: emptyTally(songs),
    places: new Uint32Array(songs),
    json: {
      titles: new Array(Math.min(mostKept, songs)),
      artists: new Array(Math.min(mostKept, artistSupports.length)),
      fractions: [],
    },
  };
}

/** At least 1; songs without an artist are nobody's. */
function mostSongsOfArtist({ artistOf, artistSupports }: Snapshot): number {
  const counts = new Uint32Array(artistSupports.length);
  let most = 1;
  for (let song = 0; song < artistOf.length; song++) {
    const artist = artistOf[song];
    if (artistSupports[artist] > 0) most = Math.max(most, ++counts[artist]);
  }
  return most;
}

/** The parameters for so many songs asked for. */
export function tablesFor(model: Model, songsAsked: number): SeedTables {
  const position = seedClass(songsAsked);
  model.tables[position] ??= toTables(model.snapshot, model.scoring.bySeeds[position]);
  return model.tables[position];
}

/** What parameters make of the songs of a snapshot. */
export function toTables(
  {
    supports,
    artistOf,
    artistSupports,
  }: Pick<Snapshot, 'supports' | 'artistOf' | 'artistSupports'>,
  parameters: SeedScoring,
): SeedTables {
  const { artistSpread, artistShrinkage, spreadExponent, popularityDamping } = parameters;
  // Songs stand by their supports, so that those of one support follow each other.
  const ofSong = new Float32Array(2 * supports.length);
  let [support, spread, damping] = [0, 0, 0];
  for (let song = 0; song < supports.length; song++) {
    if (supports[song] !== support) {
      support = supports[song];
      spread = artistSpread * support ** spreadExponent;
      damping = support ** -popularityDamping;
    }
    // Nobody is the artist of songs without one.
    const ofArtist = artistSupports[artistOf[song]];
    ofSong[2 * song] = ofArtist === 0 ? 0 : spread / (ofArtist + artistShrinkage);
    ofSong[2 * song + 1] = damping;
  }
  return { ...parameters, ofSong };
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
