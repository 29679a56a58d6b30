/** Rules that another program mined, as a snapshot. */
import { problem } from '../../shared/problems.ts';
import { type FiledRule, readRuleFile, transactionsOf } from '../../shared/ruleFile.ts';
import { type Scoring, startScoring } from '../../shared/scoring.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import { toSnapshot } from './publish.ts';

/** A rule as its file has it, the counts reconstructed. */
interface ImportedRule {
  antecedent: string[];
  consequent: string;
  together: number;
  given: number;
  /** Undefined where the file says neither lift nor the consequent's support. */
  consequentCount: number | undefined;
}

/** What of a file could not be had. */
export interface ImportReport {
  rules: number;
  /** Rules with more than one consequent, which a snapshot does not hold. */
  severalConsequents: number;
  /** Songs whose number of transactions no rule tells: they have the most that some rule proves. */
  estimatedSongs: number;
}

/** Every artist is left to the title, no artist has rules, and a playlist counts once. */
const scoring: Scoring = {
  ...startScoring,
  lengthExponent: 0,
  weightScale: 1,
  bySeeds: startScoring.bySeeds.map((one) => ({ ...one, artistWeight: 0 })),
};

/**
 * Reads a file of rules (see `readRuleFile`) and makes a snapshot of it. Counts are those that shares
 * times the number of transactions come nearest to; an item is a title.
 *
 * @param transactions All of them; absent: from the columns of counts and supports.
 * @throws Problem `rules-invalid`
 */
export async function importRules(
  path: string,
  text: string,
  { sha256, transactions }: { sha256: string; transactions?: number | undefined },
): Promise<{ snapshot: Snapshot; report: ImportReport }> {
  const refuse = (reason: string) => problem('rules-invalid', { path, reason });
  let filed: FiledRule[];
  try {
    filed = readRuleFile(text);
  } catch (error) {
    throw Object.assign(refuse((error as Error).message), { cause: error });
  }
  const all = transactions ?? transactionsOf(filed);
  if (all === undefined) {
    throw refuse('nothing in it tells the number of transactions; give it with --transactions');
  }
  const rules: ImportedRule[] = [];
  let severalConsequents = 0;
  for (const { antecedent, consequents, support, confidence, ...told } of filed) {
    if (consequents.length > 1) severalConsequents++;
    if (consequents.length !== 1 || antecedent.length === 0) continue;
    const together = told.count ?? Math.round(support * all);
    const share = told.consequentSupport ?? (told.lift && confidence / told.lift);
    rules.push({
      antecedent,
      consequent: consequents[0],
      together,
      given: Math.max(together, Math.round(together / confidence)),
      consequentCount: share && Math.max(together, Math.round(share * all)),
    });
  }
  if (rules.length === 0) throw refuse('it has no rule with one consequent');
  return assemble(rules, all, severalConsequents, { path, sha256, bytes: Buffer.byteLength(text) });
}

async function assemble(
  rules: readonly ImportedRule[],
  transactions: number,
  severalConsequents: number,
  file: { path: string; sha256: string; bytes: number },
): Promise<{ snapshot: Snapshot; report: ImportReport }> {
  const exact = new Map<string, number>();
  const least = new Map<string, number>();
  for (const { antecedent, consequent, together, given, consequentCount } of rules) {
    if (consequentCount !== undefined) exact.set(consequent, consequentCount);
    if (antecedent.length === 1) exact.set(antecedent[0], given);
    for (const song of antecedent) least.set(song, Math.max(given, least.get(song) ?? 0));
    least.set(consequent, Math.max(together, least.get(consequent) ?? 0));
  }
  const supportOf = (title: string) => exact.get(title) ?? least.get(title)!;
  const titles = [...least.keys()].sort((a, b) => supportOf(b) - supportOf(a) || (a < b ? -1 : 1));
  const numberOf = new Map(titles.map((title, song) => [title, song]));
  const compare = (a: readonly number[], b: readonly number[]) => {
    const i = a.findIndex((song, at) => song !== b[at]);
    return i === -1 ? a.length - b.length : a[i] - (b[i] ?? -1);
  };
  const coded = rules
    .map(({ antecedent, consequent, together, given }) => ({
      antecedent: antecedent.map((title) => numberOf.get(title)!).sort((a, b) => a - b),
      consequent: numberOf.get(consequent)!,
      ...{ together, given },
    }))
    .sort(
      (a, b) =>
        Number(a.antecedent.length > 1) - Number(b.antecedent.length > 1) ||
        compare(a.antecedent, b.antecedent) ||
        a.consequent - b.consequent,
    )
    .filter(
      (rule, i, list) =>
        i === 0 ||
        rule.consequent !== list[i - 1].consequent ||
        compare(rule.antecedent, list[i - 1].antecedent) !== 0,
    );
  const singles = titles.length + 1;
  const longs: { songs: number[]; support: number }[] = [];
  const counts: number[] = new Array(singles).fill(0);
  for (const { antecedent, given } of coded) {
    if (antecedent.length === 1) counts[antecedent[0]]++;
    else if (longs.length > 0 && compare(longs.at(-1)!.songs, antecedent) === 0) {
      counts[counts.length - 1]++;
    } else {
      longs.push({ songs: antecedent, support: given });
      counts.push(1);
    }
  }
  const together = Uint32Array.from(coded, (rule) => rule.together);
  const report = {
    rules: coded.length,
    severalConsequents,
    estimatedSongs: titles.filter((title) => !exact.has(title)).length,
  };
  const snapshot = await toSnapshot(
    {
      key: file.sha256,
      datasets: [{ name: file.path, sha256: file.sha256, bytes: file.bytes }],
      counts: { transactions, songs: titles.length, imported: 1, ...report },
      settings: {
        minSupport: together.reduce((a, b) => Math.min(a, b)),
        maxLength: Math.max(...coded.map(({ antecedent }) => antecedent.length)) + 1,
      },
      scoring,
      metrics: {},
      judged: null,
    },
    {
      titles,
      artists: [''],
      artistOf: new Uint32Array(titles.length),
      supports: Uint32Array.from(titles, supportOf),
    },
    {
      artistSupports: Uint32Array.of(0),
      longOffsets: offsetsOf(longs.map(({ songs }) => songs.length)),
      longSongs: Uint32Array.from(longs.flatMap(({ songs }) => songs)),
      longSupports: Uint32Array.from(longs, ({ support }) => support),
      ruleOffsets: offsetsOf(counts),
      ruleConsequents: Uint32Array.from(coded, ({ consequent }) => consequent),
      ruleTogether: together,
      ruleWeights: together.slice(),
      rowOffsets: Uint32Array.of(0),
      rowSongs: new Uint32Array(0),
      rowWeights: new Uint32Array(0),
      antecedentRowOffsets: new Uint32Array(singles + 1),
      antecedentRows: new Uint32Array(0),
    },
  );
  return { snapshot, report };
}

function offsetsOf(lengths: readonly number[]): Uint32Array {
  const offsets = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, i) => {
    offsets[i + 1] = offsets[i] + length;
  });
  return offsets;
}
