import type { Model, SeedTables } from './model.ts';
import { supportOf } from './rules/lookup.ts';

/** What a score is made for. */
export interface Seeds {
  /** Songs without repeats; they are never in the answer. */
  songs: ArrayLike<number>;
  /** Artists of songs that the model does not know, one a song. */
  artists: ArrayLike<number>;
}

/** Antecedents that fire, and what each one's weights are multiplied with. */
export interface Antecedents {
  antecedents: number[];
  /** Whole numbers. */
  factors: number[];
  /** What a direct score of 1 is in their units: a power of two. */
  unit: number;
}

/** The sums of an artist's songs stay below it, with room for the rounding of factors. */
const highestSum = 2 ** 51;

/**
 * The songs asked for, their artists, and every antecedent whose songs are all among them.
 *
 * Factors are rounded to whole numbers of a unit that is as fine as their sums allow: products and
 * sums of whole numbers below 2^53 are exact. So it makes no difference to a score in which order
 * it is added up, nor whether a playlist's weight is multiplied before it is added or after.
 */
export function antecedentsIn(
  model: Model,
  { songs: seeds, artists }: Seeds,
  { shrinkage, artistWeight, artistShrinkage, longWeight }: SeedTables,
): Antecedents {
  const { songs, singles, snapshot, scoring } = model;
  const { supports, artistOf, artistSupports, longSupports } = snapshot;
  const { weightScale } = scoring;
  const shrunk = shrinkage + artistWeight;
  const antecedents: number[] = [];
  const shares: number[] = [];
  for (let i = 0; i < seeds.length; i++) {
    antecedents.push(seeds[i]);
    shares.push(1 / (supports[seeds[i]] + shrunk));
  }
  const addArtist = (artist: number, support: number) => {
    // Nobody is the artist of songs without one, and an artist's share of 0 / 0 is none.
    if (artistWeight === 0 || artistSupports[artist] === 0) return;
    const share = artistWeight / (support + shrunk) / (artistSupports[artist] + artistShrinkage);
    const place = antecedents.indexOf(songs + artist, seeds.length);
    if (place !== -1) shares[place] += share;
    else {
      antecedents.push(songs + artist);
      shares.push(share);
    }
  };
  for (let i = 0; i < seeds.length; i++) addArtist(artistOf[seeds[i]], supports[seeds[i]]);
  for (let i = 0; i < artists.length; i++) addArtist(artists[i], 0);
  if (longWeight > 0) {
    for (const long of longAmong(model, seeds)) {
      antecedents.push(singles + long);
      shares.push(longWeight / (longSupports[long] + shrunk));
    }
  }
  // No playlist weighs more than the scale, so this is more than any song can get.
  let most = 0;
  for (let i = 0; i < antecedents.length; i++) most += shares[i] * supportOf(model, antecedents[i]);
  const room = highestSum / (model.mostSongsOfArtist * (most || 1));
  const unit = 2 ** Math.floor(Math.log2(room));
  const factors = shares.map((share) => Math.max(1, Math.round((share * unit) / weightScale)));
  return { antecedents, factors, unit };
}

/** Antecedents of several songs that are all among the seeds. */
function longAmong({ snapshot }: Model, seeds: ArrayLike<number>): number[] {
  const { longOffsets, longSongs, longSupports } = snapshot;
  const found: number[] = [];
  if (longSupports.length === 0 || seeds.length < 2) return found;
  const among = new Set(Array.from(seeds));
  for (const seed of among) {
    // They are in the order of their songs: those that begin with this seed stand together.
    let long = firstBeginningWith(snapshot, seed);
    for (; longSongs[longOffsets[long]] === seed; long++) {
      const rest = longSongs.subarray(longOffsets[long] + 1, longOffsets[long + 1]);
      if (rest.every((song) => among.has(song))) found.push(long);
    }
  }
  return found;
}

function firstBeginningWith(
  { longOffsets, longSongs, longSupports }: Model['snapshot'],
  song: number,
): number {
  let low = 0;
  let high = longSupports.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (longSongs[longOffsets[middle]] < song) low = middle + 1;
    else high = middle;
  }
  return low;
}
