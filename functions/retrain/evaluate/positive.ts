import { BestSongs } from '../../recommend/best.ts';
import type { Ranker } from './measure.ts';

/** The songs of positive score but for those shown, the best first. */
export function positive(
  scores: Float64Array,
  shown: Uint32Array,
  limit: number,
): ReturnType<Ranker['rank']> {
  for (const song of shown) scores[song] = 0;
  const best = new BestSongs(limit);
  for (let song = 0; song < scores.length; song++) {
    if (scores[song] > 0) best.offer(song, scores[song]);
  }
  return best.ranking();
}
