import type { Contribution } from './explain.ts';
import { type JsonBytes, literal } from './json.ts';
import type { Model } from './model.ts';
import { type Found, type FoundSongs, measuresOf, rounded } from './recommend.ts';
import { antecedentSongs } from './rules/lookup.ts';

/**
 * The JSON of an answer in UTF-8: what `JSON.stringify` makes of `toAnswer`. It takes a fraction of
 * the time, because neither an object nor a text is made for a song or a reason.
 */
export function writeAnswer(model: Model, found: Found): Buffer {
  const { head, snapshot } = model;
  const { songs, because } = found;
  return model.json.take((json) => {
    json.literal(texts.songs);
    for (let i = 0; i < songs.length; i++) {
      if (i > 0) json.literal(texts.comma);
      json.name(snapshot.titles, songs[i]);
    }
    json.literal(texts.version);
    json.value(head.version);
    json.literal(texts.modelDate);
    json.value(head.created);
    json.literal(texts.snapshot);
    json.value(head.sha256);
    json.literal(texts.recommendations);
    for (let i = 0; i < songs.length; i++) {
      writeSong(json, model, found, i);
      json.literal(texts.because);
      if (because === undefined) writePopularity(json, model, songs[i]);
      else writeReasons(json, model, songs[i], because[i]);
      json.literal(texts.endOfReasons);
    }
    json.literal(texts.matched);
    writeMatched(json, model, found);
    writeEnd(json, found);
  });
}

/**
 * A line of a batch's answer: what `JSON.stringify` makes of the id that was asked with, if there
 * is one, and `toBriefAnswer`.
 */
export function writeBriefAnswer(model: Model, id: unknown, found: FoundSongs): Buffer {
  return model.json.take((json) => {
    json.literal(texts.begin);
    if (id !== undefined) {
      json.literal(texts.id);
      json.value(id);
      json.literal(texts.comma);
    }
    json.literal(texts.briefly);
    for (let i = 0; i < found.songs.length; i++) {
      writeSong(json, model, found, i);
      json.literal(texts.end);
    }
    writeEnd(json, found);
    json.literal(texts.newline);
  });
}

/** What stands between names and numbers. */
const texts = {
  songs: literal('{"songs":['),
  comma: literal(','),
  version: literal('],"version":'),
  modelDate: literal(',"model_date":'),
  snapshot: literal(',"snapshot":'),
  recommendations: literal(',"recommendations":['),
  firstTrack: literal('{"track":'),
  nextTrack: literal(',{"track":'),
  artist: literal(',"artist":'),
  score: literal(',"score":'),
  because: literal(',"because":['),
  popular: literal('{"kind":"popular","support":'),
  byArtist: literal('{"kind":"artist","artist":'),
  byRule: literal('{"kind":"rule","songs":['),
  together: literal(',"together":'),
  ruleTogether: literal('],"together":'),
  given: literal(',"given":'),
  confidence: literal(',"confidence":'),
  lift: literal(',"lift":'),
  share: literal(',"share":'),
  end: literal('}'),
  endOfReasons: literal(']}'),
  matched: literal('],"matched":['),
  asked: literal('{"asked":'),
  track: literal(',"track":'),
  others: literal(',"others":'),
  corrected: literal(',"corrected":true'),
  unmatched: literal('],"unmatched":'),
  fallback: literal(',"fallback":'),
  begin: literal('{'),
  id: literal('"id":'),
  briefly: literal('"recommendations":['),
  newline: literal('\n'),
};

/** A recommended song; its object is open yet. */
function writeSong(json: JsonBytes, model: Model, { songs, scores }: FoundSongs, i: number): void {
  const { titles, artists, artistOf } = model.snapshot;
  json.literal(i === 0 ? texts.firstTrack : texts.nextTrack);
  json.name(titles, songs[i]);
  json.literal(texts.artist);
  json.name(artists, artistOf[songs[i]]);
  json.literal(texts.score);
  json.number(scores[i]);
}

function writePopularity(json: JsonBytes, { snapshot }: Model, song: number): void {
  json.literal(texts.popular);
  json.count(snapshot.supports[song]);
  json.literal(texts.end);
}

function writeReasons(
  json: JsonBytes,
  model: Model,
  song: number,
  because: readonly Contribution[],
): void {
  for (let i = 0; i < because.length; i++) {
    const reason = because[i];
    if (i > 0) json.literal(texts.comma);
    if (reason.kind === 'artist') {
      json.literal(texts.byArtist);
      json.name(model.snapshot.artists, reason.artist);
      json.literal(texts.together);
    } else {
      json.literal(texts.byRule);
      const songs = antecedentSongs(model, reason.antecedent);
      for (let place = 0; place < songs.length; place++) {
        if (place > 0) json.literal(texts.comma);
        json.name(model.snapshot.titles, songs[place]);
      }
      json.literal(texts.ruleTogether);
    }
    json.count(reason.together);
    json.literal(texts.given);
    json.count(reason.given);
    if (reason.kind === 'rule') {
      const { confidence, lift } = measuresOf(model, song, reason);
      json.literal(texts.confidence);
      json.decimal(confidence);
      json.literal(texts.lift);
      json.decimal(lift);
    }
    json.literal(texts.share);
    json.decimal(rounded(reason.share));
    json.literal(texts.end);
  }
}

function writeMatched(json: JsonBytes, model: Model, { matched }: FoundSongs): void {
  const { titles, artists, artistOf } = model.snapshot;
  for (let i = 0; i < matched.length; i++) {
    const { asked, song, others, corrected } = matched[i];
    if (i > 0) json.literal(texts.comma);
    json.literal(texts.asked);
    json.value(asked);
    json.literal(texts.track);
    json.name(titles, song);
    json.literal(texts.artist);
    json.name(artists, artistOf[song]);
    json.literal(texts.others);
    json.count(others);
    if (corrected) json.literal(texts.corrected);
    json.literal(texts.end);
  }
}

/** What both answers end with, from the end of a list on. */
function writeEnd(json: JsonBytes, { unmatched, fallback }: FoundSongs): void {
  json.literal(texts.unmatched);
  json.value(unmatched);
  if (fallback !== undefined) {
    json.literal(texts.fallback);
    json.value(fallback);
  }
  json.literal(texts.end);
}
