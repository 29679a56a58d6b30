import { antecedentsIn, type Seeds } from './antecedents.ts';
import type { Ranking } from './best.ts';
import { type Model, tablesFor } from './model.ts';
import { countTo, supportOf } from './rules/lookup.ts';

/** What gave a song its score: a rule of songs that were asked for, or an artist. */
export type Contribution =
  /** Number of the antecedent, see `Snapshot`. */
  | { kind: 'rule'; antecedent: number; together: number; given: number; share: number }
  /** Playlists with a song of the artist, and those of them that hold the song. */
  | { kind: 'artist'; artist: number; together: number; given: number; share: number };

/**
 * What gave each song of a ranking its score, the strongest first: the rules that counted, and the
 * song's own artist with what the rules leave of its score. What can be counted of him, whatever of
 * him a song is recommended for, is how many of his playlists have it.
 * @param ranking As `rank` gave it for these seeds, or a part of it.
 * @param most Contributions of a song in the answer at most; shares are of the whole score.
 */
export function explain(
  model: Model,
  seeds: Seeds,
  { songs, scores }: Ranking,
  most: number,
): Contribution[][] {
  const tables = tablesFor(model, seeds.songs.length + seeds.artists.length);
  const { antecedents, factors, unit } = antecedentsIn(model, seeds, tables);
  const counts = antecedents.map((antecedent) => countTo(model, antecedent, songs));
  // One a song and antecedent, and the last for an artist who is none of these.
  const width = antecedents.length + 1;
  const given: number[] = new Array(width).fill(0);
  const numbers = [...antecedents, 0];
  return songs.map((song, place) => {
    for (let i = 0; i < antecedents.length; i++) given[i] = counts[i].weights[place] * factors[i];
    given[width - 1] = 0;
    if (model.scoring.aggregation === 'max') keepHighest(given);
    const artist = model.snapshot.artistOf[song];
    numbers[width - 1] = model.songs + artist;
    const found = antecedents.indexOf(model.songs + artist);
    const own = found === -1 || given[found] === 0 ? width - 1 : found;
    const score = (scores[place] * unit) / tables.ofSong[2 * song + 1];
    if (tables.ofSong[2 * song] > 0) given[own] += Math.max(0, score - sumOf(given));
    const total = sumOf(given);
    return strongest(given, numbers, most).map((at): Contribution => {
      const share = given[at] / total;
      if (at === own) {
        const { supports, artistSupports } = model.snapshot;
        const ofArtist = { together: supports[song], given: artistSupports[artist] };
        return { kind: 'artist', artist, ...ofArtist, share };
      }
      const antecedent = antecedents[at];
      const ofRule = { together: counts[at].together(place), given: supportOf(model, antecedent) };
      const isArtist = antecedent >= model.songs && antecedent < model.singles;
      return isArtist
        ? { kind: 'artist', artist: antecedent - model.songs, ...ofRule, share }
        : { kind: 'rule', antecedent, ...ofRule, share };
    });
  });
}

/** Leaves the first of the highest. */
function keepHighest(given: number[]): void {
  const highest = given.reduce((most, share) => Math.max(most, share), 0);
  const first = given.indexOf(highest);
  given.fill(0);
  given[first] = highest;
}

function sumOf(given: number[]): number {
  let sum = 0;
  for (let i = 0; i < given.length; i++) sum += given[i];
  return sum;
}

/** Where the highest stand, the highest first; of equals the antecedent's number decides. */
function strongest(given: number[], numbers: readonly number[], most: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < given.length; i++) {
    if (given[i] === 0) continue;
    let place = found.length;
    for (; place > 0; place--) {
      const other = found[place - 1];
      const isLess = given[i] - given[other] || numbers[other] - numbers[i];
      if (isLess < 0) break;
      if (place < most) found[place] = other;
    }
    if (place < most) found[place] = i;
  }
  return found;
}
