import { confidence, lift } from '../../shared/measures.ts';
import { nameAt } from '../../shared/snapshot.ts';
import type { Seeds } from './antecedents.ts';
import type { Ranking } from './best.ts';
import { choose } from './choose.ts';
import { type Contribution, explain } from './explain.ts';
import { limits } from './limits.ts';
import { type Matches, matchExcluded, matchSongs } from './match.ts';
import { artistOf, type Model, titleOf } from './model.ts';
import { antecedentSongs } from './rules/lookup.ts';
import type {
  BriefAnswer,
  ModelAnswer,
  Reason,
  RecommendAnswer,
  RecommendRequest,
} from './schemas.ts';
import { rank, rankByPopularity } from './score.ts';

/** Reasons that are given for one song at most. */
const mostReasons = 3;

/** Songs asked for in, recommended songs with their reasons out. */
export function recommend(model: Model, request: RecommendRequest): RecommendAnswer {
  const { seeds, matched, unmatched, isRuled, songs, scores, fallback } = find(model, request);
  const titles = songs.map((song) => titleOf(model, song));
  const explained = isRuled ? explain(model, seeds, { songs, scores }, mostReasons) : [];
  return {
    songs: titles,
    version: model.head.version,
    model_date: model.head.created,
    snapshot: model.head.sha256,
    recommendations: songs.map((song, i) => ({
      track: titles[i],
      artist: artistOf(model, song),
      score: scores[i],
      because: isRuled ? reasons(model, song, explained[i]) : [popular(model, song)],
    })),
    matched: matched.map(({ asked: title, song, others, corrected }) => ({
      asked: title,
      track: titleOf(model, song),
      artist: artistOf(model, song),
      others,
      ...(corrected && { corrected }),
    })),
    unmatched,
    ...(fallback && { fallback }),
  };
}

/** The same without reasons, for whoever asks for many. */
export function recommendBriefly(model: Model, request: RecommendRequest): BriefAnswer {
  const { songs, scores, unmatched, fallback } = find(model, request);
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
function find(
  model: Model,
  {
    songs: asked,
    limit = limits.recommendations.default,
    exclude = [],
    diversity = limits.diversity.default,
  }: RecommendRequest,
): Matches & Ranking & { seeds: Seeds; isRuled: boolean; fallback?: 'artist' | 'popular' } {
  const matches = matchSongs(model, asked);
  const { matched, artists } = matches;
  const seeds = { songs: [...new Set(matched.map((match) => match.song))], artists };
  const choice = { limit, excluded: matchExcluded(model, exclude), diversity };
  const ruled = choose(model, (most) => rank(model, seeds, most), choice);
  // The songs that no rule begins with may have been known by their artists only.
  if (ruled.songs.length > 0) {
    const known = matched.length > 0 ? {} : { fallback: 'artist' as const };
    return { ...matches, ...ruled, seeds, isRuled: true, ...known };
  }
  const byArtist = choose(model, (most) => rankByArtist(model, seeds, most), choice);
  if (byArtist.songs.length > 0) {
    return { ...matches, ...byArtist, seeds, isRuled: false, fallback: 'artist' };
  }
  const popular = choose(model, (most) => rankByPopularity(model, seeds, most), choice);
  return { ...matches, ...popular, seeds, isRuled: false, fallback: 'popular' };
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

function reasons(model: Model, song: number, explained: readonly Contribution[]): Reason[] {
  const { transactions, snapshot } = model;
  return explained.map((found) => {
    const { together, given, share } = found;
    if (found.kind === 'artist') {
      const artist = nameAt(snapshot.artists, found.artist);
      return { kind: 'artist', artist, together, given, share };
    }
    const counts = { together, given, consequent: snapshot.supports[song], transactions };
    return {
      kind: 'rule',
      songs: antecedentSongs(model, found.antecedent).map((one) => titleOf(model, one)),
      together,
      given,
      confidence: confidence(counts),
      lift: lift(counts),
      share,
    };
  });
}

function popular(model: Model, song: number): Reason {
  return { kind: 'popular', support: model.snapshot.supports[song] };
}
