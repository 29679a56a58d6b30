import { firstNotBelow } from '../../../shared/ascending.ts';
import { countRule, countRules, countRulesTo, togetherIn } from '../../../shared/counting.ts';
import type { Numbers } from '../../../shared/packing.ts';
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
  const { ruleOffsets } = snapshot;
  const start = ruleOffsets[antecedent];
  const end = ruleOffsets[antecedent + 1];
  if (start === end && antecedent < singles) return countRule(snapshot, antecedent, song);
  const rule = findRule(snapshot, start, end, song);
  if (rule === noRule) return { together: 0, weight: 0 };
  return { together: togetherOf(snapshot, rule), weight: weightOf(snapshot, rule) };
}

const noRule = 2 ** 32 - 1;

/** The rule to a song among those from one up to another, or `noRule`. */
function findRule({ ruleConsequents }: Snapshot, start: number, end: number, song: number): number {
  const rule = firstNotBelow(ruleConsequents, song, start, end);
  return rule < end && ruleConsequents[rule] === song ? rule : noRule;
}

/** Playlists that hold a listed rule. */
function togetherOf(
  { ruleTogether, frequentRules, frequentTogether }: Snapshot,
  rule: number,
): number {
  const told = ruleTogether[rule];
  return told === 255 ? toldApart(rule, told, frequentRules, frequentTogether) : told;
}

/** What a listed rule weighs. */
function weightOf({ ruleWeights, heavyRules, heavyWeights }: Snapshot, rule: number): number {
  const told = ruleWeights[rule];
  return told === 65_535 ? toldApart(rule, told, heavyRules, heavyWeights) : told;
}

/** What a rule counts, which may be among those that are told apart. */
function toldApart(rule: number, told: number, rules: Numbers, counts: Numbers): number {
  const place = firstNotBelow(rules, rule);
  return rules[place] === rule ? counts[place] : told;
}

/** The counts of the rules from one antecedent to some songs, each by the song's place. */
export interface CountsTo {
  weights: number[];
  together(place: number): number;
}

/**
 * The counts of the rules from one antecedent to each of some songs, as `ruleOf` gives them, and
 * zeros for rules of too few playlists: the playlists of an antecedent whose rules are counted are
 * read once for all.
 */
export function countTo(model: Model, antecedent: number, songs: readonly number[]): CountsTo {
  const { snapshot, places, minSupport } = model;
  const { ruleOffsets } = snapshot;
  const start = ruleOffsets[antecedent];
  const end = ruleOffsets[antecedent + 1];
  // Plain lists: the memory of typed arrays that live so short costs more than all else here.
  const weights: number[] = new Array(songs.length).fill(0);
  if (start === end && antecedent < model.singles) {
    const together: number[] = new Array(songs.length).fill(0);
    for (let i = 0; i < songs.length; i++) places[songs[i]] = i + 1;
    countRulesTo(snapshot, antecedent, places, { together, weights });
    for (let i = 0; i < songs.length; i++) {
      places[songs[i]] = 0;
      if (together[i] < minSupport) together[i] = weights[i] = 0;
    }
    return { weights, together: (place) => together[place] };
  }
  const rules = songs.map((song) => findRule(snapshot, start, end, song));
  for (let i = 0; i < songs.length; i++) {
    if (rules[i] !== noRule) weights[i] = weightOf(snapshot, rules[i]);
  }
  // Read only where it is told: nothing that was added up is near it.
  const together = (place: number) =>
    weights[place] === 0 ? 0 : togetherOf(snapshot, rules[place]);
  return { weights, together };
}
