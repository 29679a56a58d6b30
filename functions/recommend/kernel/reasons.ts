/** What led to each song, and what is told of it; the plain twin is `explain` in ../explain.ts. */
import { byte, comma, count, decimal, hasRoom, name } from './json';
import { antecedentAt, Column, entryOf, literal, nowhere, places, songAt, Text } from './places';
import { findRule, toldWeightOf } from './score';

/** Reasons that are given for one song at most. */
const mostReasons = 3;

/** Finds the rules from each antecedent to each song, where they are listed. */
export function findRules(songCount: u32, antecedentCount: u32): void {
  for (let i: u32 = 0, cell: usize = 0; i < antecedentCount; i++) {
    const antecedent = antecedentAt(i);
    const start = antecedent.firstRule;
    const end = antecedent.endOfRules;
    if (start === end) {
      cell += songCount;
      continue;
    }
    for (let k: u32 = 0; k < songCount; k++, cell++) {
      const rule = findRule(start, end, songAt(k).number);
      store<u32>(places.rules + (cell << 2), rule + 1);
      store<u32>(places.weights + (cell << 2), rule === nowhere ? 0 : weightOf(rule));
    }
  }
}

/** What gave song i its score, the strongest first; of equals the antecedent's number decides. */
export function writeReasons(i: u32, songCount: u32, antecedentCount: u32): void {
  const song = songAt(i);
  let sum: f64 = 0;
  for (let k: u32 = 0; k < antecedentCount; k++) {
    const weight = load<u32>(places.weights + cellOf(k, i, songCount));
    const share = <f64>weight * load<f64>(places.factors + ((<usize>k) << 3));
    give(k, share);
    sum += share;
  }
  give(antecedentCount, 0);
  let own = song.artistPlace;
  if (own === nowhere || givenBy(own) === 0) own = antecedentCount;
  const rest = load<f64>(places.totals + ((<usize>i) << 3)) - sum;
  if (rest > 0) give(own, givenBy(own) + rest);
  let total: f64 = 0;
  for (let k: u32 = 0; k <= antecedentCount; k++) total += givenBy(k);
  for (let reason = 0; reason < mostReasons; reason++) {
    const strongest = strongestOf(antecedentCount, song.artistNumber);
    const given = givenBy(strongest);
    if (given === 0) break;
    give(strongest, 0);
    if (!hasRoom()) return;
    if (reason > 0) byte(comma);
    if (strongest === own) {
      literal(Text.ByArtist);
      name(song.artist, song.artistEnd);
      literal(Text.Together);
      count(song.support);
      literal(Text.Given);
      count(song.artistSupport);
    } else {
      writeAntecedent(strongest, i, songCount);
    }
    literal(Text.Share);
    decimal(given / total);
    literal(Text.End);
  }
}

/** The reason that antecedent k is for song i. */
function writeAntecedent(k: u32, i: u32, songCount: u32): void {
  const antecedent = antecedentAt(k);
  literal(antecedent.isArtist ? Text.ByArtist : Text.ByRule);
  for (let at = antecedent.firstName; at < antecedent.endOfNames; at++) {
    if (at > antecedent.firstName) byte(comma);
    const pair = places.names + ((<usize>at) << 3);
    name(load<u32>(pair), load<u32>(pair, 4));
  }
  const told = load<u32>(places.rules + cellOf(k, i, songCount));
  const isListed = antecedent.firstRule !== antecedent.endOfRules;
  const together = isListed ? togetherOf(told - 1) : told;
  literal(antecedent.isArtist ? Text.Together : Text.RuleTogether);
  count(together);
  literal(Text.Given);
  count(antecedent.support);
  if (antecedent.isArtist) return;
  const confidence = <f64>together / <f64>antecedent.support;
  literal(Text.Confidence);
  decimal(confidence);
  literal(Text.Lift);
  decimal((confidence * <f64>places.transactions) / <f64>songAt(i).support);
}

/** Who gave most, the song's artist being numbered behind the antecedents. */
function strongestOf(antecedentCount: u32, artistNumber: u32): u32 {
  let best = antecedentCount;
  let most = givenBy(best);
  let bestNumber = artistNumber;
  for (let k: u32 = 0; k < antecedentCount; k++) {
    const given = givenBy(k);
    const number = antecedentAt(k).number;
    if (given < most || (given === most && number > bestNumber)) continue;
    best = k;
    most = given;
    bestNumber = number;
  }
  return best;
}

/** Playlists that hold a listed rule. */
function togetherOf(rule: u32): u32 {
  const told = entryOf(Column.RuleTogether, rule);
  if (told !== 255) return told;
  const place = placeAmong(places.frequentRules, places.frequentCount, rule);
  return place === nowhere ? told : entryOf(Column.FrequentTogether, place);
}

/** What a listed rule weighs. */
function weightOf(rule: u32): u32 {
  const told = toldWeightOf(rule);
  if (told !== 65_535) return told;
  const place = placeAmong(places.heavyRules, places.heavyCount, rule);
  return place === nowhere ? told : entryOf(Column.HeavyWeights, place);
}

/** Where a rule stands among ascending ones, or nowhere. */
function placeAmong(rules: usize, count: u32, rule: u32): u32 {
  if (count === 0) return nowhere;
  let first: u32 = 0;
  for (let left = count; left > 1; ) {
    const half = left >> 1;
    if (load<u32>(rules + ((<usize>(first + half)) << 2)) <= rule) first += half;
    left -= half;
  }
  return load<u32>(rules + ((<usize>first) << 2)) === rule ? first : nowhere;
}

function cellOf(antecedent: u32, song: u32, songCount: u32): usize {
  return (<usize>antecedent * songCount + song) << 2;
}

function givenBy(antecedent: u32): f64 {
  return load<f64>(places.given + ((<usize>antecedent) << 3));
}

function give(antecedent: u32, share: f64): void {
  store<f64>(places.given + ((<usize>antecedent) << 3), share);
}
