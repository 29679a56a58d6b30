/**
 * The songs of an answer as JSON, and what led to each of them, from the tables that ../writer.ts
 * fills. The plain twin is `JSON.stringify` of what `toAnswer` in ../recommend.ts gives.
 */
import {
  backslash,
  begin,
  bracket,
  byte,
  comma,
  copyWithRoom,
  count,
  hasRoom,
  name,
  quote,
  writtenFrom,
} from './json';
import {
  antecedentAt,
  Column,
  entryOf,
  literal,
  matchAt,
  nowhere,
  places,
  songAt,
  Text,
} from './places';
import { findRules, writeReasons } from './reasons';

/** What is told of a song beside its score. */
export enum Told {
  Nothing,
  Popularity,
  Reasons,
}

/** Where what is ready is copied from next: it is in the order in which it is written. */
let next: usize = 0;

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
    else writePopularity(song.support);
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
    const match = matchAt(i);
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

function writePopularity(support: u32): void {
  literal(Text.Popular);
  count(support);
  literal(Text.End);
}
