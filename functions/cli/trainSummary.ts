/** What a person is told when a training is done. */
import { confidence, lift } from '../../shared/measures.ts';
import { readLatest } from '../../shared/store/versions.ts';
import { artistOf, type Model, titleOf, toModel } from '../recommend/model.ts';
import { consequentsOf } from '../recommend/rules/lookup.ts';
import { blankRule, fill, type Rule } from '../recommend/rules/walk.ts';
import type { TrainResult } from '../retrain/train.ts';
import { counted, duration, grouped, size, songLine } from './output.ts';

/** Rules that are shown, and the share of the playlists that they hold in at least. */
const rulesShown = 3;
const leastShare = 0.01;

/** The lines that follow a training. */
export async function summary(store: string, result: TrainResult): Promise<string[]> {
  const { outcome, version, bytes, counts, rejectedReport, peakBytes, ms, gate } = result;
  const reason = 'it was made from the same data and settings';
  const lines = {
    published: `Version ${version} serves: ${grouped(counts?.rules ?? 0)} rules, ${size(bytes)}, after ${duration(ms)}.`,
    again: `Version ${version} serves again: ${reason}.`,
    unchanged: `Version ${version} serves already: ${reason}.`,
    superseded: `Version ${version} serves: it was made from a newer data set.`,
    rejected: `Rejected: ${gate?.reason}. ${version === '' ? 'Nothing serves' : `Version ${version} goes on serving`}; --force publishes it all the same.`,
  };
  return [
    ...(rejectedReport === undefined ? [] : [`Rejected rows are listed in ${rejectedReport}.`]),
    lines[outcome],
    ...(outcome === 'published' && gate ? [`The gate: ${gate.reason}.`] : []),
    ...(counts === undefined ? [] : [countLine(counts)]),
    ...(outcome === 'published' ? await ruleLines(store) : []),
    ...(counts === undefined ? [] : [`Peak memory: ${size(peakBytes)}.`]),
  ];
}

function countLine(counts: Record<string, number>): string {
  const { transactions, songs, artists, itemsets, rules, artistRules } = counts;
  const [read, mined] = [
    [counted(transactions, 'playlist'), counted(songs, 'song'), counted(artists, 'artist')],
    [counted(itemsets, 'itemset'), counted(rules, 'rule'), `${grouped(artistRules)} of artists`],
  ];
  return `${read.join(', ')}; ${mined.join(', ')}.`;
}

/** The rules that say most, of those that hold in some of the playlists. */
async function ruleLines(store: string): Promise<string[]> {
  // There is one: it was just published.
  const { head, snapshot } = (await readLatest(store, 0)).found!;
  const model = toModel(head, snapshot);
  const name = (song: number) => songLine(titleOf(model, song), artistOf(model, song));
  return bestRules(model).map((rule) => {
    const times = lift(rule).toFixed(1);
    return `  ${grouped(rule.together)} of ${counted(rule.given, 'playlist')} with ${name(rule.antecedent)} have ${name(rule.song)}: ${times} times as often as by chance`;
  });
}

/** By lift, above chance; of a pair of songs the direction of higher confidence. */
function bestRules(model: Model): Rule[] {
  const least = Math.max(model.minSupport, Math.ceil(leastShare * model.transactions));
  const best: Rule[] = [];
  // Songs are by descending support.
  for (let song = 0; model.snapshot.supports[song] >= least; song++) {
    for (const [other, together] of consequentsOf(model, song)) {
      if (together < least || other > song) continue;
      const rule = fill(blankRule(model), model, song, other, together);
      if (lift(rule) > 1) best.push(rule);
    }
    best.sort((a, b) => lift(b) - lift(a) || confidence(b) - confidence(a)).splice(rulesShown);
  }
  return best;
}
