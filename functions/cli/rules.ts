import { Command, Option } from 'commander';
import { type MeasureName, measureNames, measures } from '../../shared/measures.ts';
import { problem } from '../../shared/problems.ts';
import { matchSongs } from '../recommend/match.ts';
import { artistOf, type Model, titleOf } from '../recommend/model.ts';
import { type Rule, rulesOf } from '../recommend/rules/walk.ts';
import { loadModel } from './model.ts';
import { examples, jsonOption, numberWithin, storeOption, wholeNumber } from './options.ts';
import { songLine } from './output.ts';
import { type RuleColumn, ruleColumns, type Significance } from './rules/columns.ts';
import { writeOutput } from './rules/output.ts';
import { type Order, select } from './rules/select.ts';
import { type Correction, correct, corrections } from './rules/significance.ts';
import { csvLines, ndjsonLines, textLines } from './rules/text.ts';

const formats = ['text', 'csv', 'ndjson', 'arrow', 'parquet'] as const;
type Format = (typeof formats)[number];

/** Endings of files that say what is in them. */
const formatOfEnding: Readonly<Record<string, Format>> = {
  txt: 'text',
  csv: 'csv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  arrow: 'arrow',
  feather: 'arrow',
  parquet: 'parquet',
};

/** The measures of a line for people, and of data, unless others are asked for. */
const fewMeasures: readonly MeasureName[] = ['support', 'confidence', 'lift'];
const plainMeasures: readonly MeasureName[] = [...fewMeasures, 'leverage', 'conviction'];

const share = { minimum: 0, maximum: 1 };

interface RulesCommandOptions {
  minConfidence?: string;
  minLift?: string;
  song: string[];
  lhs: string[];
  rhs: string[];
  redundant: boolean;
  significance?: string;
  correction: Correction;
  significantOnly?: true;
  sort?: string;
  limit?: string;
  measures?: string;
  format?: Format;
  csv?: true;
  json?: true;
  output?: string;
}

/** `segue rules` */
export function rulesCommand(): Command {
  const songs = (flag: string, description: string) =>
    new Option(`${flag} <song>`, description)
      .default([], '')
      .argParser((song: string, before: string[]) => [...before, song]);
  return new Command('rules')
    .description('List the rules of a version with their measures.')
    .addOption(storeOption())
    .option('--snapshot <version>', 'this version instead of the newest')
    .option('--min-confidence <n>', 'least confidence, 0 to 1')
    .option('--min-lift <n>', 'least lift')
    .addOption(songs('--song', 'only rules with this song; again: with all of them'))
    .addOption(songs('--lhs', 'only rules with this song in the antecedent; again: with all'))
    .addOption(songs('--rhs', 'only rules with this consequent; again: with any of them'))
    .option('--no-redundant', 'drop rules whose confidence a shorter one has, too')
    .option('--significance <level>', "mark rules by Fisher's exact test at this level, as 0.01")
    .addOption(
      new Option('--correction <how>', 'correction for the number of all rules')
        .choices(corrections)
        .default('holm'),
    )
    .option('--significant-only', 'drop the other rules (at 0.05 unless told otherwise)')
    .option('--sort <measure>', 'the best first; MEASURE:asc and MEASURE:desc say it')
    .option('--limit <n>', 'the first so many rules')
    .option('--measures <list>', `"all", or some of ${measureNames.join(', ')}`)
    .addOption(new Option('--format <name>', 'default: by the ending, or text').choices(formats))
    .addOption(new Option('--csv', 'the same as --format csv').conflicts(['json', 'format']))
    .addOption(jsonOption().conflicts('format'))
    .option('-o, --output <file>', 'write there instead of printing')
    .addHelpText(
      'after',
      examples(
        'segue rules --song "Yesterday" --sort lift --limit 20',
        'segue rules --no-redundant --significance 0.01 --significant-only --csv',
        'segue rules --measures all --output rules.parquet',
      ),
    )
    .action(async (options: RulesCommandOptions) => {
      const order = orderOf(options);
      const format = formatOf(options);
      const names =
        measuresOf(options.measures) ?? (format === 'text' ? fewMeasures : plainMeasures);
      const conditions = {
        minConfidence: numberWithin('--min-confidence', options.minConfidence, share),
        minLift: numberWithin('--min-lift', options.minLift, { minimum: 0, maximum: Infinity }),
        withoutRedundant: !options.redundant,
      };
      const level = levelOf(options);
      const model = await loadModel(options);
      const significance =
        level === undefined ? undefined : significanceOf(model, level, options.correction);
      const rules = select(
        model,
        {
          ...conditions,
          songs: songsOf(model, options.song),
          lhs: songsOf(model, options.lhs),
          rhs: songsOf(model, options.rhs),
          only: options.significantOnly && isSignificant(significance!),
        },
        order,
      );
      const columns = ruleColumns(model, names, significance);
      await writeOutput(await content(format, model, rules, columns), options.output);
    });
}

/** The rules in a format: lines as text, or bytes. */
async function content(
  format: Format,
  model: Model,
  rules: Iterable<Rule>,
  columns: RuleColumn[],
): Promise<{ lines: Iterable<string> } | { bytes: Iterable<Uint8Array> }> {
  switch (format) {
    case 'text':
      return { lines: textLines(rules, columns) };
    case 'csv':
      return { lines: csvLines(rules, columns) };
    case 'ndjson':
      return { lines: ndjsonLines(model, rules, columns) };
    // Loaded when they are asked for: they are large.
    case 'arrow':
      return { bytes: (await import('./rules/arrow.ts')).arrowBytes(rules, columns) };
    case 'parquet':
      return { bytes: (await import('./rules/parquet.ts')).parquetBytes(rules, columns) };
  }
}

/** The corrected test of every rule of the model, whichever of them are listed. */
function significanceOf(model: Model, level: number, correction: Correction): Significance {
  const pValues: number[] = [];
  for (const rule of rulesOf(model)) pValues.push(measures.fisherExactP(rule));
  const corrected = correct(Float64Array.from(pValues), correction);
  return { level, correctedP: (rule) => corrected(measures.fisherExactP(rule)) };
}

function isSignificant({ level, correctedP }: Significance): (rule: Rule) => boolean {
  return (rule) => correctedP(rule) <= level;
}

function levelOf({ significance, significantOnly }: RulesCommandOptions): number | undefined {
  const level = numberWithin('--significance', significance, share);
  return level ?? (significantOnly ? 0.05 : undefined);
}

function orderOf({ sort, limit }: RulesCommandOptions): Order {
  const most = wholeNumber('--limit', limit);
  if (sort === undefined) return { limit: most };
  const [, name, direction] = /^(\w+)(?::(asc|desc))?$/.exec(sort) ?? [];
  const measure = measureNamed(name ?? sort);
  // A small p is a good one.
  const ascending = direction === undefined ? measure === 'fisherExactP' : direction === 'asc';
  return { by: { measure, ascending }, limit: most };
}

function measuresOf(list: string | undefined): MeasureName[] | undefined {
  if (list === undefined) return undefined;
  if (list === 'all') return measureNames;
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map(measureNamed);
}

function measureNamed(given: string): MeasureName {
  const name = measureNames.find((one) => one.toLowerCase() === given.toLowerCase());
  if (name !== undefined) return name;
  const known = measureNames.join(', ');
  throw problem('usage', { reason: `There is no measure "${given}". There are ${known}.` });
}

function formatOf({ format, csv, json, output }: RulesCommandOptions): Format {
  if (format !== undefined) return format;
  if (csv) return 'csv';
  if (json) return 'ndjson';
  const ending = /\.([^./\\]+)$/.exec(output ?? '')?.[1]?.toLowerCase();
  if (output === undefined || ending === undefined) return 'text';
  const known = Object.hasOwn(formatOfEnding, ending) ? formatOfEnding[ending] : undefined;
  if (known !== undefined) return known;
  const reason = `The ending of ${output} does not tell the format. Give --format, one of ${formats.join(', ')}.`;
  throw problem('usage', { reason });
}

/** The songs that are meant, a title without an artist by the one in most playlists. */
function songsOf(model: Model, asked: readonly string[]): number[] {
  const { matched, unmatched } = matchSongs(model, asked);
  if (unmatched.length > 0) throw problem('song-unknown', { songs: unmatched });
  for (const { asked: title, song, others } of matched) {
    if (others > 0 && title === titleOf(model, song)) {
      const meant = songLine(titleOf(model, song), artistOf(model, song));
      const more = others === 1 ? '1 more has' : `${others} more have`;
      process.stderr.write(`segue: ${title}: taken for ${meant}; ${more} the title.\n`);
    }
  }
  return matched.map(({ song }) => song);
}
