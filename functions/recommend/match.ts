import { canonicalArtist, canonicalTitle } from '../../shared/song.ts';
import type { Model } from './model.ts';
import type { Similar } from './names.ts';
import { ruleOf, supportOf } from './rules/lookup.ts';
import { songsOfArtist, songsOfTitle } from './suggest.ts';

/** A song as somebody asks for it: a title, or a title and an artist. */
export type Asked = string | { track: string; artist?: string };

/** A song that was found. */
export interface Match {
  /** The title asked for. */
  asked: string;
  song: number;
  /** Songs of the same title by other artists. */
  others: number;
  /** Whether it was found although it was misspelt. */
  corrected: boolean;
}

/** Whom songs asked for are taken for. */
export interface Matches {
  matched: Match[];
  /** Titles that the model does not know. */
  unmatched: string[];
  /** Artists given with those titles, where the model knows them, without repeats. */
  artists: number[];
}

/** Songs that may be meant: more than one where only the title is known. */
interface Candidates {
  /** By popularity. */
  songs: number[];
  corrected: boolean;
}

/** Misspelt names that are looked for in one request: each takes as long as a recommendation. */
export const mostCorrections = 20;
/** Songs of one title among which the other songs decide. */
const mostHomonyms = 100;
/** Playlists added to a count, so that one in a single playlist claims little (see `score.ts`). */
const shrinkage = 10;
/** What a song of an artist says for his others, as a share of playlists that would have both. */
const sameArtist = 0.1;

/**
 * Finds the songs that are meant: by title and artist where both are given, be it as one text
 * ("Yesterday - The Beatles", "The Beatles - Yesterday"). Of several songs of a title the other
 * songs asked for decide, by how many of their playlists have it and by who made them; else it is
 * the one in most playlists. A misspelt name is corrected where only one is as near.
 */
export function matchSongs(model: Model, asked: readonly Asked[]): Matches {
  let corrections = 0;
  const found: (Candidates | undefined)[] = [];
  // A title with several songs stands for the one in most playlists until it is decided.
  const company: number[] = [];
  for (const one of asked) {
    const names = toNames(one);
    const exact = exactly(model, names);
    const songs = exact ?? (corrections++ < mostCorrections ? nearly(model, names) : undefined);
    found.push(songs && { songs, corrected: exact === undefined });
    if (songs !== undefined && !company.includes(songs[0])) company.push(songs[0]);
  }
  const matches: Matches = { matched: [], unmatched: [], artists: [] };
  const { titleOf, titleOffsets } = model.snapshot;
  for (let i = 0; i < asked.length; i++) {
    const candidates = found[i];
    const { track, artist } = toNames(asked[i]);
    if (candidates === undefined) {
      matches.unmatched.push(track);
      const known = findUnknownsArtist(model, track, artist);
      if (known !== -1 && !matches.artists.includes(known)) matches.artists.push(known);
      continue;
    }
    const { songs, corrected } = candidates;
    const song = songs.length === 1 ? songs[0] : decide(model, songs, company);
    const title = titleOf[song];
    const others = titleOffsets[title + 1] - titleOffsets[title] - 1;
    matches.matched.push({ asked: track, song, others, corrected });
  }
  return matches;
}

/** The songs that are not to be recommended: all of a title where no artist is given. */
export function matchExcluded(model: Model, excluded: readonly Asked[]): Set<number> {
  return new Set(excluded.flatMap((one) => exactly(model, toNames(one)) ?? []));
}

interface Names {
  track: string;
  artist?: string;
}

function toNames(asked: Asked): Names {
  return typeof asked === 'string' ? { track: asked } : asked;
}

/** The songs of names that are spelled rightly; undefined when there is none. */
function exactly(model: Model, { track, artist }: Names): number[] | undefined {
  if (artist !== undefined) return songBy(model, track, artist);
  for (const pair of asPairs(track)) {
    const song = songBy(model, pair.track, pair.artist);
    if (song !== undefined) return song;
  }
  const songs = songsOfTitle(model, findTitle(model, track));
  return songs.length === 0 ? undefined : songs;
}

/** The songs of names of which one is misspelt, where only one name is as near. */
function nearly(model: Model, { track, artist }: Names): number[] | undefined {
  if (artist !== undefined) return songNear(model, track, artist);
  const [pair] = asPairs(track);
  const song = pair && songNear(model, pair.track, pair.artist);
  if (song !== undefined) return song;
  const title = onlyNearest(model.titles.similar(canonicalTitle(track)));
  return title === undefined ? undefined : songsOfTitle(model, title);
}

/** A text as answers are printed, and the other way round; a dash can be part of a title as well. */
function asPairs(text: string): Required<Names>[] {
  const first = text.indexOf(' - ');
  if (first === -1) return [];
  const last = text.lastIndexOf(' - ');
  return [
    { track: text.slice(0, last), artist: text.slice(last + 3) },
    { track: text.slice(first + 3), artist: text.slice(0, first) },
  ];
}

function songBy(model: Model, track: string, artist: string): number[] | undefined {
  const by = findArtist(model, artist);
  const song = songsOfTitle(model, findTitle(model, track)).find(
    (one) => model.snapshot.artistOf[one] === by,
  );
  return song === undefined ? undefined : [song];
}

/** The one song with the title, or one like it, by the artist, or one like him. */
function songNear(model: Model, track: string, artist: string): number[] | undefined {
  const { titleOf: titles, artistOf: artists } = model.snapshot;
  const by = findArtist(model, artist);
  const own = new Map(Array.from(songsOfArtist(model, by), (song) => [titles[song], song]));
  const title = onlyNearest(
    model.titles.similar(canonicalTitle(track)).filter(({ name }) => own.has(name)),
  );
  if (title !== undefined) return [own.get(title) as number];
  const namesakes = songsOfTitle(model, findTitle(model, track));
  const byArtist = new Map(namesakes.map((song) => [artists[song], song]));
  const like = onlyNearest(
    model.artists.similar(canonicalArtist(artist)).filter(({ name }) => byArtist.has(name)),
  );
  return like === undefined ? undefined : [byArtist.get(like) as number];
}

/** The name with fewest edits, unless another has as few. */
function onlyNearest(similar: readonly Similar[]): number | undefined {
  const [first, second] = similar;
  return first === undefined || second?.edits === first.edits ? undefined : first.name;
}

/** The artist given with a song that the model does not know, or -1. */
function findUnknownsArtist(model: Model, track: string, artist: string | undefined): number {
  const given = artist === undefined ? asPairs(track).map((pair) => pair.artist) : [artist];
  return given.map((name) => findArtist(model, name)).find((found) => found !== -1) ?? -1;
}

function findTitle(model: Model, title: string): number {
  return model.titles.names.find(canonicalTitle(title));
}

/** Nobody (-1) for a name without any letter or sign. */
function findArtist(model: Model, artist: string): number {
  return model.artists.names.find(canonicalArtist(artist));
}

/** The song of a title that keeps the best company; of equals the one in most playlists. */
function decide(model: Model, songs: readonly number[], company: readonly number[]): number {
  const candidates = songs.slice(0, mostHomonyms);
  const others = company.filter((song) => !candidates.includes(song));
  let best = candidates[0];
  let most = 0;
  for (const song of candidates) {
    const value = companyOf(model, song, others);
    if (value > most) {
      best = song;
      most = value;
    }
  }
  return best;
}

/** How much the others speak for a song: the sum of shrunk confidences, and of shared artists. */
function companyOf(model: Model, song: number, others: readonly number[]): number {
  const { artistOf } = model.snapshot;
  const shared = others.filter((other) => artistOf[other] === artistOf[song]).length;
  return others.reduce(
    (sum, other) =>
      sum + ruleOf(model, other, song).together / (supportOf(model, other) + shrinkage),
    shared * sameArtist,
  );
}
