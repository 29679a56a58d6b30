import type { Ranking } from './best.ts';
import { artistOf, type Model } from './model.ts';

/** Which of the ranked songs an answer has. */
export interface Choice {
  /** Songs in the answer; fewer only where fewer are ranked. */
  limit: number;
  /** Songs that are left out. */
  excluded: ReadonlySet<number>;
  /** 0 to 1, see `longestRun`. */
  diversity: number;
}

/** Songs for each one in the answer, among which another artist's is looked for. */
const poolFactor = 5;

/**
 * Songs of one artist that may follow each other: 1 / diversity, rounded down. So 1 never puts two
 * songs of an artist side by side, 0.5 two at most, 0.25 four, and 0 any number.
 */
export function longestRun(diversity: number): number {
  return Math.floor(1 / diversity);
}

/**
 * The best songs, as many as asked for, without the excluded ones. With some diversity each place
 * goes to the best song left whose artist has not just had the longest run; where all that are left
 * are his, to the best of them. Only the best `poolFactor * limit` songs are looked at, so that
 * variety does not reach for songs that have nothing to do with those asked for. A song whose
 * artist is not known is nobody's.
 * @param ranking Gives so many of the best songs.
 */
export function choose(
  model: Model,
  ranking: (most: number) => Ranking,
  { limit, excluded, diversity }: Choice,
): Ranking {
  const pool = ranking((diversity === 0 ? limit : limit * poolFactor) + excluded.size);
  if (diversity === 0 && excluded.size === 0) return pool;
  const kept = [...pool.songs.keys()].filter((place) => !excluded.has(pool.songs[place]));
  const chosen = diversity === 0 ? kept.slice(0, limit) : vary();
  return {
    songs: chosen.map((place) => pool.songs[place]),
    scores: chosen.map((place) => pool.scores[place]),
  };

  function vary(): number[] {
    const artists = new Map(kept.map((place) => [place, artistOf(model, pool.songs[place])]));
    const longest = longestRun(diversity);
    const varied: number[] = [];
    let artist: string | undefined;
    let run = 0;
    while (varied.length < limit && kept.length > 0) {
      const ended = run === longest && artist !== '';
      const at = ended ? kept.findIndex((place) => artists.get(place) !== artist) : 0;
      const [place] = kept.splice(Math.max(0, at), 1);
      varied.push(place);
      run = artists.get(place) === artist ? run + 1 : 1;
      artist = artists.get(place);
    }
    return varied;
  }
}
