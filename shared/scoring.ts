/** How a score is made (see `functions/recommend/score.ts`): what a training chooses and a snapshot keeps. */
export interface Scoring {
  /** Sum over the antecedents that fire, or only the strongest. */
  aggregation: 'sum' | 'max';
  /** Gamma: a playlist of length l counts l^-gamma. */
  lengthExponent: number;
  /** Weights are whole numbers: a playlist counts round(weightScale * l^-gamma), at least 1. */
  weightScale: number;
  /** One for each of `seedClasses`: what helps one song asked for is too much for twenty. */
  bySeeds: SeedScoring[];
}

/** Parameters of the score for one class of numbers of songs asked for. */
export interface SeedScoring {
  /** Lambda: playlists added to an antecedent's count, so that rare songs claim less. */
  shrinkage: number;
  /** Mu: playlists' worth of belief in what the song's artist says. */
  artistWeight: number;
  /** Nu: playlists added to an artist's count. */
  artistShrinkage: number;
  /** Kappa: how much of what an artist's songs got is spread over all of them. */
  artistSpread: number;
  /** Tau: the spread favours an artist's songs in n playlists by n^tau. */
  spreadExponent: number;
  /** b: a song in n playlists is divided by n^b. */
  popularityDamping: number;
  /** Rho: what an antecedent of several songs counts, by what one of a single song does. */
  longWeight: number;
}

/** The names of the parameters, in a fixed order. */
export const seedParameters = [
  'shrinkage',
  'artistWeight',
  'artistShrinkage',
  'artistSpread',
  'spreadExponent',
  'popularityDamping',
  'longWeight',
] as const satisfies (keyof SeedScoring)[];

/** Classes of numbers of songs asked for, by their least: 1, 2-4, 5-9, 10-24, 25 and more. */
export const seedClasses = [1, 2, 5, 10, 25] as const;

/** The class that so many songs fall in, as a position in `seedClasses`. */
export function seedClass(songs: number): number {
  let position = 0;
  while (position + 1 < seedClasses.length && songs >= seedClasses[position + 1]) position++;
  return position;
}

/** Whether a value has the shape of a `Scoring`, every parameter a number from 0. */
export function isScoring(value: unknown): value is Scoring {
  const { aggregation, lengthExponent, weightScale, bySeeds } = (value ?? {}) as Partial<Scoring>;
  const isAmount = (amount: unknown) => typeof amount === 'number' && amount >= 0;
  return (
    (aggregation === 'sum' || aggregation === 'max') &&
    isAmount(lengthExponent) &&
    isAmount(weightScale) &&
    Array.isArray(bySeeds) &&
    bySeeds.length === seedClasses.length &&
    bySeeds.every((one) => seedParameters.every((name) => isAmount(one?.[name])))
  );
}

/** What holds before anything is tuned: the artist's weight falls as songs come in. */
export const startScoring: Omit<Scoring, 'weightScale'> = {
  aggregation: 'sum',
  lengthExponent: 0.5,
  bySeeds: [20, 10, 5, 2, 1].map((artistWeight) => ({
    shrinkage: 10,
    artistWeight,
    artistShrinkage: 20,
    artistSpread: 0.3,
    spreadExponent: 0.6,
    popularityDamping: 0.1,
    longWeight: 1,
  })),
};
