/** Rules that another program mined, as it writes them: read by the shell, and by the page. */
import { parse } from 'csv-parse/sync';

/** A rule with its figures, as a file has them. */
export interface FiledRule {
  antecedent: string[];
  consequents: string[];
  /** Share of all transactions that hold both sides, above 0. */
  support: number;
  /** Above 0. */
  confidence: number;
  lift?: number;
  /** Share of all transactions that hold the consequents. */
  consequentSupport?: number;
  /** Transactions that hold both sides. */
  count?: number;
}

/** What is wrong with a file of rules. */
export class RuleFileError extends Error {}

/**
 * Reads a CSV of rules as `association_rules` of mlxtend gives it to `to_csv`, as arules' `write`
 * does, or as `segue rules --csv` does.
 * @throws RuleFileError
 */
export function readRuleFile(text: string): FiledRule[] {
  let rows: Record<string, string>[];
  try {
    rows = parse(text, { columns: true, bom: true, skip_empty_lines: true });
  } catch (error) {
    throw new RuleFileError((error as Error).message, { cause: error });
  }
  return rows.map((row, i) => {
    const sides = sidesOf(row);
    const support = numberIn(row, ['support']);
    const confidence = numberIn(row, ['confidence']);
    if (sides === undefined || !(support! > 0) || !(confidence! > 0)) {
      throw new RuleFileError(`rule ${i + 1} has no sides, no support or no confidence above 0`);
    }
    const lift = numberIn(row, ['lift']);
    const consequentSupport = numberIn(row, ['consequent support']);
    const count = numberIn(row, ['count', 'together']);
    return {
      ...sides,
      support: support!,
      confidence: confidence!,
      ...(lift !== undefined && { lift }),
      ...(consequentSupport !== undefined && { consequentSupport }),
      ...(count !== undefined && { count }),
    };
  });
}

/**
 * The number of all transactions, by the rule whose support is told most exactly by a count: the
 * one with the largest. Undefined where no rule has a count.
 */
export function transactionsOf(rules: readonly FiledRule[]): number | undefined {
  let most = 0;
  let all: number | undefined;
  for (const { count = 0, support } of rules) {
    if (count > most) {
      most = count;
      all = Math.round(count / support);
    }
  }
  return all;
}

/** `frozenset({'a', 'b'})` of mlxtend, `{a,b} => {c}` of arules, `a + b` of Segue. */
function sidesOf(
  row: Record<string, string>,
): { antecedent: string[]; consequents: string[] } | undefined {
  if (row.antecedents !== undefined && row.consequents !== undefined) {
    return { antecedent: pythonItems(row.antecedents), consequents: pythonItems(row.consequents) };
  }
  if (row.rules !== undefined) {
    const [, left, right] = /^\{(.*)\} => \{(.*)\}$/s.exec(row.rules) ?? [];
    const items = (side: string) => side.split(',').filter((item) => item !== '');
    return left === undefined ? undefined : { antecedent: items(left), consequents: items(right) };
  }
  if (row.antecedent === undefined || row.consequent === undefined) return undefined;
  return { antecedent: row.antecedent.split(' + '), consequents: [row.consequent] };
}

/** The items of a printed frozenset: strings by Python's quotes, or numbers. */
function pythonItems(text: string): string[] {
  const items = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(?<=[{,\s])(\d+)(?=[,}])/g;
  return Array.from(text.matchAll(items), ([, single, double, bare]) =>
    (single ?? double ?? bare).replace(/\\(.)/g, '$1'),
  );
}

function numberIn(row: Record<string, string>, names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = Number(row[name] || Number.NaN);
    if (Number.isFinite(value)) return value;
  }
  return undefined;
}
