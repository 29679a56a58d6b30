import type { SnapshotFacts } from '../../shared/facts.ts';
import { type Numbers, widthFor } from '../../shared/packing.ts';
import { packNamesInSteps, type Snapshot } from '../../shared/snapshot.ts';
import { indexNames } from './names.ts';
import { rester, withRests } from './rest.ts';
import type { Rules } from './rules.ts';
import type { Catalogue } from './transactions.ts';

/**
 * A model with the names and indexes that a recommender needs: everything that could be computed
 * at load is computed here.
 * @param options.playlistHashes See `Snapshot`.
 * @throws the reason of `options.signal`.
 */
export async function toSnapshot(
  facts: SnapshotFacts,
  catalogue: Catalogue,
  rules: Rules,
  {
    playlistHashes = new Uint32Array(0),
    signal,
  }: { playlistHashes?: Uint32Array; signal?: AbortSignal | undefined } = {},
): Promise<Snapshot> {
  const { titles, artists, artistOf, supports } = catalogue;
  const rest = rester(signal);
  return {
    facts,
    titles: await withRests(packNamesInSteps(titles), rest),
    artists: await withRests(packNamesInSteps(artists), rest),
    artistOf,
    supports,
    ...(await indexNames(catalogue, rest)),
    ...rules,
    ...tellBriefly(rules),
    playlistHashes,
  };
}

/**
 * What listed rules count, in narrow columns with those rules apart that count more, where that takes
 * less.
 */
export function tellBriefly(counts: {
  ruleTogether: Numbers;
  ruleWeights: Numbers;
}): Pick<
  Snapshot,
  keyof typeof counts | `frequent${'Rules' | 'Together'}` | `heavy${'Rules' | 'Weights'}`
> {
  const together = tellApart(counts.ruleTogether, Uint8Array);
  const weights = tellApart(counts.ruleWeights, Uint16Array);
  return {
    ruleTogether: together.told,
    frequentRules: together.rules,
    frequentTogether: together.counts,
    ruleWeights: weights.told,
    heavyRules: weights.rules,
    heavyWeights: weights.counts,
  };
}

/** Bytes of a rule that is told apart at most: its number and what it counts. */
const apartBytes = 8;

/** Numbers in a narrow type, which has its highest for those that are told apart, too. */
function tellApart(
  counts: Numbers,
  Narrow: Uint8ArrayConstructor | Uint16ArrayConstructor,
): { told: Numbers; rules: Uint32Array; counts: Uint32Array } {
  const most = 2 ** (8 * Narrow.BYTES_PER_ELEMENT) - 1;
  let highest = 0;
  let apart = 0;
  for (let rule = 0; rule < counts.length; rule++) {
    if (counts[rule] > most) apart++;
    if (counts[rule] > highest) highest = counts[rule];
  }
  if (apart * apartBytes >= counts.length * (widthFor(highest) - Narrow.BYTES_PER_ELEMENT)) {
    return { told: counts, rules: new Uint32Array(), counts: new Uint32Array() };
  }
  const told = new Narrow(counts.length);
  const rules = new Uint32Array(apart);
  const more = new Uint32Array(apart);
  let found = 0;
  for (let rule = 0; rule < counts.length; rule++) {
    told[rule] = Math.min(most, counts[rule]);
    if (counts[rule] <= most) continue;
    rules[found] = rule;
    more[found++] = counts[rule];
  }
  return { told, rules, counts: more };
}
