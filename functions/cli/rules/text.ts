/** Rules as text: for people, as CSV and as NDJSON. */
import { artistOf, type Model, titleOf } from '../../recommend/model.ts';
import { antecedentSongs } from '../../recommend/rules/lookup.ts';
import type { Rule } from '../../recommend/rules/walk.ts';
import { counted } from '../output.ts';
import type { RuleColumn } from './columns.ts';

/** One rule a line for people to read. */
export function* textLines(
  rules: Iterable<Rule>,
  columns: readonly RuleColumn[],
): Generator<string, void, undefined> {
  const [antecedent, consequent, , ...figures] = columns;
  for (const rule of rules) {
    const told = figures.map((column) => {
      const value = column.valueFor(rule);
      return column.holds === 'flag'
        ? `${value ? '' : 'not '}${column.name}`
        : `${column.name} ${short(value as number)}`;
    });
    const count = counted(rule.together, 'playlist');
    const songs = (antecedent.valueFor(rule) as string[]).join(' + ');
    yield `${songs} => ${consequent.valueFor(rule)}  (${[count, ...told].join(', ')})`;
  }
}

/** Comma separated values by RFC 4180, with a header; NaN and Infinity as R and pandas read them. */
export function* csvLines(
  rules: Iterable<Rule>,
  columns: readonly RuleColumn[],
): Generator<string, void, undefined> {
  yield columns.map(({ name }) => name).join(',');
  for (const rule of rules) {
    yield columns
      .map(({ holds, valueFor }) => {
        const value = valueFor(rule);
        return holds === 'texts' ? quoted((value as string[]).join(' + ')) : quoted(String(value));
      })
      .join(',');
  }
}

/** A JSON object a line; a measure that is infinite or has no value is null. */
export function* ndjsonLines(
  model: Model,
  rules: Iterable<Rule>,
  [, , ...columns]: readonly RuleColumn[],
): Generator<string, void, undefined> {
  const song = (index: number) => ({
    track: titleOf(model, index),
    artist: artistOf(model, index),
  });
  for (const rule of rules) {
    yield JSON.stringify({
      antecedent: antecedentSongs(model, rule.antecedent).map(song),
      consequent: song(rule.song),
      ...Object.fromEntries(columns.map(({ name, valueFor }) => [name, valueFor(rule)])),
    });
  }
}

/** A figure that a person can take in. */
function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
}

/** A field by RFC 4180. */
function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
