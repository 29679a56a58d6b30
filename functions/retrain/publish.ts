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
    ...tellTogether(rules.ruleTogether),
    playlistHashes,
  };
}

/** Bytes of a frequent rule at most: its number and what it counts. */
const frequentBytes = 8;

/** The counts of listed rules as bytes, with the frequent rules apart, where that takes less. */
export function tellTogether(
  counts: Numbers,
): Pick<Snapshot, 'ruleTogether' | 'frequentRules' | 'frequentTogether'> {
  let highest = 0;
  let frequent = 0;
  for (let rule = 0; rule < counts.length; rule++) {
    if (counts[rule] > 255) frequent++;
    if (counts[rule] > highest) highest = counts[rule];
  }
  if (frequent * frequentBytes >= counts.length * (widthFor(highest) - 1)) {
    const none = new Uint32Array();
    return { ruleTogether: counts, frequentRules: none, frequentTogether: none };
  }
  const ruleTogether = new Uint8Array(counts.length);
  const frequentRules = new Uint32Array(frequent);
  const frequentTogether = new Uint32Array(frequent);
  let found = 0;
  for (let rule = 0; rule < counts.length; rule++) {
    ruleTogether[rule] = Math.min(255, counts[rule]);
    if (counts[rule] <= 255) continue;
    frequentRules[found] = rule;
    frequentTogether[found++] = counts[rule];
  }
  return { ruleTogether, frequentRules, frequentTogether };
}
