import { nameAt, type Scoring, type Snapshot } from '../../shared/snapshot.ts';
import type { Head } from '../../shared/store.ts';
import { NameFinder } from './names.ts';

/** A snapshot ready to answer: what is counted from it once, and memory that requests share. */
export interface Model {
  head: Head;
  snapshot: Snapshot;
  scoring: Scoring;
  /** Number of songs. */
  songs: number;
  /** Number of playlists. */
  transactions: number;
  /** Canonical titles and names of artists, by what is asked for. */
  titles: NameFinder;
  artists: NameFinder;
  /** n^-b by support n. */
  damping: Float64Array;
  /** One score a song, only meaningful where `stamps` has the number of the request at work. */
  scores: Float64Array;
  stamps: Uint32Array;
  stamp: number;
}

/** Prepares a snapshot for answering. */
export function toModel(head: Head, snapshot: Snapshot): Model {
  const { supports, facts } = snapshot;
  const { popularityDamping } = facts.scoring;
  return {
    head,
    snapshot,
    scoring: facts.scoring,
    songs: supports.length,
    transactions: facts.counts.transactions,
    titles: new NameFinder(snapshot.titleIndex),
    artists: new NameFinder(snapshot.artistIndex),
    damping: Float64Array.from(
      { length: (supports[0] ?? 0) + 1 },
      (_, support) => support ** -popularityDamping,
    ),
    scores: new Float64Array(supports.length),
    stamps: new Uint32Array(supports.length),
    stamp: 0,
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
