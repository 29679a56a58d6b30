import { antecedentsIn, type Seeds } from './antecedents.ts';
import type { Ranking } from './best.ts';
import { type Model, type SeedTables, tablesFor } from './model.ts';
import { countTo, supportOf } from './rules/lookup.ts';

/** What gave a song its score: a rule of songs that were asked for, or an artist. */
export type Contribution =
  /** Number of the antecedent, see `Snapshot`. */
  | { kind: 'rule'; antecedent: number; together: number; given: number; share: number }
  /** Playlists with a song of the artist, and those of them that hold the song. */
  | { kind: 'artist'; artist: number; together: number; given: number; share: number };

/**
 * What gave each song of a ranking its score, the strongest first.
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
  const found = songs.map((): Contribution[] => []);
  for (const [i, antecedent] of antecedents.entries()) {
    const given = supportOf(model, antecedent);
    const isArtist = antecedent >= model.songs && antecedent < model.singles;
    const { together, weights } = countTo(model, antecedent, songs);
    for (const [place, one] of found.entries()) {
      if (together[place] < model.minSupport) continue;
      const share = weights[place] * factors[i];
      const counts = { together: together[place], given, share };
      one.push(
        isArtist
          ? { kind: 'artist', artist: antecedent - model.songs, ...counts }
          : { kind: 'rule', antecedent, ...counts },
      );
    }
  }
  return songs.map((song, place) => {
    const score = (scores[place] * unit) / tables.ofSong[2 * song + 1];
    return strongest(model, withArtist(model, tables, song, score, found[place])).slice(0, most);
  });
}

/**
 * The rules that counted, and the song's own artist with what the rules leave of its score. What
 * can be counted of him, whatever of him a song is recommended for, is how many of his playlists
 * have it.
 */
function withArtist(
  { scoring, snapshot: { artistOf, artistSupports, supports } }: Model,
  { artistSpread }: SeedTables,
  song: number,
  score: number,
  found: Contribution[],
): Contribution[] {
  if (scoring.aggregation === 'max') found.sort((a, b) => b.share - a.share).splice(1);
  const artist = artistOf[song];
  const counts = { together: supports[song], given: artistSupports[artist] };
  const direct = found.reduce((sum, { share }) => sum + share, 0);
  const own = found.find((one) => one.kind === 'artist' && one.artist === artist);
  if (own !== undefined) Object.assign(own, counts);
  if (artistSpread > 0 && counts.given > 0) {
    const share = Math.max(0, score - direct);
    if (own === undefined) found.push({ kind: 'artist', artist, ...counts, share });
    else own.share += share;
  }
  return found;
}

/** By their shares of the whole; of equals the antecedent's number decides. */
function strongest(model: Model, found: Contribution[]): Contribution[] {
  const total = found.reduce((sum, { share }) => sum + share, 0);
  for (const one of found) one.share /= total;
  return found.sort((a, b) => b.share - a.share || numberOf(model, a) - numberOf(model, b));
}

/** The number of an antecedent. */
function numberOf({ songs }: Model, contribution: Contribution): number {
  return contribution.kind === 'rule' ? contribution.antecedent : songs + contribution.artist;
}
