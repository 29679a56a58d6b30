/**
 * The tables that ../writer.ts fills: what stands here in a class is a row of one, and a row's numbers
 * follow each other there in the same order.
 */
import { entry } from './entry';
import { copy } from './json';

/** Where everything is. */
@unmanaged
export class Places {
  /** What is written, and where it must end. */
  output: usize;
  outputEnd: usize;
  /** The texts between names and numbers: of each where it is, and its length. */
  texts: usize;
  songs: usize;
  /** Of each song 8 bytes: what the rules and his artist gave him together, or 0 for no artist's. */
  totals: usize;
  antecedents: usize;
  /** Of each antecedent 8 bytes. */
  factors: usize;
  /** Of each antecedent and song: the weight of the rule. */
  weights: usize;
  /** And the rule itself plus 1, or 0 for none; where its rules are counted, the playlists of both. */
  rules: usize;
  /** Of each antecedent, and of the song's artist, 8 bytes: what it gave to one song. */
  given: usize;
  /** Where a name begins and ends. */
  names: usize;
  /** What is JSON already: the lists of the scores and of the titles asked for, and an answer's end. */
  ready: usize;
  /** What the songs asked for were taken for. */
  matches: usize;
  /** Of each `Column` where it is, and the bytes of an entry. */
  columns: usize;
  titleBytes: usize;
  artistBytes: usize;
  /** Columns of the snapshot that are copied: their entries have 4 bytes. */
  frequentRules: usize;
  frequentCount: u32;
  heavyRules: usize;
  heavyCount: u32;
  /** Number of songs, and of playlists. */
  songCount: u32;
  transactions: u32;
}

/** Columns of the snapshot by their numbers in ../writer.ts; see there what they are. */
export enum Column {
  TitleOffsets,
  ArtistOffsets,
  ArtistOf,
  Supports,
  ArtistSupports,
  RuleTogether,
  FrequentTogether,
  HeavyWeights,
}

@unmanaged
export class Song {
  /** It alone is given: the rest is looked up. */
  number: u32;
  title: usize;
  titleEnd: usize;
  artist: usize;
  artistEnd: usize;
  /** Number of his artist as an antecedent, and where that stands among those of the answer. */
  artistNumber: u32;
  artistPlace: u32;
  support: u32;
  artistSupport: u32;
}

@unmanaged
export class Antecedent {
  number: u32;
  isArtist: u32;
  support: u32;
  /** Its names among `names`: from one up to another. */
  firstName: u32;
  endOfNames: u32;
  /** Its listed rules; none where they are counted. */
  firstRule: u32;
  endOfRules: u32;
}

/** What a song that was asked for was taken for. */
@unmanaged
export class Match {
  song: u32;
  others: u32;
  isCorrected: u32;
}

/** Texts by their numbers in ../writer.ts. */
export enum Text {
  Songs,
  Between,
  FirstTrack,
  NextTrack,
  Artist,
  Score,
  Because,
  Popular,
  ByArtist,
  ByRule,
  Together,
  RuleTogether,
  Given,
  Confidence,
  Lift,
  Share,
  End,
  EndOfReasons,
  Briefly,
  Matched,
  Asked,
  NextAsked,
  Track,
  Others,
  Corrected,
  Unmatched,
}

/** No place among the antecedents. */
export const nowhere = u32.MAX_VALUE;

export let places: Places = changetype<Places>(0);
export function openAnswers(placesAt: usize): void {
  places = changetype<Places>(placesAt);
}

export function literal(text: Text): void {
  const pair = places.texts + ((<usize>text) << 3);
  copy(load<u32>(pair), load<u32>(pair, 4));
}

export function entryOf(column: Column, i: u32): u32 {
  const pair = places.columns + ((<usize>column) << 3);
  return entry(load<u32>(pair), load<u32>(pair, 4), i);
}

export function songAt(i: u32): Song {
  return changetype<Song>(places.songs + i * offsetof<Song>());
}

export function matchAt(i: u32): Match {
  return changetype<Match>(places.matches + i * offsetof<Match>());
}

export function antecedentAt(i: u32): Antecedent {
  return changetype<Antecedent>(places.antecedents + i * offsetof<Antecedent>());
}
