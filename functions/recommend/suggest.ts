import type { Numbers } from '../../shared/packing.ts';
import { canonicalArtist, canonicalTitle } from '../../shared/song.ts';
import { limits } from './limits.ts';
import type { Model } from './model.ts';
import type { Similar } from './names.ts';
import { mostWords, songsWith } from './words.ts';

/**
 * Songs for a text that somebody types, in classes, each by popularity, until there are enough:
 *
 * 1. the title is the text;
 * 2. the title begins with it (after a blank: with that word);
 * 3. the artist's name begins with it;
 * 4. each of its words begins a word of title or artist: the first some of one and the rest of the
 *    other, or all of one ("submarine", "let it be beatles", "beatles let");
 * 5. one edit makes it a title, then a name of an artist; then two edits.
 *
 * Where that finds nothing, the title is the longest beginning of the text that is one and ends with
 * a word: what follows is a slip in the artist's name or in a note ("Yesterday Beetels").
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
  if (found.size === 0) fill((best) => offerBeginning(model, title, best));
  return [...found];
}

/** The songs of a title by its number in the index (none for -1), by popularity. */
export function songsOfTitle({ snapshot }: Model, name: number): number[] {
  const { titleOffsets, titleSongs } = snapshot;
  const songs: number[] = [];
  if (name === -1) return songs;
  // A plain list: most titles have one song, and a view of it would cost more than finding it.
  const end = titleOffsets[name + 1];
  for (let at = titleOffsets[name]; at < end; at++) songs.push(titleSongs[at]);
  return songs;
}

/** The songs of an artist by its number in the index (none for -1), by popularity. */
export function songsOfArtist({ snapshot }: Model, name: number): Numbers {
  const { artistOffsets, artistSongs } = snapshot;
  return name === -1
    ? new Uint32Array()
    : artistSongs.subarray(artistOffsets[name], artistOffsets[name + 1]);
}

function offerTitles(model: Model, beginning: string, best: MostPopular): void {
  const { titleOffsets, titleSongs } = model.snapshot;
  const [first, end] = model.titles.names.range(beginning);
  // The titles stand together, and so do their songs.
  best.offerAll(titleSongs.subarray(titleOffsets[first], titleOffsets[end]), false);
}

function offerBeginning(model: Model, text: string, best: MostPopular): void {
  for (let end = text.lastIndexOf(' '); end > 0; end = text.lastIndexOf(' ', end - 1)) {
    const songs = songsOfTitle(model, model.titles.names.find(text.slice(0, end)));
    best.offerAll(songs);
    if (songs.length > 0) return;
  }
}

function offerArtists(model: Model, beginning: string, best: MostPopular): void {
  const [first, end] = model.artists.names.range(beginning);
  for (let name = first; name < end; name++) best.offerAll(songsOfArtist(model, name));
}

function offerWords(model: Model, words: readonly string[], best: MostPopular): void {
  if (words.length <= mostWords) best.offerAll(songsWith(model, words), false);
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
  offerAll(songs: Iterable<number>, ascend = true): void {
    for (const song of songs) {
      if (ascend && this.#isBehind(song)) return;
      this.offer(song);
    }
  }

  #isBehind(song: number): boolean {
    return this.songs.length === this.#limit && song >= this.songs[this.#limit - 1];
  }
}
