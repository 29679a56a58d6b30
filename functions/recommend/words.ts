import type { Numbers } from '../../shared/packing.ts';
import type { Model } from './model.ts';
import type { NameFinder, Words } from './names.ts';

/** Words that are looked for one by one, a bit of a byte for each. */
export const mostWords = 8;

/** Bytes of an index that are read in the time in which a name is made and looked at. */
const bytesForName = 100;

/** A word typed: its places among the others, as bits, and the words of an index that begin so. */
interface TypedWord extends Words {
  word: string;
  places: number;
}

/**
 * Songs of which each word typed begins a word of the title or of the artist's name: the first some
 * one of one and the rest one of the other, or all of one.
 *
 * Candidates are the songs with the rarest word in title or artist. The name that has it must have
 * the words before it, too, or those behind it; what it lacks must be in the song's other name.
 * @returns In no order; good until the model is asked something else.
 */
export function songsWith(model: Model, words: readonly string[]): Numbers {
  const { titles, artists, snapshot, scored: songs } = model;
  const { titleOf, titleOffsets, titleSongs, artistOf, artistOffsets, artistSongs } = snapshot;
  const inTitles = typedIn(titles, words);
  const inArtists = typedIn(artists, words);
  const costs = inTitles.map(({ bytes }, i) => bytes + inArtists[i].bytes);
  const rarest = costs.indexOf(Math.min(...costs));
  const place = first(~inTitles[rarest].places);
  const titlesWith = titles.watchWith(inTitles[rarest]);
  const artistsWith = artists.watchWith(inArtists[rarest]);
  markAll(titles, titlesWith, inTitles);
  markAll(artists, artistsWith, inArtists);
  let count = 0;
  for (const title of titlesWith) {
    if (!reaches(titles.marksOf(title), place, words.length)) continue;
    const end = titleOffsets[title + 1];
    for (let at = titleOffsets[title]; at < end; at++) songs[count++] = titleSongs[at];
  }
  const byTitle = count;
  for (const artist of artistsWith) {
    if (!reaches(artists.marksOf(artist), place, words.length)) continue;
    const end = artistOffsets[artist + 1];
    for (let at = artistOffsets[artist]; at < end; at++) {
      const song = artistSongs[at];
      if (!reaches(titles.marksOf(titleOf[song]), place, words.length)) songs[count++] = song;
    }
  }
  for (let at = 0; at < byTitle; at++) artists.watch(artistOf[songs[at]]);
  for (let at = byTitle; at < count; at++) titles.watch(titleOf[songs[at]]);
  markAll(titles, titles.watched.subarray(titlesWith.length), inTitles);
  markAll(artists, artists.watched.subarray(artistsWith.length), inArtists);
  let kept = 0;
  for (let at = 0; at < count; at++) {
    const song = songs[at];
    const ofTitle = titles.marksOf(titleOf[song]);
    const ofArtist = artists.marksOf(artistOf[song]);
    if (areMarksOf(words.length, ofTitle, ofArtist)) songs[kept++] = song;
  }
  titles.unwatch();
  artists.unwatch();
  return songs.subarray(0, kept);
}

/** Each different word once. */
function typedIn(finder: NameFinder, words: readonly string[]): TypedWord[] {
  return [...new Set(words)].map((word) => ({
    word,
    places: words.reduce((bits, other, i) => (other === word ? bits | (1 << i) : bits), 0),
    ...finder.wordsWith(word),
  }));
}

/**
 * Marks names that are watched with the words that they have. A word is looked up for all of them
 * at once, or each of them is looked at, whichever is cheaper.
 */
function markAll(finder: NameFinder, names: Uint32Array, typed: readonly TypedWord[]): void {
  const isCheap = ({ bytes }: TypedWord) => bytes <= names.length * bytesForName;
  for (const word of typed) if (isCheap(word)) finder.mark(word, word.places);
  const others = typed.filter((word) => !isCheap(word));
  if (others.length === 0) return;
  for (const name of names) {
    const text = ` ${finder.names.nameAt(name)}`;
    for (const { word, places } of others) {
      if (text.includes(` ${word}`)) finder.markName(name, places);
    }
  }
}

/** Whether the first some of the words are the title's and the rest the artist's, or vice versa. */
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
