import { antecedentsIn, type Seeds } from './antecedents.ts';
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
  const { scores, artistSums } = model;
  const { ofSong, artistSpread } = tables;
  const antecedents = antecedentsIn(model, seeds, tables);
  const size = addUp(model, antecedents);
  if (artistSpread > 0) sumByArtist(model, size);
  for (let i = 0; i < seeds.songs.length; i++) scores[seeds.songs[i]] = 0;
  const best = new BestSongs(limit);
  offerAll(model, size, ofSong, best);
  artistSums.fill(0);
  const { songs, scores: found } = best.ranking();
  return { songs, scores: found.map((score) => score / antecedents.unit) };
}

/** Offers each song that has a score, and clears it. */
function offerAll(
  { scores, scored, artistSums, snapshot: { artistOf } }: Model,
  size: number,
  ofSong: Float32Array,
  best: BestSongs,
): void {
  let least = 0;
  for (let i = 0; i < size; i++) {
    const song = scored[i];
    const direct = scores[song];
    scores[song] = 0;
    const score = (direct + artistSums[artistOf[song]] * ofSong[2 * song]) * ofSong[2 * song + 1];
    if (score >= least && direct > 0) least = best.offer(song, score);
  }
}

/** What the songs of each artist got, in `model.artistSums`. */
function sumByArtist(
  { scores, scored, artistSums, snapshot: { artistOf } }: Model,
  size: number,
): void {
  for (let i = 0; i < size; i++) {
    const song = scored[i];
    artistSums[artistOf[song]] += scores[song];
  }
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
