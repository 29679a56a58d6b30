import { setImmediate } from 'node:timers/promises';
import { holds } from '../../shared/ascending.ts';
import type { Numbers } from '../../shared/packing.ts';
import { canonicalArtist, canonicalTitle } from '../../shared/song.ts';
import type { Seeds } from '../recommend/antecedents.ts';
import { artistOf, type Model } from '../recommend/model.ts';
import { rank, rankByPopularity } from '../recommend/score.ts';
import { songsOfTitle } from '../recommend/suggest.ts';
import { pairedRatio, type Ratio } from './evaluate/bootstrap.ts';
import { type Question, questionsOf } from './evaluate/folds.ts';
import { type MetricName, measureRanking } from './evaluate/metrics.ts';
import type { HeldOut } from './heldOut.ts';
import type { Catalogue, TransactionSet } from './transactions.ts';

/** With fewer playlists than this chance says more than the model does. */
export const leastHeldOut = 100;

/** With less of the old playlists in the new data set than this, it is another collection. */
const leastShared = 0.5;

/** Songs that are shown of a held-out playlist. */
const songsShown = [1, 5, 10, 25];

/** After so long without a rest, the event loop gets its turn. */
const restAfterMs = 25;

/** What the gate found. */
export interface Verdict {
  /** Whether the candidate may serve. */
  passed: boolean;
  /** One sentence for people. */
  reason: string;
  /** Playlists, NDCG@100 of each model averaged over songs shown, ratios and their intervals. */
  figures: Record<string, number>;
}

/** Held-out playlists as questions, and what the candidate and popularity make of them. */
export interface Examination {
  catalogue: Catalogue;
  hashes: Uint32Array;
  cases: Question[];
  candidate: Float64Array;
  /** The candidate's own figures: they depend on nothing but its data and settings. */
  figures: Record<string, number>;
}

/**
 * Measures a candidate's judged model on the playlists that it has not seen.
 * @throws RangeError for a model that has seen them, as the one that serves has.
 */
export async function examine(
  set: TransactionSet,
  { hashes, heldOut }: HeldOut,
  judged: Model,
  signal?: AbortSignal,
): Promise<Examination> {
  const { catalogue } = set;
  const cases = questionsOf(set, heldOut, { ks: songsShown, seeds: 'random' });
  const candidate = await measureUnseen(catalogue, hashes, cases, judged, rank, signal);
  const popularity = await measureUnseen(catalogue, hashes, cases, judged, nothing, signal);
  const figures: Record<string, number> = { heldOut: heldOut.length };
  figures.ndcg100 = overall(cases, candidate);
  figures.popularityNdcg100 = overall(cases, popularity);
  add(figures, 'toPopularity', pairedRatio(cases, candidate, popularity));
  return { catalogue, hashes, cases, candidate, figures };
}

/** What is said of a candidate with too few held-out playlists: it serves. */
export function unjudged(heldOut: number): Verdict {
  const reason = `not judged: ${heldOut} playlists are held out, ${leastHeldOut} are needed`;
  return { passed: true, reason, figures: { heldOut } };
}

/**
 * Whether a candidate may take the place of what serves: judged models are compared with each
 * other, on playlists that neither has seen. It must be better than popularity, and not worse than
 * the current one, both beyond what chance does to as many playlists.
 * @param current The current version's judged model, if there is one.
 */
export async function judge(
  { catalogue, hashes, cases, candidate, figures: own }: Examination,
  current: Model | undefined,
  signal?: AbortSignal,
): Promise<Verdict> {
  const figures = { ...own };
  const pass = (reason: string): Verdict => ({ passed: true, reason, figures });
  const fail = (reason: string): Verdict => ({ passed: false, reason, figures });
  // Also where there is nothing to measure, and the ratio is 0 / 0.
  if (!(own.toPopularityLow > 1)) {
    return fail(
      `it is no better than popularity: NDCG@100 ${own.ndcg100.toFixed(4)}, popularity ${own.popularityNdcg100.toFixed(4)}`,
    );
  }
  if (current === undefined)
    return pass('better than popularity; there is nothing to compare with');
  const known = current.snapshot.playlistHashes;
  figures.shared = sharedPart(known, hashes);
  if (figures.shared < leastShared) {
    return pass('better than popularity; another collection than the current one');
  }
  const unseen = [...cases.keys()].filter((i) => !holds(known, hashes[cases[i].row]));
  const some = unseen.map((i) => cases[i]);
  figures.compared = new Set(some.map(({ row }) => row)).size;
  if (figures.compared < leastHeldOut) {
    return pass(
      `better than popularity; not compared: ${figures.compared} playlists are new to both, ${leastHeldOut} are needed`,
    );
  }
  const ours = Float64Array.from(unseen, (i) => candidate[i]);
  const theirs = await measureUnseen(catalogue, hashes, some, current, rank, signal);
  figures.currentNdcg100 = overall(some, theirs);
  const ratio = pairedRatio(some, ours, theirs);
  add(figures, 'toCurrent', ratio);
  const says = `NDCG@100 is ${ratio.ratio.toFixed(3)} times the current one's (${ratio.low.toFixed(3)} to ${ratio.high.toFixed(3)})`;
  return ratio.high < 1 ? fail(`it is worse than what serves: ${says}`) : pass(says);
}

/**
 * NDCG@100 of each case, or another metric, answered as a request is: the popular songs where no
 * rule fires.
 * @throws RangeError for a model that has seen one of the playlists, or does not tell which it has.
 */
export async function measureUnseen(
  catalogue: Catalogue,
  hashes: Uint32Array,
  cases: readonly Question[],
  model: Model,
  ranking: typeof rank,
  signal?: AbortSignal,
  metric: MetricName = 'ndcg100',
): Promise<Float64Array> {
  const seen = model.snapshot.playlistHashes;
  if (seen.length === 0 && model.transactions > 0) {
    throw new RangeError('A served model has seen all playlists: only a judged one is measured.');
  }
  const codeOf = finder(model, catalogue);
  const values = new Float64Array(cases.length);
  let rested = performance.now();
  for (const [i, { row, shown, hiddenSongs, hiddenCount }] of cases.entries()) {
    if (performance.now() - rested > restAfterMs) {
      await setImmediate();
      signal?.throwIfAborted();
      rested = performance.now();
    }
    if (holds(seen, hashes[row])) throw new RangeError(`The model has seen playlist ${row}.`);
    const known = (songs: Uint32Array) => [...songs].map(codeOf).filter((song) => song >= 0);
    const seeds: Seeds = { songs: known(shown), artists: [] };
    const ruled = ranking(model, seeds, 100);
    const { songs } = ruled.songs.length > 0 ? ruled : rankByPopularity(model, seeds, 100);
    const hidden = Uint32Array.from(known(hiddenSongs));
    const asked = { hidden, hiddenCount };
    values[i] = measureRanking(songs, asked, model.snapshot.supports, model.transactions)[metric];
  }
  return values;
}

/** The part of some ascending numbers, each taken once, that is among others: without a set of a million. */
function sharedPart(ascending: Numbers, others: Uint32Array): number {
  const among = others.slice().sort();
  let count = 0;
  let shared = 0;
  let at = 0;
  for (let i = 0; i < ascending.length; i++) {
    if (i > 0 && ascending[i] === ascending[i - 1]) continue;
    count++;
    while (at < among.length && among[at] < ascending[i]) at++;
    if (among[at] === ascending[i]) shared++;
  }
  return shared / Math.max(1, count);
}

/** Says nothing, so that the popular songs are the answer. */
const nothing: typeof rank = () => ({ songs: [], scores: [] });

/** A model's code of each song of a catalogue, -1 for one that it does not know. */
function finder(
  model: Model,
  { titles, artists, artistOf: artistsOf }: Catalogue,
): (song: number) => number {
  const found = new Int32Array(titles.length).fill(-2);
  return (song) => {
    if (found[song] === -2) {
      const artist = canonicalArtist(artists[artistsOf[song]]);
      const namesakes = songsOfTitle(model, model.titles.names.find(canonicalTitle(titles[song])));
      const own = namesakes.find((one) => canonicalArtist(artistOf(model, one)) === artist);
      found[song] = own ?? -1;
    }
    return found[song];
  };
}

/** The mean over the numbers of songs shown of the means of their cases. */
function overall(cases: readonly Question[], values: Float64Array): number {
  const byK = [...Map.groupBy(cases.keys(), (i) => cases[i].k).values()];
  const means = byK.map((some) => some.reduce((sum, i) => sum + values[i], 0) / some.length);
  return means.reduce((sum, one) => sum + one, 0) / means.length;
}

function add(figures: Record<string, number>, name: string, { ratio, low, high }: Ratio): void {
  Object.assign(figures, { [name]: ratio, [`${name}Low`]: low, [`${name}High`]: high });
}
