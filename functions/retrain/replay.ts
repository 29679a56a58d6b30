import type { Model } from '../recommend/model.ts';
import { rank } from '../recommend/score.ts';
import { questionsOf } from './evaluate/folds.ts';
import { measureUnseen } from './gate.ts';
import { holdOut } from './heldOut.ts';
import type { TransactionSet } from './transactions.ts';

/** Songs that are shown of a playlist; one number, so that each playlist is one independent case. */
const songsShown = 5;

/** What two models made of the same playlists, which neither has seen. */
export interface Replay {
  playlists: number;
  /** Playlists of which a hidden song was among the first ten, for each model. */
  stableHits: number;
  canaryHits: number;
  /**
   * Chance that the canary misses so many of what the stable one hits when both are the same: the
   * exact one-sided test of McNemar (1947) on the playlists that only one of them hits.
   */
  pValue: number;
}

/**
 * Plays held-out playlists back to the judged models of two versions.
 * @throws RangeError for a model that does not tell which playlists it has seen.
 */
export async function replay(
  set: TransactionSet,
  stable: Model,
  canary: Model,
  signal?: AbortSignal,
): Promise<Replay> {
  const { hashes, heldOut } = await holdOut(set, signal);
  const seen = new Set([stable, canary].flatMap(({ snapshot }) => [...snapshot.playlistHashes]));
  const unseen = heldOut.filter((row) => !seen.has(hashes[row]));
  const cases = questionsOf(set, unseen, { ks: [songsShown], seeds: 'random' });
  const hitsOf = (model: Model) =>
    measureUnseen(set.catalogue, hashes, cases, model, rank, signal, 'hitRate10');
  const [ours, theirs] = [await hitsOf(stable), await hitsOf(canary)];
  const onlyStable = ours.filter((hit, i) => hit > theirs[i]).length;
  const onlyCanary = theirs.filter((hit, i) => hit > ours[i]).length;
  const count = (hits: Float64Array) => hits.reduce((sum, hit) => sum + hit, 0);
  return {
    playlists: cases.length,
    stableHits: count(ours),
    canaryHits: count(theirs),
    pValue: headsByChance(onlyStable, onlyStable + onlyCanary),
  };
}

/** The chance of so many heads or more in some throws of a fair coin. */
export function headsByChance(heads: number, throws: number): number {
  let chance = 0;
  let logarithm = -throws * Math.LN2;
  for (let i = 0; i <= throws; i++) {
    if (i >= heads) chance += Math.exp(logarithm);
    logarithm += Math.log((throws - i) / (i + 1));
  }
  return Math.min(1, chance);
}
