/** What changed between the rules of two models. */
import { confidence, lift, measures, support } from '../../../shared/measures.ts';
import { canonicalArtist, canonicalTitle } from '../../../shared/song.ts';
import { limits } from '../limits.ts';
import { artistOf, type Model, titleOf } from '../model.ts';
import type { DifferenceAnswer, DifferenceQuery, RuleChange, RuleFigures } from '../schemas.ts';
import { songsOfTitle } from '../suggest.ts';
import { Best, readCursor, writeCursor } from './best.ts';
import { antecedentSongs, consequentsOf } from './lookup.ts';
import { conditionOf, mostScanned, tellSong } from './page.ts';
import type { Work } from './turns.ts';
import { antecedentOf, antecedentsOf, blankRule, fill, type Rule } from './walk.ts';

/**
 * Rules that only one of two models has, and those whose measure differs, the greatest difference
 * first; a measure that one model does not have counts as 0. Songs are the same when their canonical
 * titles and artists are. A model has a rule when it meets the conditions there.
 * @param most Rules of both models that are looked at.
 * @throws `cursor-stale`
 */
export function* compareModels(
  before: Model,
  after: Model,
  query: DifferenceQuery,
  most = mostScanned,
): Work<DifferenceAnswer> {
  const measure = measures[query.sort ?? 'confidence'];
  const leastChange = query['min-change'] ?? 0;
  const meets = conditionOf(query);
  const list = before.head.sha256.slice(0, 6) + after.head.sha256.slice(0, 6);
  const best = new Best<RuleChange>(
    query.limit ?? limits.rules.default,
    readCursor(list, query.cursor),
  );
  const counts = { gained: 0, lost: 0, changed: 0, same: 0 };
  const [old, fresh] = [blankRule(before), blankRule(after)];
  let scanned = 0;

  /** Notes a rule of one model or both. */
  const note = (one: Rule | undefined, other: Rule | undefined) => {
    const was = one !== undefined && meets(one) ? one : undefined;
    const is = other !== undefined && meets(other) ? other : undefined;
    if (was === undefined && is === undefined) return;
    const change = Math.abs((is ? measure(is) : 0) - (was ? measure(was) : 0));
    const isSame = was !== undefined && is !== undefined && !(change > leastChange);
    const kind = isSame ? 'same' : is === undefined ? 'lost' : was ? 'changed' : 'gained';
    counts[kind]++;
    if (kind === 'same' || (query.kind !== undefined && query.kind !== kind)) return;
    best.offer(-change, scanned, () => ({
      kind,
      ...(is ? songsOf(after, is) : songsOf(before, was!)),
      ...(was && { before: figuresOf(was) }),
      ...(is && { after: figuresOf(is) }),
    }));
  };

  const toAfter = sameSongs(before, after);
  const found = new Uint8Array(after.snapshot.ruleOffsets.length);
  for (const antecedent of antecedentsOf(before)) {
    if (scanned >= most) break;
    const songs = antecedentSongs(before, antecedent).map(toAfter);
    const same = songs.includes(-1)
      ? undefined
      : antecedentOf(
          after,
          songs.sort((a, b) => a - b),
        );
    const theirs = new Map(same === undefined ? [] : consequentsOf(after, same));
    if (same !== undefined) found[same] = 1;
    for (const [song, together] of consequentsOf(before, antecedent)) {
      scanned++;
      fill(old, before, antecedent, song, together);
      const there = theirs.size === 0 ? -1 : toAfter(song);
      const now = theirs.get(there);
      theirs.delete(there);
      note(old, now === undefined ? undefined : fill(fresh, after, same!, there, now));
    }
    for (const [song, together] of theirs) {
      scanned++;
      note(undefined, fill(fresh, after, same!, song, together));
    }
    yield;
  }
  for (const antecedent of antecedentsOf(after)) {
    if (scanned >= most) break;
    if (found[antecedent] === 1) continue;
    for (const [song, together] of consequentsOf(after, antecedent)) {
      scanned++;
      note(undefined, fill(fresh, after, antecedent, song, together));
    }
    yield;
  }
  const { items, next } = best.page();
  const told = ({ head }: Model) => ({ version: head.version, model_date: head.created });
  return {
    before: told(before),
    after: told(after),
    counts,
    scanned,
    complete: scanned < most,
    changes: items,
    ...(next && { cursor: writeCursor(list, next) }),
  };
}

function songsOf(model: Model, rule: Rule): Pick<RuleChange, 'antecedent' | 'consequent'> {
  return {
    antecedent: antecedentSongs(model, rule.antecedent).map((song) => tellSong(model, song)),
    consequent: tellSong(model, rule.song),
  };
}

function figuresOf(rule: Rule): RuleFigures {
  const { together, given } = rule;
  return {
    together,
    given,
    support: support(rule),
    confidence: confidence(rule),
    lift: lift(rule),
  };
}

/** Another model's number of a song, -1 for one that it does not know; each is looked up once. */
function sameSongs(model: Model, other: Model): (song: number) => number {
  const found = new Int32Array(model.songs).fill(-2);
  return (song) => {
    if (found[song] === -2) {
      const artist = other.artists.names.find(canonicalArtist(artistOf(model, song)));
      const title = other.titles.names.find(canonicalTitle(titleOf(model, song)));
      found[song] =
        songsOfTitle(other, title).find((one) => other.snapshot.artistOf[one] === artist) ?? -1;
    }
    return found[song];
  };
}
