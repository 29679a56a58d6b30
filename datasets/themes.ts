import type { Random } from '../shared/random.ts';
import { type Mood, moods } from './moods.ts';
import { draw, drawSeveral } from './random.ts';
import type { Scene, Song } from './songs.ts';

/**
 * How well each song fits a playlist, from 0 (not at all) to 1, for a playlist that somebody
 * begins with one song. What the playlist is about is drawn anew at every call.
 * @param anchor The index of that song.
 */
export type Themes = (anchor: number, random: Random) => Float64Array;

interface Artist {
  songCount: number;
  /** That of most of the songs. */
  genre: string;
  /** The median of the songs. */
  year: number;
  scenes: Scene[];
}

/** How often a playlist is about what, of 100. */
const shares = { artist: 20, era: 30, scene: 33, mood: 9, genre: 5, decade: 3 };
type Theme = keyof typeof shares;

/** How well a genre goes with another; those not named do not. */
const related: Readonly<Record<string, number>> = {
  'blues rock': 0.2,
  'blues jazz': 0.25,
  'blues soul': 0.2,
  'chanson jazz': 0.1,
  'country folk': 0.25,
  'country rock': 0.06,
  'disco electronic': 0.15,
  'disco pop': 0.25,
  'disco soul': 0.3,
  'electronic indie': 0.1,
  'electronic pop': 0.12,
  'folk indie': 0.2,
  'folk rock': 0.25,
  'hip-hop r&b': 0.25,
  'indie punk': 0.2,
  'indie rock': 0.3,
  'jazz latin': 0.1,
  'jazz soul': 0.1,
  'metal punk': 0.08,
  'metal rock': 0.12,
  'pop r&b': 0.25,
  'pop rock': 0.1,
  'pop soul': 0.12,
  'punk rock': 0.2,
  'r&b soul': 0.5,
  'afrobeat reggae': 0.1,
};

/**
 * The themes that playlists of these songs can have: an artist with some neighbours, a genre
 * around a year, a scene, an occasion, a genre through all years, or a decade.
 */
export function themesOf(songs: readonly Song[], scenes: readonly Scene[]): Themes {
  const artists = artistsOf(songs, scenes);
  const names = [...artists.keys()];
  const each = (fit: (song: Song) => number) => Float64Array.from(songs, fit);

  const fits: Record<Theme, (anchor: Song, random: Random) => Float64Array> = {
    artist(anchor, random) {
      const own = artists.get(anchor.artist)!;
      const nearness = Float64Array.from(names, (name) =>
        name === anchor.artist ? 0 : nearnessOf(own, artists.get(name)!),
      );
      const near = nearness.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
      const neighbours = drawSeveral(
        random,
        nearness,
        Math.min(near, 3 + Math.floor(random() * 4)),
      );
      const chosen = new Set(neighbours.map((index) => names[index]!));
      return each((song) => {
        if (song.artist === anchor.artist) return 0.6;
        return chosen.has(song.artist) ? closeness(song.year, anchor.year, 15) : 0;
      });
    },
    era: (anchor) =>
      each((song) => kinship(song.genre, anchor.genre) * closeness(song.year, anchor.year, 7)),
    scene(anchor, random) {
      const own = artists.get(anchor.artist)!.scenes.filter((scene) => isIn(scene, anchor));
      if (own.length === 0) return fits.era(anchor, random);
      const scene = own[Math.floor(random() * own.length)]!;
      const members = new Set(scene.artists);
      return each((song) => (members.has(song.artist) && isIn(scene, song) ? 1 : 0));
    },
    mood(anchor, random) {
      const fit = moods.map((mood) => moodFit(mood, anchor, anchor));
      if (fit.every((value) => value === 0)) return fits.era(anchor, random);
      const mood = moods[draw(random, fit)]!;
      return each((song) => moodFit(mood, song, anchor));
    },
    genre: (anchor) =>
      each((song) => (song.genre === anchor.genre ? closeness(song.year, anchor.year, 30) : 0)),
    decade: (anchor) =>
      each((song) => (Math.floor(song.year / 10) === Math.floor(anchor.year / 10) ? 1 : 0)),
  };

  const themes = Object.keys(shares) as Theme[];
  const weights = Object.values(shares);
  return (anchor, random) => fits[themes[draw(random, weights)]!](songs[anchor]!, random);
}

function artistsOf(songs: readonly Song[], scenes: readonly Scene[]): Map<string, Artist> {
  const indexes = Map.groupBy(songs.keys(), (index) => songs[index]!.artist);
  return new Map(
    [...indexes].map(([name, own]) => {
      const years = own.map((index) => songs[index]!.year).sort((one, other) => one - other);
      const genres = Map.groupBy(own, (index) => songs[index]!.genre);
      const [genre] = [...genres].reduce((most, next) =>
        next[1].length > most[1].length ? next : most,
      );
      const year = years[Math.floor(years.length / 2)]!;
      const memberOf = scenes.filter((scene) => scene.artists.includes(name));
      return [name, { songCount: own.length, genre, year, scenes: memberOf }];
    }),
  );
}

/** Artists with many songs are neighbours more often, as more listeners know them. */
function nearnessOf(one: Artist, other: Artist): number {
  const together = one.scenes.some((scene) => other.scenes.includes(scene)) ? 6 : 1;
  const alike = kinship(one.genre, other.genre) * closeness(one.year, other.year, 10);
  return alike * together * Math.sqrt(other.songCount);
}

function kinship(one: string, other: string): number {
  return one === other ? 1 : (related[`${one} ${other}`] ?? related[`${other} ${one}`] ?? 0);
}

/** 1 in the same year, falling evenly to 0 at so many years before or after. */
function closeness(one: number, other: number, years: number): number {
  return Math.max(0, 1 - Math.abs(one - other) / years);
}

function isIn(scene: Scene, song: Song): boolean {
  return song.year >= scene.from && song.year <= scene.to;
}

function moodFit(mood: Mood, { artist, title, genre, year }: Song, anchor: Song): number {
  if (mood.songs) return mood.songs.get(artist)?.includes(title) ? 1 : 0;
  return (mood.genres?.get(genre) ?? 0) * closeness(year, anchor.year, 12);
}
