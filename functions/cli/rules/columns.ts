/** What is told of a rule: the columns of every table of rules. */
import { type MeasureName, measures } from '../../../shared/measures.ts';
import { artistOf, type Model, titleOf } from '../../recommend/model.ts';
import { antecedentSongs } from '../../recommend/rules/lookup.ts';
import type { Rule } from '../../recommend/rules/walk.ts';
import { songLine } from '../output.ts';

/** A column: its name in every format, what it holds and how it is had of a rule. */
export type RuleColumn = { name: string } & (
  | { holds: 'texts'; valueFor: (rule: Rule) => string[] }
  | { holds: 'text'; valueFor: (rule: Rule) => string }
  | { holds: 'count' | 'number'; valueFor: (rule: Rule) => number }
  | { holds: 'flag'; valueFor: (rule: Rule) => boolean }
);

/** What a correction says of a rule. */
export interface Significance {
  correctedP: (rule: Rule) => number;
  level: number;
}

/** The columns: the rule's songs, its count, the measures asked for, and its significance. */
export function ruleColumns(
  model: Model,
  names: readonly MeasureName[],
  significance?: Significance,
): RuleColumn[] {
  const label = (song: number) => songLine(titleOf(model, song), artistOf(model, song));
  const marks: RuleColumn[] = [];
  if (significance !== undefined) {
    const { correctedP, level } = significance;
    marks.push(
      { name: 'correctedP', holds: 'number', valueFor: correctedP },
      { name: 'significant', holds: 'flag', valueFor: (rule) => correctedP(rule) <= level },
    );
  }
  return [
    {
      name: 'antecedent',
      holds: 'texts',
      valueFor: (rule) => antecedentSongs(model, rule.antecedent).map(label),
    },
    { name: 'consequent', holds: 'text', valueFor: (rule) => label(rule.song) },
    { name: 'together', holds: 'count', valueFor: (rule) => rule.together },
    ...names.map(
      (name): RuleColumn => ({ name, holds: 'number', valueFor: (rule) => measures[name](rule) }),
    ),
    ...marks,
  ];
}
