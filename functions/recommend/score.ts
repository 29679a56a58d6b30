import { type Antecedents, antecedentsIn, type Seeds } from './antecedents.ts';
import { BestSongs, type Ranking } from './best.ts';
import { type Model, type SeedTables, tablesFor } from './model.ts';
import { addUp } from './sums.ts';

/**
 * The score of a song j for the songs S that were asked for:
 *
 *     direct(j | S) = sum over i in S of [ w_ij + mu * w_a(i)j / (n_a(i) + nu) ] / (n_i + lambda + mu)
 *                   + sum over antecedents A of several songs in S of rho * w_Aj / (n_A + lambda + mu)
 *     spread(j | S) = kappa * n_j^tau / (n_a(j) + nu) * sum of direct(l | S) over the songs l of a(j)
 *     score(j | S)  = n_j^-b * [ direct(j | S) + spread(j | S) ]
 *
 * n are numbers of playlists; w_ij is the number of playlists that hold i and j with each playlist
 * of length l counted as l^-gamma, w_aj that of those with j and another song of artist a; a(i) is
 * the artist of i. lambda shrinks what rare songs claim; mu lets a song's artist speak where the
 * song itself is rare; nu does for rare artists what lambda does for rare songs. The spread follows
 * the rules one step further: what leads to some songs of an artist leads to his others, in
 * proportion to how many of his playlists hold them. b takes back some of what popular songs get
 * for their popularity. Which parameters hold depends on how many songs are asked for (`Scoring`).
 *
 * With all but lambda 0 it is the sum of shrunk confidences, without it that of confidences, and
 * with the aggregation `max` the highest one. Only songs with direct(j | S) > 0 are ranked.
 *
 * Direct scores are sums of whole numbers (`antecedentsIn`): listed rules and counted ones give
 * equal bits.
 */

/**
 * The songs that the rules of `seeds` lead to, best first; ties go to the song in more playlists.
 * @param limit Most songs in the answer; fewer when fewer rules fire.
 * @param tables Parameters other than the model's own, to try them.
 */
export function rank(
  model: Model,
  seeds: Seeds,
  limit: number,
  tables: SeedTables = tablesFor(model, seeds.songs.length + seeds.artists.length),
): Ranking {
  return rankFired(model, seeds, antecedentsIn(model, seeds, tables), tables, limit);
}

/** The same for the antecedents that `seeds` fire. */
export function rankFired(
  model: Model,
  seeds: Seeds,
  fired: Antecedents,
  tables: SeedTables,
  limit: number,
): Ranking {
  const { kernel } = model;
  const size = addUp(model, fired);
  leaveOut(model, seeds.songs);
  if (kernel) kernel.sumByArtist(size);
  else sumByArtist(model, size);
  const ranking = kernel?.bestOf(size, tables, limit) ?? bestOf(model, size, tables, limit);
  model.artistSums.fill(0);
  const { songs, scores } = ranking;
  return { songs, scores: scores.map((score) => score / fired.unit) };
}

/** Gives the artists of songs what these got, and leaves them with a score of 0: nobody ranks them. */
function leaveOut(
  { scores, artistSums, snapshot: { artistOf } }: Model,
  songs: ArrayLike<number>,
): void {
  for (let i = 0; i < songs.length; i++) {
    const song = songs[i];
    artistSums[artistOf[song]] += scores[song];
    scores[song] = 0;
  }
}

/**
 * What the songs of each artist got, in `model.artistSums`. The songs' own scores are put side by
 * side, in `model.direct`, with their artists: what reads them next reads from front to back.
 */
function sumByArtist(
  { scores, scored, direct, scoredArtists, artistSums, snapshot: { artistOf } }: Model,
  size: number,
): void {
  for (let i = 0; i < size; i++) {
    const song = scored[i];
    const artist = artistOf[song];
    const score = scores[song];
    scores[song] = 0;
    artistSums[artist] += score;
    direct[i] = score;
    scoredArtists[i] = artist;
  }
}

/**
 * The best of the scored songs. Most of them are passed over by the most that a song of their
 * artist could get: a bound that rounding keeps, because each operation on numbers is monotone.
 */
function bestOf(
  { scored, direct, scoredArtists, artistSums }: Model,
  size: number,
  { ofSong, mostSpread, mostDamping }: SeedTables,
  limit: number,
): Ranking {
  const best = new BestSongs(limit);
  let least = 0;
  for (let i = 0; i < size; i++) {
    const own = direct[i];
    const artist = scoredArtists[i];
    const sum = artistSums[artist];
    if ((own + sum * mostSpread[artist]) * mostDamping < least || own === 0) continue;
    const song = scored[i];
    const score = (own + sum * ofSong[2 * song]) * ofSong[2 * song + 1];
    if (score >= least) least = best.offer(song, score);
  }
  return best.ranking();
}

/** The songs in most playlists, seeds left out: what is said when no rule fires. */
export function rankByPopularity(model: Model, seeds: Seeds, limit: number): Ranking {
  const taken = new Set(Array.from(seeds.songs));
  const songs: number[] = [];
  for (let song = 0; song < model.songs && songs.length < limit; song++) {
    if (!taken.has(song)) songs.push(song);
  }
  return {
    songs,
    scores: songs.map((song) => model.snapshot.supports[song] / model.transactions),
  };
}
