import type { Numbers } from '../../shared/packing.ts';
import { canonicalArtist, canonicalTitle } from '../../shared/song.ts';
import { limits } from './limits.ts';
import type { Model } from './model.ts';
import type { NameFinder, Similar, Words } from './names.ts';

/** Words that are looked for one by one; a longer text is looked up as a whole only. */
export const mostWords = 8;

/** Bytes of an index that are read in the time in which a name is made and looked at. */
const bytesForName = 100;

/**
 * Songs for a text that somebody types, in classes, each by popularity, until there are enough:
 *
 * 1. the title is the text;
 * 2. the title begins with it (after a blank: with that word);
 * 3. the artist's name begins with it;
 * 4. each of its words begins a word of title or artist: the first some of one and the rest of the
 *    other, or all of one ("submarine", "let it be beatles", "beatles let");
 * 5. one edit makes it a title, then a name of an artist; then two edits.
 */
export function suggest(model: Model, typed: string, limit = limits.suggestions.default): number[] {
  const title = canonicalTitle(typed);
  const artist = canonicalArtist(typed);
  if (title === '') return [];
  const found = new Set<number>();
  const steps: ((best: MostPopular) => void)[] = [
    (best) => best.offerAll(songsOfTitle(model, model.titles.names.find(title))),
    (best) => offerTitles(model, /\s$/u.test(typed) ? `${title} ` : title, best),
    (best) => offerArtists(model, artist, best),
    (best) => offerWords(model, title.split(' '), best),
  ];
  const fill = (step: (best: MostPopular) => void) => {
    if (found.size === limit) return;
    const best = new MostPopular(limit - found.size, found);
    step(best);
    for (const song of best.songs) found.add(song);
  };
  for (const step of steps) fill(step);
  if (found.size === limit) return [...found];
  const titles = model.titles.similar(title);
  const artists = model.artists.similar(artist);
  for (const edits of [1, 2]) {
    const within = (similar: Similar[]) =>
      similar.filter((one) => one.edits === edits).map(({ name }) => name);
    fill((best) => {
      for (const name of within(titles)) best.offerAll(songsOfTitle(model, name));
    });
    fill((best) => {
      for (const name of within(artists)) best.offerAll(songsOfArtist(model, name));
    });
  }
  return [...found];
}

/** The songs of a title by its number in the index (none for -1), by popularity. */
export function songsOfTitle({ snapshot }: Model, name: number): Numbers {
  const { titleOffsets, titleSongs } = snapshot;
  return name === -1
    ? new Uint32Array()
    : titleSongs.subarray(titleOffsets[name], titleOffsets[name + 1]);
}

/** The songs of an artist by its number in the index (none for -1), by popularity. */
export function songsOfArtist({ snapshot }: Model, name: number): Numbers {
  const { artistOffsets, artistSongs } = snapshot;
  return name === -1
    ? new Uint32Array()
    : artistSongs.subarray(artistOffsets[name], artistOffsets[name + 1]);
}

/** Whether each word typed begins a word of the name. */
export function beginWords(words: readonly string[], name: string): boolean {
  return words.every((word) => name.startsWith(word) || name.includes(` ${word}`));
}

/** Whether the first some of the words are the title's and the rest the artist's, or vice versa. */
export function areWordsOf(words: readonly string[], title: string, artist: string): boolean {
  return [...words, ''].some((_, i) => {
    const [first, rest] = [words.slice(0, i), words.slice(i)];
    return (
      (beginWords(first, title) && beginWords(rest, artist)) ||
      (beginWords(first, artist) && beginWords(rest, title))
    );
  });
}

function offerTitles(model: Model, beginning: string, best: MostPopular): void {
  const { titleOffsets, titleSongs } = model.snapshot;
  const [first, end] = model.titles.names.range(beginning);
  // The titles stand together, and so do their songs.
  best.offerAll(titleSongs.subarray(titleOffsets[first], titleOffsets[end]), false);
}

function offerArtists(model: Model, beginning: string, best: MostPopular): void {
  const [first, end] = model.artists.names.range(beginning);
  for (let name = first; name < end; name++) best.offerAll(songsOfArtist(model, name));
}

/** A word typed: its places among the others, as bits, and the words that begin so. */
interface TypedWord {
  places: number;
  inTitles: Words;
  inArtists: Words;
}

/**
 * Songs with the rarest word in title or artist. The name that has it must have the words before it,
 * too, or those behind it; what it lacks must be in the song's other name. A word is looked up for
 * all these names at once, where that is cheaper than to look at each name.
 */
function offerWords(model: Model, words: readonly string[], best: MostPopular): void {
  if (words.length > mostWords) return;
  const { titles, artists, snapshot, scored: songs } = model;
  const { titleOf, titleOffsets, titleSongs, artistOf, artistOffsets, artistSongs } = snapshot;
  const typed = [...new Set(words)]
    .map((word): TypedWord => {
      const places = words.reduce((bits, one, i) => (one === word ? bits | (1 << i) : bits), 0);
      return { places, inTitles: titles.wordsWith(word), inArtists: artists.wordsWith(word) };
    })
    .sort((a, b) => a.inTitles.bytes + a.inArtists.bytes - b.inTitles.bytes - b.inArtists.bytes);
  const place = first(~typed[0].places);
  const titlesWith = titles.watchWith(typed[0].inTitles);
  const artistsWith = artists.watchWith(typed[0].inArtists);
  let unknownOfTitles = markTitles(titles, typed, titlesWith.length);
  let unknownOfArtists = markArtists(artists, typed, artistsWith.length);
  let count = 0;
  for (const title of titlesWith) {
    if (!reaches(titles.marksOf(title) | unknownOfTitles, place, words.length)) continue;
    const end = titleOffsets[title + 1];
    for (let at = titleOffsets[title]; at < end; at++) songs[count++] = titleSongs[at];
  }
  const byTitle = count;
  for (const artist of artistsWith) {
    if (!reaches(artists.marksOf(artist) | unknownOfArtists, place, words.length)) continue;
    const end = artistOffsets[artist + 1];
    for (let at = artistOffsets[artist]; at < end; at++) {
      const song = artistSongs[at];
      const marks = titles.marksOf(titleOf[song]);
      const isKnown = marks !== 0 && reaches(marks | unknownOfTitles, place, words.length);
      if (!isKnown) songs[count++] = song;
    }
  }
  for (let at = 0; at < byTitle; at++) artists.watch(artistOf[songs[at]]);
  for (let at = byTitle; at < count; at++) titles.watch(titleOf[songs[at]]);
  unknownOfTitles |= markTitles(titles, typed, count - byTitle);
  unknownOfArtists |= markArtists(artists, typed, byTitle);
  for (const song of songs.subarray(0, count)) {
    if (!best.takes(song)) continue;
    const ofTitle = titles.marksOf(titleOf[song]);
    const ofArtist = artists.marksOf(artistOf[song]);
    const fits =
      areMarksOf(words.length, ofTitle, ofArtist) ||
      (areMarksOf(words.length, ofTitle | unknownOfTitles, ofArtist | unknownOfArtists) &&
        hasWords(model, song, words));
    if (fits) best.offer(song);
  }
  titles.unwatch();
  artists.unwatch();
}

/**
 * Marks the words in the titles watched, if that is cheaper than to look at so many of them.
 * @returns The places of the other words.
 */
function markTitles(titles: NameFinder, typed: readonly TypedWord[], names: number): number {
  let unknown = 0;
  for (const { places, inTitles } of typed) {
    if (inTitles.bytes > names * bytesForName) unknown |= places;
    else titles.mark(inTitles, places);
  }
  return unknown;
}

/** The same for artists. */
function markArtists(artists: NameFinder, typed: readonly TypedWord[], names: number): number {
  let unknown = 0;
  for (const { places, inArtists } of typed) {
    if (inArtists.bytes > names * bytesForName) unknown |= places;
    else artists.mark(inArtists, places);
  }
  return unknown;
}

function hasWords({ titles, artists, snapshot }: Model, song: number, words: readonly string[]) {
  const title = titles.names.nameAt(snapshot.titleOf[song]);
  return areWordsOf(words, title, artists.names.nameAt(snapshot.artistOf[song]));
}

/** `areWordsOf` by marks: of the title's and the artist's words, by their places. */
function areMarksOf(words: number, ofTitle: number, ofArtist: number): boolean {
  return (
    first(ofTitle) + last(ofArtist, words) >= words ||
    first(ofArtist) + last(ofTitle, words) >= words
  );
}

/** Whether a name has the word at a place with all before it, or with all behind it. */
function reaches(marks: number, place: number, words: number): boolean {
  return first(marks) > place || last(marks, words) >= words - place;
}

/** How many marks are set from the first on. */
function first(marks: number): number {
  return 31 - Math.clz32(~marks & (marks + 1));
}

/** How many of so many marks are set up to the last one. */
function last(marks: number, count: number): number {
  return Math.clz32(~(marks << (32 - count)));
}

/** The best so many songs of those offered, which are those of the smallest numbers. */
class MostPopular {
  readonly songs: number[] = [];
  readonly #limit: number;
  readonly #known: ReadonlySet<number>;

  constructor(limit: number, known: ReadonlySet<number>) {
    this.#limit = limit;
    this.#known = known;
  }

  /** Whether a song would be one of the best. */
  takes(song: number): boolean {
    return !this.#isBehind(song) && !this.#known.has(song);
  }

  offer(song: number): void {
    if (!this.takes(song)) return;
    let place = this.songs.length;
    while (place > 0 && this.songs[place - 1] > song) place--;
    this.songs.splice(place, 0, song);
    if (this.songs.length > this.#limit) this.songs.pop();
  }

  /** @param ascend Whether the songs do: then all are behind that follow one that is. */
  offerAll(songs: Numbers, ascend = true): void {
    for (const song of songs) {
      if (ascend && this.#isBehind(song)) return;
      this.offer(song);
    }
  }

  #isBehind(song: number): boolean {
    return this.songs.length === this.#limit && song >= this.songs[this.#limit - 1];
  }
}
