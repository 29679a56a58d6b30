import type { SnapshotFacts } from '../../shared/facts.ts';
import { encodeInSteps, type Snapshot, sha256InSteps } from '../../shared/snapshot.ts';
import { noHead } from '../../shared/store/heads.ts';
import { toModel } from '../recommend/model.ts';
import { allRows, subset } from './evaluate/folds.ts';
import { type Examination, examine, leastHeldOut } from './gate.ts';
import { type HeldOut, holdOut } from './heldOut.ts';
import { type Chosen, choose, learn } from './learn.ts';
import { toSnapshot } from './publish.ts';
import { rester, withRests } from './rest.ts';
import type { TrainSettings } from './settings.ts';
import type { TransactionSet } from './transactions.ts';

/** What a training makes of its transactions. */
export interface Models {
  /** The model that serves, made from all playlists. */
  served: Snapshot;
  /** The gate's model, made from all but the held-out ones, as its file has it. */
  judged: Buffer | undefined;
  /** What the judged model did; absent where too few playlists are held out. */
  examination: Examination | undefined;
  /** Playlists held out. */
  heldOut: number;
}

/** What is known of a training before its models are. */
type Known = Pick<SnapshotFacts, 'key' | 'datasets' | 'counts'>;

type OnStep = (step: 'tune' | 'judge' | 'fit', counts: Record<string, number>) => void;

/**
 * Chooses the parameters, and makes the judged and then the served model with them. Each makes
 * copies of nearly all rows, so one is done with before the next one begins.
 * @throws as `learn` does.
 */
export async function learnModels(
  set: TransactionSet,
  known: Known,
  settings: TrainSettings,
  onStep: OnStep,
  signal?: AbortSignal,
): Promise<Models> {
  const held = await holdOut(set, signal);
  const heldOut = held.heldOut.length;
  const isJudged = heldOut >= leastHeldOut;
  const seen = isJudged ? held.seen : allRows(set);

  const chosen = await choose(set, seen, settings, signal);
  const { minSupport, maxLength } = chosen.parameters;
  onStep('tune', { minSupport, ...chosen.metrics });

  const described = { ...known, settings: { minSupport, maxLength } };
  const { judged, examination } = isJudged
    ? await learnJudged(set, held, chosen, described, signal)
    : {};
  const figures = examination?.figures ?? { heldOut };
  onStep('judge', figures);

  const { rules, scoring, ...found } = await learn(set, chosen, signal);
  const mined = {
    itemsets: found.itemsets,
    rules: found.songRules,
    artistRules: found.artistRules,
    listed: rules.ruleConsequents.length,
  };
  onStep('fit', mined);
  const facts: SnapshotFacts = {
    ...described,
    counts: { ...known.counts, ...mined },
    scoring,
    metrics: { ...chosen.metrics, ...figures },
    judged: judged
      ? { sha256: await withRests(sha256InSteps(judged), rester(signal)), bytes: judged.length }
      : null,
  };
  const served = await toSnapshot(facts, set.catalogue, rules, { signal });
  return { served, judged, examination, heldOut };
}

/** The gate's model, and what it does on the playlists that it has not seen. */
async function learnJudged(
  set: TransactionSet,
  held: HeldOut,
  chosen: Chosen,
  described: Omit<SnapshotFacts, 'scoring' | 'metrics' | 'judged'>,
  signal?: AbortSignal,
): Promise<Pick<Models, 'judged' | 'examination'>> {
  const snapshot = await fitJudged(set, held, chosen, described, signal);
  const examination = await examine(set, held, toModel(noHead, snapshot), signal);
  const judged = await withRests(encodeInSteps(snapshot), rester(signal));
  return { judged, examination };
}

async function fitJudged(
  set: TransactionSet,
  held: HeldOut,
  chosen: Chosen,
  described: Omit<SnapshotFacts, 'scoring' | 'metrics' | 'judged'>,
  signal?: AbortSignal,
): Promise<Snapshot> {
  // The rows seen are gone when their names are packed.
  const learnSeen = async () => {
    const { transactions, catalogue } = (await subset(set, held.seen, signal)).set;
    const learned = await learn({ transactions, catalogue }, chosen, signal);
    return { ...learned, catalogue };
  };
  const { rules, scoring, catalogue } = await learnSeen();
  const counts = { transactions: held.seen.length, songs: catalogue.titles.length };
  const hashes = held.seen.map((row) => held.hashes[row]).sort();
  const facts = { ...described, counts, scoring, metrics: {}, judged: null };
  return toSnapshot(facts, catalogue, rules, { playlistHashes: hashes, signal });
}
