import { countRule, countRules, countRulesTo, togetherIn } from '../../../shared/counting.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import type { Model } from '../model.ts';

/** The songs of an antecedent that is no artist. */
export function antecedentSongs({ songs, singles, snapshot }: Model, antecedent: number): number[] {
  if (antecedent < songs) return [antecedent];
  const { longOffsets, longSongs } = snapshot;
  const long = antecedent - singles;
  return [...longSongs.subarray(longOffsets[long], longOffsets[long + 1])];
}

/** Playlists that hold the antecedent. */
export function supportOf({ songs, singles, snapshot }: Model, antecedent: number): number {
  if (antecedent < songs) return snapshot.supports[antecedent];
  if (antecedent < singles) return snapshot.artistSupports[antecedent - songs];
  return snapshot.longSupports[antecedent - singles];
}

/** The consequents of an antecedent's rules, ascending, with the playlists that hold both. */
export function consequentsOf(
  model: Model,
  antecedent: number,
): [song: number, together: number][] {
  const { snapshot, singles, tally, minSupport } = model;
  const { ruleOffsets, ruleConsequents } = snapshot;
  const start = ruleOffsets[antecedent];
  const end = ruleOffsets[antecedent + 1];
  const rules: [number, number][] = [];
  for (let rule = start; rule < end; rule++) {
    rules.push([ruleConsequents[rule], togetherOf(snapshot, rule)]);
  }
  if (start < end || antecedent >= singles) return rules;
  countRules(snapshot, antecedent, tally);
  for (const song of tally.songs.subarray(0, tally.size).sort()) {
    const together = togetherIn(tally.sums[song]);
    if (song !== antecedent && together >= minSupport) rules.push([song, together]);
    tally.sums[song] = 0;
  }
  tally.size = 0;
  return rules;
}

/** The counts of one rule, listed or not; zeros when there is none. */
export function ruleOf(
  { snapshot, singles }: Model,
  antecedent: number,
  song: number,
): { together: number; weight: number } {
  const { ruleOffsets, ruleConsequents, ruleWeights } = snapshot;
  let low = ruleOffsets[antecedent];
  const end = ruleOffsets[antecedent + 1];
  if (low === end && antecedent < singles) return countRule(snapshot, antecedent, song);
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ruleConsequents[middle] < song) low = middle + 1;
    else high = middle;
  }
  if (low === end || ruleConsequents[low] !== song) return { together: 0, weight: 0 };
  return { together: togetherOf(snapshot, low), weight: ruleWeights[low] };
}

/** Playlists that hold a listed rule. */
function togetherOf(
  { ruleTogether, frequentRules, frequentTogether }: Snapshot,
  rule: number,
): number {
  const told = ruleTogether[rule];
  if (told !== 255) return told;
  let low = 0;
  let high = frequentRules.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (frequentRules[middle] < rule) low = middle + 1;
    else high = middle;
  }
  return frequentRules[low] === rule ? frequentTogether[low] : told;
}

/**
 * The counts of the rules from one antecedent to each of some songs, as `ruleOf` gives them: the
 * playlists of an antecedent whose rules are counted are read once for all.
 */
export function countTo(
  model: Model,
  antecedent: number,
  songs: readonly number[],
): { together: Uint32Array; weights: Float64Array } {
  const together = new Uint32Array(songs.length);
  const weights = new Float64Array(songs.length);
  const { ruleOffsets } = model.snapshot;
  if (ruleOffsets[antecedent] === ruleOffsets[antecedent + 1] && antecedent < model.singles) {
    const { places } = model;
    songs.forEach((song, i) => {
      places[song] = i + 1;
    });
    countRulesTo(model.snapshot, antecedent, places, { together, weights });
    for (const song of songs) places[song] = 0;
    return { together, weights };
  }
  songs.forEach((song, i) => {
    const rule = ruleOf(model, antecedent, song);
    together[i] = rule.together;
    weights[i] = rule.weight;
  });
  return { together, weights };
}
