/** What the tests of `evaluate` share: small sets of playlists. */
import fc from 'fast-check';
import type { Row } from '../read/sample.ts';
import { batchesOf } from '../sample.ts';
import { tabulate } from '../table.ts';
import { type TransactionSet, toTransactions } from '../transactions.ts';
import type { Query } from './folds.ts';
import type { Baseline, Parameters } from './tune.ts';

/**
 * Playlists of songs named by one letter, in the order listed; a song's artist is its letter in
 * upper case.
 */
export async function lettersSet(lists: readonly string[]): Promise<TransactionSet> {
  const rows = lists.flatMap((songs, id) =>
    [...songs].map((song): Row => [`${id}`, song, song.toUpperCase()]),
  );
  return toTransactions(await tabulate(batchesOf(rows)), { listed: true });
}

/** Songs as letters. */
export function lettersOf({ catalogue }: TransactionSet, songs: Iterable<number>): string {
  return [...songs].map((song) => catalogue.titles[song]).join('');
}

/** Letters as songs. */
export function queryOf({ catalogue }: TransactionSet, letters: string): Query {
  const songs = Uint32Array.from(letters, (letter) => catalogue.titles.indexOf(letter));
  return { songs, artists: new Uint32Array() };
}

/** A few playlists of two songs and more. */
export const someLists: fc.Arbitrary<string[]> = fc.array(
  fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { minLength: 2 }).map((songs) => songs.join('')),
  { minLength: 2, maxLength: 12 },
);

/** The scores that a baseline gives, by letter. */
export async function scoresOf(
  baseline: Baseline,
  set: TransactionSet,
  shown: string,
  parameters: Parameters,
): Promise<Record<string, number>> {
  const rank = await baseline.prepare(set)({ ...baseline.start, ...parameters });
  const { songs, scores } = rank(queryOf(set, shown), 100);
  return Object.fromEntries(songs.map((song, i) => [set.catalogue.titles[song], scores[i]]));
}

/** Whether two records of scores have nearly the same numbers; what one has not is 0. */
export function nearly(
  found: Record<string, number>,
  expected: Record<string, number>,
  tolerance = 1e-9,
): boolean {
  const nothing = Object.fromEntries(
    [...Object.keys(found), ...Object.keys(expected)].map((letter) => [letter, 0]),
  );
  const [ours, theirs] = [found, expected].map((scores) => ({ ...nothing, ...scores }));
  return Object.keys(nothing).every(
    (letter) => Math.abs(ours[letter] - theirs[letter]) < tolerance,
  );
}
