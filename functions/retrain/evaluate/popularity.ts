import type { Method } from './evaluate.ts';

/** The most popular songs for everybody: what a short ranking is filled up with, and nothing else. */
export const popularity: Method = {
  name: 'popularity',
  fit: async () => ({ rank: () => ({ songs: [], scores: [] }), parameters: {} }),
};
