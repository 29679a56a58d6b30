import { Command, Option } from 'commander';
import { confidence, conviction, leverage, lift, support } from '../../shared/measures.ts';
import { artistOf, type Model, titleOf } from '../recommend/model.ts';
import { antecedentSongs, supportOf } from '../recommend/score.ts';
import { loadModel } from './model.ts';
import { jsonOption, storeOption } from './options.ts';
import { counted, printLines, songLine } from './output.ts';

interface RulesCommandOptions {
  csv?: true;
  json?: true;
}

/** `segue rules` */
export function rulesCommand(): Command {
  return new Command('rules')
    .description('List the rules of a version with their measures.')
    .addOption(storeOption())
    .option('--snapshot <version>', 'this version instead of the newest')
    .addOption(new Option('--csv', 'comma separated values with a header').conflicts('json'))
    .addOption(jsonOption())
    .action(async (options: RulesCommandOptions) => {
      const model = await loadModel(options);
      const format = options.csv ? csv : options.json ? ndjson : text;
      await printLines(format(listRules(model)));
    });
}

interface Song {
  track: string;
  artist: string;
}

interface Rule {
  antecedent: Song[];
  consequent: Song;
  together: number;
  support: number;
  confidence: number;
  lift: number;
  leverage: number;
  conviction: number;
}

/** Every rule, by antecedent (the most popular song first) and then by consequent. */
function* listRules(model: Model): Generator<Rule> {
  const { ruleOffsets, ruleConsequents, ruleTogether, supports } = model.snapshot;
  const song = (index: number) => ({
    track: titleOf(model, index),
    artist: artistOf(model, index),
  });
  for (let antecedent = 0; antecedent + 1 < ruleOffsets.length; antecedent++) {
    for (let rule = ruleOffsets[antecedent]; rule < ruleOffsets[antecedent + 1]; rule++) {
      const consequent = ruleConsequents[rule];
      const counts = {
        together: ruleTogether[rule],
        given: supportOf(model, antecedent),
        consequent: supports[consequent],
        transactions: model.transactions,
      };
      yield {
        antecedent: antecedentSongs(model, antecedent).map(song),
        consequent: song(consequent),
        together: counts.together,
        support: support(counts),
        confidence: confidence(counts),
        lift: lift(counts),
        leverage: leverage(counts),
        conviction: conviction(counts),
      };
    }
  }
}

function* text(rules: Iterable<Rule>): Generator<string> {
  for (const rule of rules) {
    const figures = `support ${rule.support.toFixed(4)}, confidence ${rule.confidence.toFixed(3)}, lift ${rule.lift.toFixed(1)}`;
    yield `${songs(rule.antecedent)} => ${songs([rule.consequent])}  (${counted(rule.together, 'playlist')}, ${figures})`;
  }
}

function* ndjson(rules: Iterable<Rule>): Generator<string> {
  // JSON knows no infinity: a rule that never fails has the conviction null.
  for (const rule of rules) yield JSON.stringify(rule);
}

function* csv(rules: Iterable<Rule>): Generator<string> {
  yield 'antecedent,consequent,together,support,confidence,lift,leverage,conviction';
  for (const rule of rules) {
    const { antecedent, consequent, ...measures } = rule;
    yield [songs(antecedent), songs([consequent])]
      .map(quoted)
      .concat(Object.values(measures).map(String))
      .join(',');
  }
}

function songs(list: readonly Song[]): string {
  return list.map(({ track, artist }) => songLine(track, artist)).join(' + ');
}

/** A field by RFC 4180. */
function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
