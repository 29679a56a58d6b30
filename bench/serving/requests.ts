import { seededRandom } from '../../shared/random.ts';
import { nameAt, type Snapshot } from '../../shared/snapshot.ts';

/** A request's body. */
export interface Request {
  songs: string[];
  limit: number;
}

/**
 * Requests of which no two are equal: songs are drawn by popularity, none twice in a request.
 * @param sizes Least and most songs; every number between them comes as often.
 */
export function drawRequests(
  { supports, titles }: Snapshot,
  { count, sizes: [least, most], seed }: { count: number; sizes: [number, number]; seed: number },
): Request[] {
  const random = seededRandom(seed);
  const ends = new Float64Array(supports.length);
  supports.forEach((support, song) => {
    ends[song] = (ends[song - 1] ?? 0) + support;
  });
  const draw = () => {
    const at = random() * ends[ends.length - 1];
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ends[middle] <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const requests = new Map<string, Request>();
  while (requests.size < count) {
    const size = least + Math.floor(random() * (most - least + 1));
    const songs = new Set<number>();
    while (songs.size < size) songs.add(draw());
    const request = { songs: [...songs].map((song) => nameAt(titles, song)), limit: 20 };
    requests.set(request.songs.toSorted().join('\n'), request);
  }
  return [...requests.values()];
}
