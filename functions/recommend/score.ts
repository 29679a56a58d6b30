import { countRule, countRules, togetherIn, weightIn } from '../../shared/counting.ts';
import { BestSongs, type Ranking } from './best.ts';
import { type Model, type SeedTables, tablesFor } from './model.ts';

/**
 * The score of a song j for the songs S that were asked for:
 *
 *     direct(j | S) = sum over i in S of [ w_ij + mu * w_a(i)j / (n_a(i) + nu) ] / (n_i + lambda + mu)
 *                   + sum over antecedents A of several songs in S of rho * w_Aj / (n_A + lambda + mu)
 *     spread(j | S) = kappa * n_j^tau / (n_a(j) + nu) * sum of direct(l | S) over the songs l of a(j)
 *     score(j | S)  = n_j^-b * [ direct(j | S) + spread(j | S) ]
 *
 * n are numbers of playlists; w_ij is the number of playlists that hold i and j with each playlist
 * of length l counted as l^-gamma, w_aj that of those with j and another song of artist a; a(i) is
 * the artist of i. lambda shrinks what rare songs claim; mu lets a song's artist speak where the
 * song itself is rare; nu does for rare artists what lambda does for rare songs. The spread follows
 * the rules one step further: what leads to some songs of an artist leads to his others, in
 * proportion to how many of his playlists hold them. b takes back some of what popular songs get
 * for their popularity. Which parameters hold depends on how many songs are asked for (`Scoring`).
 *
 * With all but lambda 0 it is the sum of shrunk confidences, without it that of confidences, and
 * with the aggregation `max` the highest one. Only songs with direct(j | S) > 0 are ranked.
 *
 * Every term of `direct` is rounded up to a whole number of units, so its sums are exact and do
 * not depend on the order of addition: listed rules and counted ones give equal bits.
 */

/** What a score is made for. */
export interface Seeds {
  /** Songs without repeats; they are never in the answer. */
  songs: ArrayLike<number>;
  /** Artists of songs that the model does not know, one a song. */
  artists: ArrayLike<number>;
}

/** What gave a song its score: a rule of songs that were asked for, or an artist. */
export type Contribution =
  /** Number of the antecedent, see `Snapshot`. */
  | { kind: 'rule'; antecedent: number; together: number; given: number; share: number }
  /** Playlists with a song of the artist, and those of them that hold the song. */
  | { kind: 'artist'; artist: number; together: number; given: number; share: number };

/** Units of a direct score of 1: sums stay below 2^53 for any 200 songs. */
const scoreUnit = 2 ** 30;

/**
 * The songs that the rules of `seeds` lead to, best first; ties go to the song in more playlists.
 * @param limit Most songs in the answer; fewer when fewer rules fire.
 * @param tables Parameters other than the model's own, to try them.
 */
export function rank(
  model: Model,
  seeds: Seeds,
  limit: number,
  tables: SeedTables = tablesOf(model, seeds),
): Ranking {
  const { scores, scored, artistSums } = model;
  const { supports, artistOf, artistSupports } = model.snapshot;
  const { damping, spread, artistSpread, artistShrinkage } = tables;
  const size = addUp(model, antecedentsIn(model, seeds, tables));
  if (artistSpread > 0) {
    for (let i = 0; i < size; i++) artistSums[artistOf[scored[i]]] += scores[scored[i]];
  }
  for (let i = 0; i < seeds.songs.length; i++) scores[seeds.songs[i]] = 0;
  const best = new BestSongs(limit);
  for (let i = 0; i < size; i++) {
    const song = scored[i];
    let score = scores[song];
    if (score === 0) continue;
    scores[song] = 0;
    const artist = artistOf[song];
    if (artistSpread > 0 && artistSupports[artist] > 0) {
      const given = artistSupports[artist] + artistShrinkage;
      score += ((artistSpread * artistSums[artist]) / given) * spread[supports[song]];
    }
    best.offer(song, (score * damping[supports[song]]) / scoreUnit);
  }
  if (artistSpread > 0) {
    for (let i = 0; i < size; i++) artistSums[artistOf[scored[i]]] = 0;
  }
  return best.ranking();
}

/** The songs in most playlists, seeds left out: what is said when no rule fires. */
export function rankByPopularity(model: Model, seeds: Seeds, limit: number): Ranking {
  const taken = new Set(Array.from(seeds.songs));
  const songs: number[] = [];
  for (let song = 0; song < model.songs && songs.length < limit; song++) {
    if (!taken.has(song)) songs.push(song);
  }
  return {
    songs,
    scores: songs.map((song) => model.snapshot.supports[song] / model.transactions),
  };
}

/**
 * What gave a song its score, the strongest first.
 * @param score Of the song, as `rank` gave it.
 * @param most Contributions in the answer at most; shares are of the whole score.
 */
export function explain(
  model: Model,
  seeds: Seeds,
  { song, score }: { song: number; score: number },
  most: number,
): Contribution[] {
  const { artistOf, artistSupports, supports } = model.snapshot;
  const tables = tablesOf(model, seeds);
  const { antecedents, factors } = antecedentsIn(model, seeds, tables);
  const found: Contribution[] = [];
  let direct = 0;
  for (const [i, antecedent] of antecedents.entries()) {
    const { together, weight } = ruleOf(model, antecedent, song);
    if (together < model.minSupport) continue;
    const share = Math.ceil(weight * factors[i]);
    direct += share;
    const given = supportOf(model, antecedent);
    found.push(
      antecedent >= model.songs && antecedent < model.singles
        ? { kind: 'artist', artist: antecedent - model.songs, together, given, share }
        : { kind: 'rule', antecedent, together, given, share },
    );
  }
  if (model.scoring.aggregation === 'max') {
    found.sort((a, b) => b.share - a.share).splice(1);
    direct = found[0].share;
  }
  // Whatever of his own artist a song is recommended for, what can be counted is how many of his
  // playlists have it.
  const artist = artistOf[song];
  const counts = { together: supports[song], given: artistSupports[artist] };
  const own = found.find((one) => one.kind === 'artist' && one.artist === artist);
  if (own !== undefined) Object.assign(own, counts);
  if (tables.artistSpread > 0 && counts.given > 0) {
    const share = Math.max(0, (score * scoreUnit) / tables.damping[supports[song]] - direct);
    if (own === undefined) found.push({ kind: 'artist', artist, ...counts, share });
    else own.share += share;
  }
  const total = found.reduce((sum, { share }) => sum + share, 0);
  return found
    .sort((a, b) => b.share - a.share || numberOf(model, a) - numberOf(model, b))
    .slice(0, most)
    .map((one) => ({ ...one, share: one.share / total }));
}

/** The songs of an antecedent that is no artist. */
export function antecedentSongs({ songs, singles, snapshot }: Model, antecedent: number): number[] {
  if (antecedent < songs) return [antecedent];
  const { longOffsets, longSongs } = snapshot;
  const long = antecedent - singles;
  return [...longSongs.subarray(longOffsets[long], longOffsets[long + 1])];
}

/** Playlists that hold the antecedent. */
export function supportOf({ songs, singles, snapshot }: Model, antecedent: number): number {
  if (antecedent < songs) return snapshot.supports[antecedent];
  if (antecedent < singles) return snapshot.artistSupports[antecedent - songs];
  return snapshot.longSupports[antecedent - singles];
}

/** The number of an antecedent. */
function numberOf({ songs }: Model, contribution: Contribution): number {
  return contribution.kind === 'rule' ? contribution.antecedent : songs + contribution.artist;
}

function tablesOf(model: Model, { songs, artists }: Seeds): SeedTables {
  return tablesFor(model, songs.length + artists.length);
}

/** Antecedents that fire, and what each one's weights are multiplied with. */
interface Antecedents {
  antecedents: number[];
  factors: number[];
}

/** The songs asked for, their artists, and every antecedent whose songs are all among them. */
function antecedentsIn(
  model: Model,
  { songs: seeds, artists }: Seeds,
  { shrinkage, artistWeight, artistShrinkage, longWeight }: SeedTables,
): Antecedents {
  const { songs, singles, snapshot, scoring } = model;
  const { supports, artistOf, artistSupports, longSupports } = snapshot;
  const unit = scoreUnit / scoring.weightScale;
  const shrunk = shrinkage + artistWeight;
  const antecedents: number[] = [];
  const factors: number[] = [];
  const byArtist = new Map<number, number>();
  const addArtist = (artist: number, support: number) => {
    // Nobody is the artist of songs without one, and an artist's share of 0 / 0 is none.
    if (artistWeight === 0 || artistSupports[artist] === 0) return;
    const factor =
      ((artistWeight / (support + shrunk)) * unit) / (artistSupports[artist] + artistShrinkage);
    byArtist.set(artist, (byArtist.get(artist) ?? 0) + factor);
  };
  for (let i = 0; i < seeds.length; i++) {
    antecedents.push(seeds[i]);
    factors.push(unit / (supports[seeds[i]] + shrunk));
    addArtist(artistOf[seeds[i]], supports[seeds[i]]);
  }
  for (let i = 0; i < artists.length; i++) addArtist(artists[i], 0);
  for (const [artist, factor] of byArtist) {
    antecedents.push(songs + artist);
    factors.push(factor);
  }
  if (longWeight > 0) {
    for (const long of longAmong(model, seeds)) {
      antecedents.push(singles + long);
      factors.push((longWeight * unit) / (longSupports[long] + shrunk));
    }
  }
  return { antecedents, factors };
}

/** Antecedents of several songs that are all among the seeds. */
function longAmong({ snapshot }: Model, seeds: ArrayLike<number>): number[] {
  const { longOffsets, longSongs, longSupports } = snapshot;
  const found: number[] = [];
  if (longSupports.length === 0 || seeds.length < 2) return found;
  const among = new Set(Array.from(seeds));
  for (const seed of among) {
    // They are in the order of their songs: those that begin with this seed stand together.
    let long = firstBeginningWith(snapshot, seed);
    for (; longSongs[longOffsets[long]] === seed; long++) {
      const rest = longSongs.subarray(longOffsets[long] + 1, longOffsets[long + 1]);
      if (rest.every((song) => among.has(song))) found.push(long);
    }
  }
  return found;
}

function firstBeginningWith(
  { longOffsets, longSongs, longSupports }: Model['snapshot'],
  song: number,
): number {
  let low = 0;
  let high = longSupports.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (longSongs[longOffsets[middle]] < song) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Adds up the direct scores in `model.scores`. @returns How many songs have one. */
function addUp(model: Model, { antecedents, factors }: Antecedents): number {
  const { ruleOffsets } = model.snapshot;
  let size = 0;
  for (let i = 0; i < antecedents.length; i++) {
    const antecedent = antecedents[i];
    const isListed = ruleOffsets[antecedent] < ruleOffsets[antecedent + 1];
    size = (isListed ? addListed : addCounted)(model, antecedent, factors[i], size);
  }
  return size;
}

function addListed(model: Model, antecedent: number, factor: number, size: number): number {
  const { scores, scored, scoring } = model;
  const { ruleOffsets, ruleConsequents, ruleWeights } = model.snapshot;
  const highestOnly = scoring.aggregation === 'max';
  const end = ruleOffsets[antecedent + 1];
  for (let rule = ruleOffsets[antecedent]; rule < end; rule++) {
    const song = ruleConsequents[rule];
    const value = Math.ceil(ruleWeights[rule] * factor);
    const before = scores[song];
    if (before === 0) scored[size++] = song;
    scores[song] = highestOnly ? Math.max(before, value) : before + value;
  }
  return size;
}

function addCounted(model: Model, antecedent: number, factor: number, size: number): number {
  const { scores, scored, scoring, tally, minSupport, singles } = model;
  if (antecedent >= singles) return size;
  const highestOnly = scoring.aggregation === 'max';
  countRules(model.snapshot, antecedent, tally);
  const { sums, songs } = tally;
  for (let i = 0; i < tally.size; i++) {
    const song = songs[i];
    const sum = sums[song];
    sums[song] = 0;
    if (togetherIn(sum) < minSupport || song === antecedent) continue;
    const value = Math.ceil(weightIn(sum) * factor);
    const before = scores[song];
    if (before === 0) scored[size++] = song;
    scores[song] = highestOnly ? Math.max(before, value) : before + value;
  }
  tally.size = 0;
  return size;
}

/** The consequents of an antecedent's rules, ascending, with the playlists that hold both. */
export function consequentsOf(
  model: Model,
  antecedent: number,
): [song: number, together: number][] {
  const { snapshot, singles, tally, minSupport } = model;
  const { ruleOffsets, ruleConsequents, ruleTogether } = snapshot;
  const start = ruleOffsets[antecedent];
  const end = ruleOffsets[antecedent + 1];
  const rules: [number, number][] = [];
  for (let rule = start; rule < end; rule++) {
    rules.push([ruleConsequents[rule], ruleTogether[rule]]);
  }
  if (start < end || antecedent >= singles) return rules;
  countRules(snapshot, antecedent, tally);
  for (const song of tally.songs.subarray(0, tally.size).sort()) {
    const together = togetherIn(tally.sums[song]);
    if (song !== antecedent && together >= minSupport) rules.push([song, together]);
    tally.sums[song] = 0;
  }
  tally.size = 0;
  return rules;
}

/** The counts of one rule, listed or not; zeros when there is none. */
export function ruleOf(
  { snapshot, singles }: Model,
  antecedent: number,
  song: number,
): { together: number; weight: number } {
  const { ruleOffsets, ruleConsequents, ruleTogether, ruleWeights } = snapshot;
  let low = ruleOffsets[antecedent];
  const end = ruleOffsets[antecedent + 1];
  if (low === end && antecedent < singles) return countRule(snapshot, antecedent, song);
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ruleConsequents[middle] < song) low = middle + 1;
    else high = middle;
  }
  if (low === end || ruleConsequents[low] !== song) return { together: 0, weight: 0 };
  return { together: ruleTogether[low], weight: ruleWeights[low] };
}
