import { emptyTally, type Tally } from '../../shared/counting.ts';
import { type Scoring, type SeedScoring, seedClass } from '../../shared/scoring.ts';
import { nameAt, type Snapshot } from '../../shared/snapshot.ts';
import type { Head } from '../../shared/store.ts';
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
  /** The artists whose sum is not 0: the first so many of these. */
  summed: Uint32Array;
  /** Songs of the artist who has most. */
  mostSongsOfArtist: number;
  tally: Tally;
  /** Where a song stands among some, from 1; 0 between requests. */
  places: Uint32Array;
}

/** Parameters with the powers that they need, by number of playlists. */
export interface SeedTables extends SeedScoring {
  /** n^-b. */
  damping: Float64Array;
  /** n^tau. */
  spread: Float64Array;
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
    summed: new Uint32Array(artistSupports.length),
    mostSongsOfArtist: mostSongsOfArtist(snapshot),
    tally: emptyTally(songs),
    places: new Uint32Array(songs),
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
  model.tables[position] ??= toTables(
    model.scoring.bySeeds[position],
    model.snapshot.supports[0] ?? 0,
  );
  return model.tables[position];
}

/** Powers up to the support of the most popular song. */
export function toTables(parameters: SeedScoring, highest: number): SeedTables {
  const powers = (exponent: number) =>
    Float64Array.from({ length: highest + 1 }, (_, support) => support ** exponent);
  return {
    ...parameters,
    damping: powers(-parameters.popularityDamping),
    spread: powers(parameters.spreadExponent),
  };
}

/** A song's title as its data set spells it. */
export function titleOf({ snapshot }: Model, song: number): string {
  return nameAt(snapshot.titles, song);
}

/** The name of a song's artist; "" when the data set has none. */
export function artistOf({ snapshot }: Model, song: number): string {
  return nameAt(snapshot.artists, snapshot.artistOf[song]);
}
