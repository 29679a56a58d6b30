/** A page of a model's rules. */
import { confidence, lift, measures, support } from '../../../shared/measures.ts';
import { problem } from '../../../shared/problems.ts';
import { limits } from '../limits.ts';
import { matchSongs } from '../match.ts';
import { artistOf, type Model, titleOf } from '../model.ts';
import type { RulesAnswer, RulesQuery, ToldRule } from '../schemas.ts';
import { Best, readCursor, writeCursor } from './best.ts';
import { antecedentSongs, consequentsOf } from './lookup.ts';
import type { Work } from './turns.ts';
import { antecedentsOf, blankRule, fill, type Rule, rulesWith } from './walk.ts';

/** Rules that are looked at for one page at most: the answer says when these were not all. */
export const mostScanned = 10_000_000;

/**
 * The rules that meet a query, the best by its measure first, a page at a time. Each page looks at
 * every rule, and keeps no more of them than it gives: nothing has to be remembered between two.
 * @param most Rules that are looked at.
 * @throws `song-unknown`, `cursor-stale`
 */
export function* pageOfRules(
  model: Model,
  query: RulesQuery,
  most = mostScanned,
): Work<RulesAnswer> {
  const { sort = 'lift', order = sort === 'fisherExactP' ? 'asc' : 'desc' } = query;
  const measure = measures[sort];
  const meets = conditionOf(query);
  const consequents =
    query.song === undefined
      ? (antecedent: number) => consequentsOf(model, antecedent)
      : rulesWith(model, songNamed(model, query.song, query.artist));
  const cursor = readCursor(model.head.sha256, query.cursor);
  const best = new Best<ToldRule>(query.limit ?? limits.rules.default, cursor);
  const cells = query.cells ? new Cells(model) : undefined;
  const rule = blankRule(model);
  let scanned = 0;
  let met = 0;
  let complete = true;
  for (const antecedent of antecedentsOf(model)) {
    for (const [song, together] of consequents(antecedent)) {
      if (scanned === most) {
        complete = false;
        break;
      }
      scanned++;
      fill(rule, model, antecedent, song, together);
      if (!meets(rule)) continue;
      met++;
      cells?.add(rule);
      const value = measure(rule);
      // What has no value comes last, whatever the direction.
      const key = Number.isNaN(value) ? Infinity : order === 'asc' ? value : -value;
      best.offer(key, scanned, () => tell(model, rule, value));
    }
    if (!complete) break;
    yield;
  }
  const { items, next } = best.page();
  return {
    version: model.head.version,
    snapshot: model.head.sha256,
    transactions: model.transactions,
    met,
    scanned,
    complete,
    rules: items,
    ...(cells && { cells: cells.told() }),
    ...(next && { cursor: writeCursor(model.head.sha256, next) }),
  };
}

/** Whether a rule reaches the least figures that a query asks for. */
export function conditionOf(
  query: Pick<RulesQuery, 'min-support' | 'min-confidence' | 'min-lift'>,
): (rule: Rule) => boolean {
  const leastSupport = query['min-support'] ?? 0;
  const leastConfidence = query['min-confidence'] ?? 0;
  const leastLift = query['min-lift'] ?? 0;
  return (rule) =>
    support(rule) >= leastSupport && confidence(rule) >= leastConfidence && lift(rule) >= leastLift;
}

/** A song by its names. */
export function tellSong(model: Model, song: number): { track: string; artist: string } {
  return { track: titleOf(model, song), artist: artistOf(model, song) };
}

function tell(model: Model, rule: Rule, value: number): ToldRule {
  return {
    antecedent: antecedentSongs(model, rule.antecedent).map((song) => tellSong(model, song)),
    consequent: tellSong(model, rule.song),
    together: rule.together,
    given: rule.given,
    support: support(rule),
    confidence: confidence(rule),
    lift: lift(rule),
    value: Number.isFinite(value) ? value : null,
  };
}

/** @throws `song-unknown` */
function songNamed(model: Model, track: string, artist: string | undefined): number {
  const asked = artist === undefined ? track : { track, artist };
  const [match] = matchSongs(model, [asked]).matched;
  if (match === undefined) throw problem('song-unknown', { songs: [track] });
  return match.song;
}

/** Cells of equal width by the logarithm of support, and by confidence. */
const columns = 40;
const rows = 25;

/** Counts rules by support and confidence: a picture of all of them, however many there are. */
class Cells {
  readonly #counts = new Uint32Array(columns * rows);
  readonly #lifts = new Float64Array(columns * rows);
  readonly #least: number;
  readonly #width: number;

  constructor({ minSupport, transactions, snapshot }: Model) {
    // Without any song there is no rule to be counted.
    const [highest] = snapshot.supports;
    this.#width = Math.log(Math.max(2, highest / minSupport)) / (columns - 1);
    // The rules of the least support are in the middle of their cells.
    this.#least = (minSupport / transactions) * Math.exp(-this.#width / 2);
  }

  add(rule: Rule): void {
    const column = Math.floor(Math.log(support(rule) / this.#least) / this.#width);
    const row = Math.floor(confidence(rule) * rows);
    const at = Math.max(0, Math.min(columns - 1, column)) * rows + Math.min(rows - 1, row);
    this.#counts[at]++;
    this.#lifts[at] += lift(rule);
  }

  told(): NonNullable<RulesAnswer['cells']> {
    return Array.from(this.#counts, (rules, at) => ({
      support: this.#edge(Math.floor(at / rows)),
      supportEnd: this.#edge(Math.floor(at / rows) + 1),
      confidence: (at % rows) / rows,
      confidenceEnd: ((at % rows) + 1) / rows,
      rules,
      lift: this.#lifts[at] / rules,
    })).filter(({ rules }) => rules > 0);
  }

  #edge(column: number): number {
    return this.#least * Math.exp(column * this.#width);
  }
}
