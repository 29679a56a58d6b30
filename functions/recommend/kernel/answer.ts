/**
 * The songs of an answer as JSON, and what led to each of them. Its plain twins are `explain` in
 * ../explain.ts and `JSON.stringify` of what `toAnswer` in ../recommend.ts gives. It works on tables
 * that ../writer.ts fills: what stands here in a class is a row of one, and a row's numbers follow
 * each other there in the same order.
 */
import { entry } from './entry';
import {
  backslash,
  begin,
  bracket,
  byte,
  comma,
  copy,
  copyWithRoom,
  count,
  decimal,
  hasRoom,
  name,
  quote,
  writtenFrom,
} from './json';
import { findRule, toldWeightOf } from './score';

/** Where everything is. */
@unmanaged
class Places {
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
enum Column {
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
class Song {
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
class Antecedent {
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
class Match {
  song: u32;
  others: u32;
  isCorrected: u32;
}

/** Texts by their numbers in ../writer.ts. */
enum Text {
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

/** What is told of a song beside its score. */
export enum Told {
  Nothing,
  Popularity,
  Reasons,
}

/** No place among the antecedents. */
const nowhere = u32.MAX_VALUE;
/** Reasons that are given for one song at most. */
const mostReasons = 3;

let places: Places = changetype<Places>(0);
/** Where what is ready is copied from next: it is in the order in which it is written. */
let next: usize = 0;

export function openAnswers(placesAt: usize): void {
  places = changetype<Places>(placesAt);
}

/**
 * Writes an answer: the songs, each of them with his reasons, and what was asked for.
 * @param readyBytes How much of it is ready.
 * @returns Bytes written; 0 without room.
 */
export function writeAnswer(
  songCount: u32,
  antecedentCount: u32,
  told: Told,
  matchCount: u32,
  readyBytes: u32,
): u32 {
  lookUp(songCount, antecedentCount);
  begin(places.output, places.outputEnd);
  next = places.ready;
  literal(Text.Songs);
  for (let i: u32 = 0; i < songCount; i++) {
    const song = songAt(i);
    if (i > 0) byte(comma);
    name(song.title, song.titleEnd);
  }
  literal(Text.Between);
  if (told === Told.Reasons) findRules(songCount, antecedentCount);
  writeEach(songCount, antecedentCount, told);
  literal(Text.Matched);
  writeMatches(matchCount);
  literal(Text.Unmatched);
  writeRest(readyBytes);
  return writtenFrom(places.output);
}

/**
 * Writes a line of a batch's answer behind so many bytes that are there: each song, and the end.
 * @param readyBytes How much of it is ready.
 * @returns Bytes written; 0 without room.
 */
export function writeLine(behind: u32, songCount: u32, readyBytes: u32): u32 {
  lookUp(songCount, 0);
  begin(places.output + behind, places.outputEnd);
  next = places.ready;
  literal(Text.Briefly);
  writeEach(songCount, 0, Told.Nothing);
  literal(Text.Unmatched);
  writeRest(readyBytes);
  return writtenFrom(places.output);
}

/** Completes the rows of the songs. */
function lookUp(songCount: u32, antecedentCount: u32): void {
  for (let i: u32 = 0; i < songCount; i++) {
    const song = songAt(i);
    const number = song.number;
    const artist = entryOf(Column.ArtistOf, number);
    song.title = places.titleBytes + entryOf(Column.TitleOffsets, number);
    song.titleEnd = places.titleBytes + entryOf(Column.TitleOffsets, number + 1);
    song.artist = places.artistBytes + entryOf(Column.ArtistOffsets, artist);
    song.artistEnd = places.artistBytes + entryOf(Column.ArtistOffsets, artist + 1);
    song.artistNumber = places.songCount + artist;
    song.artistPlace = nowhere;
    for (let k: u32 = 0; k < antecedentCount; k++) {
      if (antecedentAt(k).number === song.artistNumber) song.artistPlace = k;
    }
    song.support = entryOf(Column.Supports, number);
    song.artistSupport = entryOf(Column.ArtistSupports, artist);
  }
}

function literal(text: Text): void {
  const pair = places.texts + ((<usize>text) << 3);
  copy(load<u32>(pair), load<u32>(pair, 4));
}

function writeEach(songCount: u32, antecedentCount: u32, told: Told): void {
  for (let i: u32 = 0; i < songCount; i++) {
    const song = songAt(i);
    literal(i === 0 ? Text.FirstTrack : Text.NextTrack);
    name(song.title, song.titleEnd);
    literal(Text.Artist);
    name(song.artist, song.artistEnd);
    if (!hasRoom()) return;
    literal(Text.Score);
    writeScore();
    if (told === Told.Nothing) {
      literal(Text.End);
      continue;
    }
    literal(Text.Because);
    if (told === Told.Reasons) writeReasons(i, songCount, antecedentCount);
    else writePopularity(song);
    literal(Text.EndOfReasons);
  }
  endList(songCount);
}

/** The next score of their list. */
function writeScore(): void {
  // What it begins with, or what parts it from the one before.
  next++;
  for (; load<u8>(next) !== comma && load<u8>(next) !== bracket; next++) byte(load<u8>(next));
}

/** Passes over what ends a list of so many, all of which are written; the bracket of an empty one, too. */
function endList(count: u32): void {
  next += count === 0 ? 2 : 1;
}

function writeMatches(matchCount: u32): void {
  for (let i: u32 = 0; i < matchCount; i++) {
    if (!hasRoom()) return;
    const match = changetype<Match>(places.matches + i * offsetof<Match>());
    const artist = entryOf(Column.ArtistOf, match.song);
    literal(i === 0 ? Text.Asked : Text.NextAsked);
    writeAsked();
    literal(Text.Track);
    columnName(Column.TitleOffsets, places.titleBytes, match.song);
    literal(Text.Artist);
    columnName(Column.ArtistOffsets, places.artistBytes, artist);
    literal(Text.Others);
    count(match.others);
    if (match.isCorrected) literal(Text.Corrected);
    literal(Text.End);
  }
  endList(matchCount);
}

/** The next title of their list, with its quotes. */
function writeAsked(): void {
  const start = ++next;
  while (load<u8>(++next) !== quote) if (load<u8>(next) === backslash) next++;
  next++;
  copyWithRoom(start, next - start);
}

function columnName(offsets: Column, bytes: usize, i: u32): void {
  name(bytes + entryOf(offsets, i), bytes + entryOf(offsets, i + 1));
}

/** What is ready behind its lists. */
function writeRest(readyBytes: u32): void {
  copyWithRoom(next, places.ready + readyBytes - next);
}

function writePopularity(song: Song): void {
  literal(Text.Popular);
  count(song.support);
  literal(Text.End);
}

/** Finds the rules from each antecedent to each song, where they are listed. */
function findRules(songCount: u32, antecedentCount: u32): void {
  for (let i: u32 = 0, cell: usize = 0; i < antecedentCount; i++) {
    const antecedent = antecedentAt(i);
    const start = antecedent.firstRule;
    const end = antecedent.endOfRules;
    if (start === end) {
      cell += songCount;
      continue;
    }
    for (let k: u32 = 0; k < songCount; k++, cell++) {
      const rule = findRule(start, end, songAt(k).number);
      store<u32>(places.rules + (cell << 2), rule + 1);
      store<u32>(places.weights + (cell << 2), rule === nowhere ? 0 : weightOf(rule));
    }
  }
}

/** What gave song i its score, the strongest first; of equals the antecedent's number decides. */
function writeReasons(i: u32, songCount: u32, antecedentCount: u32): void {
  const song = songAt(i);
  let sum: f64 = 0;
  for (let k: u32 = 0; k < antecedentCount; k++) {
    const weight = load<u32>(places.weights + cellOf(k, i, songCount));
    const share = <f64>weight * load<f64>(places.factors + ((<usize>k) << 3));
    give(k, share);
    sum += share;
  }
  give(antecedentCount, 0);
  let own = song.artistPlace;
  if (own === nowhere || givenBy(own) === 0) own = antecedentCount;
  const rest = load<f64>(places.totals + ((<usize>i) << 3)) - sum;
  if (rest > 0) give(own, givenBy(own) + rest);
  let total: f64 = 0;
  for (let k: u32 = 0; k <= antecedentCount; k++) total += givenBy(k);
  for (let reason = 0; reason < mostReasons; reason++) {
    const strongest = strongestOf(antecedentCount, song.artistNumber);
    const given = givenBy(strongest);
    if (given === 0) break;
    give(strongest, 0);
    if (!hasRoom()) return;
    if (reason > 0) byte(comma);
    if (strongest === own) {
      literal(Text.ByArtist);
      name(song.artist, song.artistEnd);
      literal(Text.Together);
      count(song.support);
      literal(Text.Given);
      count(song.artistSupport);
    } else {
      writeAntecedent(antecedentAt(strongest), song, cellOf(strongest, i, songCount));
    }
    literal(Text.Share);
    decimal(given / total);
    literal(Text.End);
  }
}

function writeAntecedent(antecedent: Antecedent, song: Song, cell: usize): void {
  literal(antecedent.isArtist ? Text.ByArtist : Text.ByRule);
  for (let i = antecedent.firstName; i < antecedent.endOfNames; i++) {
    if (i > antecedent.firstName) byte(comma);
    const pair = places.names + ((<usize>i) << 3);
    name(load<u32>(pair), load<u32>(pair, 4));
  }
  const told = load<u32>(places.rules + cell);
  const isListed = antecedent.firstRule !== antecedent.endOfRules;
  const together = isListed ? togetherOf(told - 1) : told;
  literal(antecedent.isArtist ? Text.Together : Text.RuleTogether);
  count(together);
  literal(Text.Given);
  count(antecedent.support);
  if (antecedent.isArtist) return;
  const confidence = <f64>together / <f64>antecedent.support;
  literal(Text.Confidence);
  decimal(confidence);
  literal(Text.Lift);
  decimal((confidence * <f64>places.transactions) / <f64>song.support);
}

/** Who gave most, the song's artist being numbered behind the antecedents. */
function strongestOf(antecedentCount: u32, artistNumber: u32): u32 {
  let best = antecedentCount;
  let most = givenBy(best);
  let bestNumber = artistNumber;
  for (let k: u32 = 0; k < antecedentCount; k++) {
    const given = givenBy(k);
    const number = antecedentAt(k).number;
    if (given < most || (given === most && number > bestNumber)) continue;
    best = k;
    most = given;
    bestNumber = number;
  }
  return best;
}

/** Playlists that hold a listed rule. */
function togetherOf(rule: u32): u32 {
  const told = entryOf(Column.RuleTogether, rule);
  if (told !== 255) return told;
  const place = placeAmong(places.frequentRules, places.frequentCount, rule);
  return place === nowhere ? told : entryOf(Column.FrequentTogether, place);
}

/** What a listed rule weighs. */
function weightOf(rule: u32): u32 {
  const told = toldWeightOf(rule);
  if (told !== 65_535) return told;
  const place = placeAmong(places.heavyRules, places.heavyCount, rule);
  return place === nowhere ? told : entryOf(Column.HeavyWeights, place);
}

/** Where a rule stands among ascending ones, or nowhere. */
function placeAmong(rules: usize, count: u32, rule: u32): u32 {
  if (count === 0) return nowhere;
  let first: u32 = 0;
  for (let left = count; left > 1; ) {
    const half = left >> 1;
    if (load<u32>(rules + ((<usize>(first + half)) << 2)) <= rule) first += half;
    left -= half;
  }
  return load<u32>(rules + ((<usize>first) << 2)) === rule ? first : nowhere;
}

function entryOf(column: Column, i: u32): u32 {
  const pair = places.columns + ((<usize>column) << 3);
  return entry(load<u32>(pair), load<u32>(pair, 4), i);
}

function songAt(i: u32): Song {
  return changetype<Song>(places.songs + i * offsetof<Song>());
}

function antecedentAt(i: u32): Antecedent {
  return changetype<Antecedent>(places.antecedents + i * offsetof<Antecedent>());
}

function cellOf(antecedent: u32, song: u32, songCount: u32): usize {
  return (<usize>antecedent * songCount + song) << 2;
}

function givenBy(antecedent: u32): f64 {
  return load<f64>(places.given + ((<usize>antecedent) << 3));
}

function give(antecedent: u32, share: f64): void {
  store<f64>(places.given + ((<usize>antecedent) << 3), share);
}
