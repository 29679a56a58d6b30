import { confidence, lift } from '../../shared/measures.ts';
import { type Antecedents, antecedentsIn, type Seeds } from './antecedents.ts';
import type { Ranking } from './best.ts';
import { choose } from './choose.ts';
import { type Contribution, explain } from './explain.ts';
import { limits } from './limits.ts';
import { type Match, type Matches, matchExcluded, matchSongs } from './match.ts';
import { artistNamed, artistOf, type Model, type SeedTables, tablesFor, titleOf } from './model.ts';
import { antecedentSongs } from './rules/lookup.ts';
import type {
  BriefAnswer,
  ModelAnswer,
  Reason,
  RecommendAnswer,
  RecommendRequest,
} from './schemas.ts';
import { rankByPopularity, rankFired } from './score.ts';

/** Reasons that are given for one song at most. */
const mostReasons = 3;

/** Songs asked for in, recommended songs with their reasons out. */
export function recommend(model: Model, request: RecommendRequest): RecommendAnswer {
  return toAnswer(model, withReasons(model, findSongs(model, request)));
}

/** What was found, as a client reads it; `writeAnswer` gives the same as JSON. */
export function toAnswer(model: Model, found: Found): RecommendAnswer {
  const { songs, scores, because, unmatched, fallback } = found;
  const titles = songs.map((song) => titleOf(model, song));
  return {
    songs: titles,
    version: model.head.version,
    model_date: model.head.created,
    snapshot: model.head.sha256,
    recommendations: songs.map((song, i) => ({
      track: titles[i],
      artist: artistOf(model, song),
      score: scores[i],
      because: because === undefined ? [popular(model, song)] : reasons(model, song, because[i]),
    })),
    matched: toMatched(model, found),
    unmatched,
    ...(fallback && { fallback }),
  };
}

/** What songs asked for were taken for, as a client reads it. */
function toMatched(model: Model, { matched }: FoundSongs): RecommendAnswer['matched'] {
  return matched.map(({ asked, song, others, corrected }) => ({
    asked,
    track: titleOf(model, song),
    artist: artistOf(model, song),
    others,
    ...(corrected && { corrected }),
  }));
}

/** The same without reasons, for whoever asks for many. */
export function recommendBriefly(model: Model, request: RecommendRequest): BriefAnswer {
  return toBriefAnswer(model, findSongs(model, request));
}

/** What was found, as who asks for many reads it; `writeBriefAnswer` gives the same as JSON. */
export function toBriefAnswer(model: Model, found: FoundSongs): BriefAnswer {
  const { songs, scores, unmatched, fallback } = found;
  return {
    recommendations: songs.map((song, i) => ({
      track: titleOf(model, song),
      artist: artistOf(model, song),
      score: scores[i],
    })),
    unmatched,
    ...(fallback && { fallback }),
  };
}

/** The songs that a request leads to, and what it was taken for. */
export interface FoundSongs extends Matches, Ranking {
  seeds: Seeds;
  /** The rules that led to the songs; undefined where they are popular, and no more. */
  ruled?: { fired: Antecedents; tables: SeedTables };
  fallback?: 'artist' | 'popular';
}

/** The same, with what a person is told of them. */
export interface Found extends FoundSongs {
  /** What gave each song its score; undefined where they are popular, and no more. */
  because?: Contribution[][];
}

/** Songs that were found, with what led to them. */
export function withReasons(model: Model, found: FoundSongs): Found {
  const { ruled, seeds } = found;
  return ruled ? { ...found, because: explain(model, seeds, found, mostReasons) } : found;
}

/** Songs asked for in, songs that they lead to out. */
export function findSongs(
  model: Model,
  {
    songs: asked,
    limit = limits.recommendations.default,
    exclude = [],
    diversity = limits.diversity.default,
  }: RecommendRequest,
): FoundSongs {
  const matches = matchSongs(model, asked);
  const { matched, artists } = matches;
  const seeds = { songs: songsOf(matched), artists };
  const choice = { limit, excluded: matchExcluded(model, exclude), diversity };
  const tables = tablesFor(model, seeds.songs.length + artists.length);
  const fired = antecedentsIn(model, seeds, tables);
  const chosen = choose(model, (most) => rankFired(model, seeds, fired, tables, most), choice);
  if (chosen.songs.length > 0) {
    const found = { ...matches, ...chosen, seeds, ruled: { fired, tables } };
    // The songs that no rule begins with may have been known by their artists only.
    return matched.length > 0 ? found : { ...found, fallback: 'artist' };
  }
  const byArtist = choose(model, (most) => rankByArtist(model, seeds, most), choice);
  if (byArtist.songs.length > 0) {
    return { ...matches, ...byArtist, seeds, fallback: 'artist' };
  }
  const popular = choose(model, (most) => rankByPopularity(model, seeds, most), choice);
  return { ...matches, ...popular, seeds, fallback: 'popular' };
}

/** Songs that were found, each once. */
function songsOf(matched: readonly Match[]): number[] {
  const songs: number[] = [];
  for (const { song } of matched) if (!songs.includes(song)) songs.push(song);
  return songs;
}

/** What a person may know about the model that answers. */
export function describe({ head, snapshot }: Model): ModelAnswer {
  const { version, created, seq, cause, sha256, bytes, gate } = head;
  const served = { version, model_date: created, seq, cause, sha256, bytes };
  return { ...served, ...(gate && { gate }), ...snapshot.facts };
}

/** The songs of the artists asked for that are in most playlists. */
function rankByArtist({ snapshot, transactions }: Model, seeds: Seeds, most: number): Ranking {
  const { artistOffsets, artistSongs, supports } = snapshot;
  const songs = Array.from(seeds.artists)
    .flatMap((artist) => [
      ...artistSongs.subarray(artistOffsets[artist], artistOffsets[artist + 1]),
    ])
    .filter((song) => !Array.from(seeds.songs).includes(song))
    .sort((a, b) => a - b)
    .slice(0, most);
  return { songs, scores: songs.map((song) => supports[song] / transactions) };
}

function reasons(model: Model, song: number, because: readonly Contribution[]): Reason[] {
  return because.map((reason) => {
    const { together, given } = reason;
    const share = rounded(reason.share);
    if (reason.kind === 'artist') {
      return { kind: 'artist', artist: artistNamed(model, reason.artist), together, given, share };
    }
    const songs = antecedentSongs(model, reason.antecedent).map((one) => titleOf(model, one));
    return { kind: 'rule', songs, together, given, ...measuresOf(model, song, reason), share };
  });
}

/** Confidence and lift of the rule that was a reason for a song. */
export function measuresOf(
  { snapshot, transactions }: Model,
  song: number,
  { together, given }: Contribution,
): { confidence: number; lift: number } {
  const counts = { together, given, consequent: snapshot.supports[song], transactions };
  return { confidence: rounded(confidence(counts)), lift: rounded(lift(counts)) };
}

/** Four decimals: what is told of a rule is counted in playlists, and more would be noise. */
export function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

function popular(model: Model, song: number): Reason {
  return { kind: 'popular', support: model.snapshot.supports[song] };
}
