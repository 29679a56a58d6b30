/** Where the rules of the view come from: the server, or a file that somebody opened. */
import type { FiledRule } from '../../../../shared/ruleFile.ts';
import type { RulesAnswer } from '../../schemas.ts';
import { type Song, type Suggestion, songLine } from '../api.ts';
import type { Measure } from './measures.ts';
import { measureOf } from './measures.ts';

/** A rule as it is shown; a file may not tell the numbers of playlists. */
export interface ShownRule {
  antecedent: Song[];
  consequent: Song;
  together?: number;
  given?: number;
  support: number;
  confidence: number;
  /** NaN where a file does not tell. */
  lift: number;
  /** The measure that sorts; null where it is infinite or has no value. */
  value: number | null;
}

/** The least that rules must reach. */
export interface Least {
  support: number;
  confidence: number;
  lift: number;
}

/** Which rules are wanted. */
export interface RuleQuery extends Least {
  song?: Song | undefined;
  sort: Measure;
  limit: number;
  cursor?: string | undefined;
}

export type Cell = NonNullable<RulesAnswer['cells']>[number];

/** Some rules, the best first. */
export interface RulePage {
  rules: ShownRule[];
  /** Rules that meet the query. */
  met: number;
  /** Rules that were looked at, and whether these were all. */
  scanned: number;
  complete: boolean;
  cursor?: string;
}

/** Between what the figures of all rules are. */
export interface Extent {
  support: [least: number, most: number];
  /** Highest lift, at least 1. */
  lift: number;
  /** Where all rules are; none for few rules, which are all shown. */
  cells: Cell[];
}

/** Rules to be looked at. */
export interface RuleSource {
  /** Name of the file; absent: the model that answers. */
  file?: string;
  /** All playlists, if it is known. */
  transactions?: number;
  extent(signal: AbortSignal): Promise<Extent>;
  rules(query: RuleQuery, signal: AbortSignal): Promise<RulePage>;
  suggest(typed: string, signal: AbortSignal): Promise<Suggestion[]>;
}

/** The rules of a file. */
export function fileSource(name: string, filed: readonly FiledRule[]): RuleSource {
  const rules = filed.map(toShown);
  const supports = rules.map(({ support }) => support);
  const highest = (figures: readonly number[], least: number) =>
    figures.reduce((most, one) => (Number.isNaN(one) ? most : Math.max(most, one)), least);
  const least = supports.reduce((a, b) => Math.min(a, b), 1);
  const titles = new Map<string, number>();
  for (const { antecedent, consequent } of rules) {
    for (const { track } of [...antecedent, consequent]) {
      titles.set(track, (titles.get(track) ?? 0) + 1);
    }
  }
  return {
    file: name,
    async extent() {
      const lifts = rules.map(({ lift }) => lift);
      return {
        support: [least, highest(supports, 2 * least)],
        lift: highest(lifts, 1),
        cells: [],
      };
    },
    async rules({ song, support, confidence, lift, sort, limit, cursor = '0' }) {
      const measure = measureOf(sort);
      const met = rules
        .filter(
          (rule) =>
            rule.support >= support &&
            rule.confidence >= confidence &&
            !(rule.lift < lift) &&
            (song === undefined ||
              [...rule.antecedent, rule.consequent].some(({ track }) => track === song.track)),
        )
        .map((rule) => ({ ...rule, value: finite(measure(rule)) }))
        .sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity) || 0);
      const begin = Number(cursor);
      const end = begin + limit;
      return {
        rules: met.slice(begin, end),
        met: met.length,
        scanned: rules.length,
        complete: true,
        ...(end < met.length && { cursor: String(end) }),
      };
    },
    async suggest(typed) {
      const wanted = typed.trim().toLowerCase();
      return [...titles]
        .filter(([track]) => track.toLowerCase().includes(wanted))
        .sort(([, a], [, b]) => b - a)
        .slice(0, 10)
        .map(([track]) => ({ track, artist: '' }));
    },
  };
}

function toShown({
  antecedent,
  consequents,
  support,
  confidence,
  lift,
  consequentSupport,
  count,
}: FiledRule): ShownRule {
  const song = (track: string) => ({ track, artist: '' });
  const share = consequentSupport ?? Number.NaN;
  return {
    antecedent: antecedent.map(song),
    consequent: song(consequents.join(' + ')),
    ...(count !== undefined && { together: count, given: Math.round(count / confidence) }),
    ...{ support, confidence, lift: lift ?? confidence / share, value: null },
  };
}

/** Rules as CSV, to take along. */
export function rulesCsv(rules: readonly ShownRule[]): string {
  const header = ['antecedent', 'consequent', 'together', 'support', 'confidence', 'lift'];
  const rows = rules.map(({ antecedent, consequent, together, support, confidence, lift }) => [
    antecedent.map(songLine).join(' + '),
    songLine(consequent),
    together ?? '',
    support,
    confidence,
    Number.isNaN(lift) ? '' : lift,
  ]);
  const quoted = (field: unknown) => `"${String(field).replaceAll('"', '""')}"`;
  return [header, ...rows].map((row) => row.map(quoted).join(',')).join('\r\n');
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
