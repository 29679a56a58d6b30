import { firstNotBelow } from '../../shared/ascending.ts';
import { countRules, onePlaylist, weightIn } from '../../shared/counting.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import type { Antecedents } from './antecedents.ts';
import type { Model } from './model.ts';

/**
 * Adds up the direct scores in `model.scores`, and notes in `model.scored` which songs have one.
 * @returns How many.
 */
export function addUp(model: Model, { antecedents, factors }: Antecedents): number {
  const { singles, snapshot, scoring, minSupport, kernel } = model;
  const { ruleOffsets } = snapshot;
  const highestOnly = scoring.aggregation === 'max';
  // The one with most rules is the first: all its songs are new, which need not be told of each.
  const first = mostRules(snapshot, antecedents);
  let size = 0;
  for (let k = 0; k < antecedents.length; k++) {
    const i = (first + k) % antecedents.length;
    const antecedent = antecedents[i];
    const factor = factors[i];
    const start = ruleOffsets[antecedent];
    const end = ruleOffsets[antecedent + 1];
    if (start < end) {
      if (highestOnly) size = highestListed(model, start, end, factor, size);
      else if (kernel) size = kernel.addListed(start, end, factor, size);
      else size = addListed(model, start, end, factor, size);
      addHeavy(model, start, end, factor);
    } else if (antecedent < singles) {
      size =
        minSupport <= 1 && !highestOnly
          ? addRows(model, antecedent, factor, size)
          : addCounted(model, antecedent, factor, size, highestOnly);
    }
  }
  return size;
}

/** The place of the antecedent that has most listed rules. */
function mostRules({ ruleOffsets }: Snapshot, antecedents: readonly number[]): number {
  let place = 0;
  let most = 0;
  for (let i = 0; i < antecedents.length; i++) {
    const rules = ruleOffsets[antecedents[i] + 1] - ruleOffsets[antecedents[i]];
    if (rules <= most) continue;
    most = rules;
    place = i;
  }
  return place;
}

/** Apart from `highestListed`, because a choice within costs more than the addition. */
function addListed(
  { scores, scored, snapshot: { ruleConsequents, ruleWeights } }: Model,
  start: number,
  end: number,
  factor: number,
  size: number,
): number {
  let added = size;
  for (let rule = start; rule < end; rule++) {
    const song = ruleConsequents[rule];
    const before = scores[song];
    // Written always and kept where it is new: no processor foresees which are.
    scored[added] = song;
    added += before === 0 ? 1 : 0;
    scores[song] = before + ruleWeights[rule] * factor;
  }
  return added;
}

function highestListed(
  { scores, scored, snapshot: { ruleConsequents, ruleWeights } }: Model,
  start: number,
  end: number,
  factor: number,
  size: number,
): number {
  let added = size;
  for (let rule = start; rule < end; rule++) {
    const song = ruleConsequents[rule];
    const before = scores[song];
    if (before === 0) scored[added++] = song;
    scores[song] = Math.max(before, ruleWeights[rule] * factor);
  }
  return added;
}

/** Adds what heavy rules weigh beyond what their column tells, which was added of each so far. */
function addHeavy(
  { scores, scoring, snapshot: { ruleConsequents, ruleWeights, heavyRules, heavyWeights } }: Model,
  start: number,
  end: number,
  factor: number,
): void {
  if (heavyRules.length === 0) return;
  const highestOnly = scoring.aggregation === 'max';
  for (let at = firstNotBelow(heavyRules, start); heavyRules[at] < end; at++) {
    const rule = heavyRules[at];
    const song = ruleConsequents[rule];
    const before = scores[song];
    scores[song] = highestOnly
      ? Math.max(before, heavyWeights[at] * factor)
      : before + (heavyWeights[at] - ruleWeights[rule]) * factor;
  }
}

/** Counts the rules first, because some of them are in too few playlists. */
function addCounted(
  { scores, scored, tally, minSupport, snapshot }: Model,
  antecedent: number,
  factor: number,
  size: number,
  highestOnly: boolean,
): number {
  countRules(snapshot, antecedent, tally);
  const { sums, songs } = tally;
  const least = minSupport * onePlaylist;
  for (let i = 0; i < tally.size; i++) {
    const song = songs[i];
    const sum = sums[song];
    sums[song] = 0;
    if (sum < least || song === antecedent) continue;
    const value = weightIn(sum) * factor;
    const before = scores[song];
    if (before === 0) scored[size++] = song;
    scores[song] = highestOnly ? Math.max(before, value) : before + value;
  }
  tally.size = 0;
  return size;
}

/** Where one playlist makes a rule, its entries are added as they come: `countRules` says which. */
function addRows(
  { scores, scored, songs, snapshot }: Model,
  antecedent: number,
  factor: number,
  size: number,
): number {
  const { artistOf, rowOffsets, rowSongs, rowWeights } = snapshot;
  const { antecedentRowOffsets, antecedentRows } = snapshot;
  const artist = antecedent - songs;
  const end = antecedentRowOffsets[antecedent + 1];
  for (let at = antecedentRowOffsets[antecedent]; at < end; at++) {
    const entry = antecedentRows[at];
    const row = entry >>> 1;
    const value = rowWeights[row] * factor;
    const withoutArtist = artist >= 0 && (entry & 1) === 0;
    const rowEnd = rowOffsets[row + 1];
    for (let place = rowOffsets[row]; place < rowEnd; place++) {
      const song = rowSongs[place];
      if (song === antecedent || (withoutArtist && artistOf[song] === artist)) continue;
      const before = scores[song];
      if (before === 0) scored[size++] = song;
      scores[song] = before + value;
    }
  }
  return size;
}
