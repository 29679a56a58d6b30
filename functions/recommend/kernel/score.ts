/**
 * The loops of a score: add, sum by artist, choose. They work in the memory that the snapshot was
 * read into, on the arrays of the model; each has its plain twin of the same name in ../sums.ts or
 * ../score.ts, which says what it is for.
 */
import { entry } from './entry';

/** Columns of the snapshot, and the bytes of an entry: 1, 2 or 4. */
let ruleConsequents: usize = 0;
let consequentBytes: u32 = 0;
let ruleWeights: usize = 0;
let weightBytes: u32 = 0;
let artistOf: usize = 0;
let artistBytes: u32 = 0;
/** Arrays of the model. */
let scores: usize = 0;
let scored: usize = 0;
let direct: usize = 0;
let scoredArtists: usize = 0;
let artistSums: usize = 0;
/** The best songs: a binary heap with the worst on top; of each 8 bytes of score, 4 of number. */
let best: usize = 0;

/** Says where everything is; the columns' bytes are checked by whoever opens. */
export function open(
  consequentsAt: usize,
  bytesOfConsequent: u32,
  weightsAt: usize,
  bytesOfWeight: u32,
  artistsAt: usize,
  bytesOfArtist: u32,
  scoresAt: usize,
  scoredAt: usize,
  directAt: usize,
  scoredArtistsAt: usize,
  artistSumsAt: usize,
  bestAt: usize,
): void {
  ruleConsequents = consequentsAt;
  consequentBytes = bytesOfConsequent;
  ruleWeights = weightsAt;
  weightBytes = bytesOfWeight;
  artistOf = artistsAt;
  artistBytes = bytesOfArtist;
  scores = scoresAt;
  scored = scoredAt;
  direct = directAt;
  scoredArtists = scoredArtistsAt;
  artistSums = artistSumsAt;
  best = bestAt;
}

/** Adds the rules from `start` up to `end`, each weight times `factor`. */
export function addListed(start: u32, end: u32, factor: f64, size: u32): u32 {
  if (consequentBytes === 1) return addFrom<u8>(start, end, factor, size);
  if (consequentBytes === 2) return addFrom<u16>(start, end, factor, size);
  return addFrom<u32>(start, end, factor, size);
}

function addFrom<Consequent>(start: u32, end: u32, factor: f64, size: u32): u32 {
  if (weightBytes === 1) return add<Consequent, u8>(start, end, factor, size);
  if (weightBytes === 2) return add<Consequent, u16>(start, end, factor, size);
  return add<Consequent, u32>(start, end, factor, size);
}

function add<Consequent, Weight>(start: u32, end: u32, factor: f64, size: u32): u32 {
  if (size === 0) return addFirst<Consequent, Weight>(start, end, factor);
  const before = scores;
  const last = consequentAt<Consequent>(end);
  let weight = ruleWeights + <usize>start * sizeof<Weight>();
  let next = scored + ((<usize>size) << 2);
  for (let at = consequentAt<Consequent>(start); at < last; at += sizeof<Consequent>()) {
    const song = <usize>load<Consequent>(at);
    const score = load<f64>(before + (song << 3));
    store<u32>(next, <u32>song);
    // No score is -0: its bits tell sooner than a comparison of numbers, which may be none.
    next += (<usize>(reinterpret<u64>(score) === 0)) << 2;
    store<f64>(before + (song << 3), score + <f64>load<Weight>(weight) * factor);
    weight += sizeof<Weight>();
  }
  return <u32>((next - scored) >> 2);
}

/** The same where no song has a score yet, so that all are new. */
function addFirst<Consequent, Weight>(start: u32, end: u32, factor: f64): u32 {
  const into = scores;
  const last = consequentAt<Consequent>(end);
  let weight = ruleWeights + <usize>start * sizeof<Weight>();
  let next = scored;
  for (let at = consequentAt<Consequent>(start); at < last; at += sizeof<Consequent>()) {
    const song = <usize>load<Consequent>(at);
    store<u32>(next, <u32>song);
    store<f64>(into + (song << 3), <f64>load<Weight>(weight) * factor);
    next += 4;
    weight += sizeof<Weight>();
  }
  return end - start;
}

export function sumByArtist(size: u32): void {
  if (artistBytes === 1) sum<u8>(size);
  else if (artistBytes === 2) sum<u16>(size);
  else sum<u32>(size);
}

function sum<Artist>(size: u32): void {
  // V8 would read globals again for each song.
  const artists = artistOf;
  const before = scores;
  const sums = artistSums;
  const last = scored + ((<usize>size) << 2);
  let toScore = direct;
  let toArtist = scoredArtists;
  for (let at = scored; at < last; at += 4) {
    const song = <usize>load<u32>(at);
    const artist = <usize>load<Artist>(artists + song * sizeof<Artist>());
    const score = load<f64>(before + (song << 3));
    store<f64>(before + (song << 3), 0);
    const ofArtist = sums + (artist << 3);
    store<f64>(ofArtist, load<f64>(ofArtist) + score);
    store<f64>(toScore, score);
    store<u32>(toArtist, <u32>artist);
    toScore += 8;
    toArtist += 4;
  }
}

/**
 * Puts the best songs where `best` is, the best first.
 * @returns How many: `limit`, or all that have a score.
 */
export function bestOf(
  size: u32,
  ofSong: usize,
  mostSpread: usize,
  mostDamping: f64,
  limit: u32,
): u32 {
  let chosen: u32 = 0;
  let least: f64 = 0;
  for (let i: usize = 0; ; i++) {
    i = firstAbove(i, size, mostSpread, mostDamping, least);
    if (i === <usize>size) break;
    const own = load<f64>(direct + (i << 3));
    if (own === 0) continue;
    const artist = <usize>load<u32>(scoredArtists + (i << 2));
    const sum = load<f64>(artistSums + (artist << 3));
    const song = load<u32>(scored + (i << 2));
    const pair = ofSong + ((<usize>song) << 3);
    const score = (own + sum * <f64>load<f32>(pair)) * <f64>load<f32>(pair, 4);
    if (chosen < limit) rise(chosen++, score, song);
    else if (isWorse(load<f64>(best), load<u32>(best, 8), score, song)) sink(limit, score, song);
    if (chosen === limit) least = load<f64>(best);
  }
  for (let left = chosen; left > 1; ) {
    left--;
    const last = best + ((<usize>left) << 4);
    const score = load<f64>(last);
    const song = load<u32>(last, 8);
    put(left, load<f64>(best), load<u32>(best, 8));
    sink(left, score, song);
  }
  return chosen;
}

/**
 * The place of the next song from one on that could get `least`, or the number of all. By itself,
 * because what is called in a loop makes V8 read all globals of a module again for each song; two
 * songs at a time, because instructions are what it waits for.
 */
function firstAbove(
  from: usize,
  size: usize,
  mostSpread: usize,
  mostDamping: f64,
  least: f64,
): usize {
  const scores = direct;
  const artists = scoredArtists;
  const sums = artistSums;
  const damping = f64x2.splat(mostDamping);
  const leasts = f64x2.splat(least);
  let i = from;
  for (; i + 2 <= size; i += 2) {
    const at = artists + (i << 2);
    const one = <usize>load<u32>(at);
    const other = <usize>load<u32>(at, 4);
    const sum = v128.load64_lane(sums + (other << 3), v128.load64_zero(sums + (one << 3)), 1);
    const spread = v128.load32_lane(
      mostSpread + (other << 2),
      v128.load32_zero(mostSpread + (one << 2)),
      1,
    );
    const own = v128.load(scores + (i << 3));
    const most = f64x2.mul(
      f64x2.add(own, f64x2.mul(sum, f64x2.promote_low_f32x4(spread))),
      damping,
    );
    if (v128.any_true(f64x2.ge(most, leasts))) break;
  }
  for (; i < size; i++) {
    const artist = <usize>load<u32>(artists + (i << 2));
    const spread = load<f64>(sums + (artist << 3)) * <f64>load<f32>(mostSpread + (artist << 2));
    if ((load<f64>(scores + (i << 3)) + spread) * mostDamping >= least) break;
  }
  return i;
}

/**
 * The rule to a song among those from `start` up to `end`, which are one at least; 2^32 - 1 for none.
 * No step of the search depends on a comparison but by arithmetic: no processor foresees them, and so
 * it searches for several songs at a time.
 */
export function findRule(start: u32, end: u32, song: u32): u32 {
  if (consequentBytes === 1) return find<u8>(start, end, song);
  if (consequentBytes === 2) return find<u16>(start, end, song);
  return find<u32>(start, end, song);
}

function find<Consequent>(start: u32, end: u32, song: u32): u32 {
  let rule = start;
  for (let left = end - start; left > 1; ) {
    const half = left >> 1;
    const middle = <u32>load<Consequent>(consequentAt<Consequent>(rule + half));
    rule += half & -(<u32>(middle <= song));
    left -= half;
  }
  return <u32>load<Consequent>(consequentAt<Consequent>(rule)) === song ? rule : u32.MAX_VALUE;
}

/** The weight of a rule in its column: of a heavy one, as much as that tells. */
export function toldWeightOf(rule: u32): u32 {
  return entry(ruleWeights, weightBytes, rule);
}

function consequentAt<Consequent>(rule: u32): usize {
  return ruleConsequents + <usize>rule * sizeof<Consequent>();
}

function isWorse(score: f64, song: u32, thanScore: f64, thanSong: u32): bool {
  return score < thanScore || (score === thanScore && song > thanSong);
}

function put(place: u32, score: f64, song: u32): void {
  const at = best + ((<usize>place) << 4);
  store<f64>(at, score);
  store<u32>(at, song, 8);
}

/** Puts a song in the free place behind the others, and then above those that are better. */
function rise(free: u32, score: f64, song: u32): void {
  let place = free;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    const above = best + ((<usize>parent) << 4);
    const aboveScore = load<f64>(above);
    const aboveSong = load<u32>(above, 8);
    if (!isWorse(score, song, aboveScore, aboveSong)) break;
    put(place, aboveScore, aboveSong);
    place = parent;
  }
  put(place, score, song);
}

/** Puts a song in the place of the top, and then below those that are worse. */
function sink(size: u32, score: f64, song: u32): void {
  let place: u32 = 0;
  for (;;) {
    let child: u32 = 2 * place + 1;
    if (child >= size) break;
    let at = best + ((<usize>child) << 4);
    if (
      child + 1 < size &&
      isWorse(load<f64>(at, 16), load<u32>(at, 24), load<f64>(at), load<u32>(at, 8))
    ) {
      child++;
      at += 16;
    }
    const childScore = load<f64>(at);
    const childSong = load<u32>(at, 8);
    if (!isWorse(childScore, childSong, score, song)) break;
    put(place, childScore, childSong);
    place = child;
  }
  put(place, score, song);
}
