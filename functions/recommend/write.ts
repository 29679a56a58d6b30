import type { Contribution } from './explain.ts';
import { artistNamed, type Model, titleOf } from './model.ts';
import { type Found, measuresOf, rounded } from './recommend.ts';
import { antecedentSongs } from './rules/lookup.ts';

/**
 * The JSON of an answer: the text that `JSON.stringify` makes of `toAnswer`, from the names as JSON
 * has them. It takes a third of the time, because no object is made for each reason.
 */
export function writeAnswer(model: Model, found: Found): string {
  const { songs, scores, because, matched, unmatched, fallback } = found;
  const titles = songs.map((song) => titleJson(model, song));
  let text = `{"songs":[${titles.join()}],${identityJson(model)},"recommendations":[`;
  for (let i = 0; i < songs.length; i++) {
    const artist = artistJson(model, model.snapshot.artistOf[songs[i]]);
    text += `${i === 0 ? '' : ','}{"track":${titles[i]},"artist":${artist},"score":${scores[i]},"because":[`;
    text +=
      because === undefined
        ? `{"kind":"popular","support":${model.snapshot.supports[songs[i]]}}]}`
        : `${reasonsJson(model, songs[i], because[i])}]}`;
  }
  text += '],"matched":[';
  for (let i = 0; i < matched.length; i++) {
    const { asked, song, others, corrected } = matched[i];
    const artist = artistJson(model, model.snapshot.artistOf[song]);
    text += `${i === 0 ? '' : ','}{"asked":${JSON.stringify(asked)},"track":${titleJson(model, song)},"artist":${artist},"others":${others}`;
    text += corrected ? ',"corrected":true}' : '}';
  }
  const said = fallback === undefined ? '' : `,"fallback":"${fallback}"`;
  return `${text}],"unmatched":${JSON.stringify(unmatched)}${said}}`;
}

function reasonsJson(model: Model, song: number, because: readonly Contribution[]): string {
  let text = '';
  for (let i = 0; i < because.length; i++) {
    const reason = because[i];
    if (i > 0) text += ',';
    if (reason.kind === 'artist') {
      text += `{"kind":"artist","artist":${artistJson(model, reason.artist)}`;
      text += `,"together":${reason.together},"given":${reason.given}`;
    } else {
      const songs = antecedentSongs(model, reason.antecedent);
      const { confidence, lift } = measuresOf(model, song, reason);
      text += `{"kind":"rule","songs":[${songs.map((one) => titleJson(model, one)).join()}]`;
      text += `,"together":${reason.together},"given":${reason.given}`;
      text += `,"confidence":${fractionJson(model, confidence)},"lift":${lift}`;
    }
    text += `,"share":${fractionJson(model, reason.share)}}`;
  }
  return text;
}

function identityJson({ head }: Model): string {
  const { version, created, sha256 } = head;
  const text = JSON.stringify({ version, model_date: created, snapshot: sha256 });
  return text.slice(1, -1);
}

/** Of a number from 0 to 1, rounded: written once, because writing a number takes longest. */
function fractionJson({ json: { fractions } }: Model, value: number): string {
  const place = Math.round(value * 10_000);
  fractions[place] ??= String(rounded(value));
  return fractions[place];
}

function titleJson(model: Model, song: number): string {
  const { titles } = model.json;
  if (song >= titles.length) return JSON.stringify(titleOf(model, song));
  titles[song] ??= JSON.stringify(titleOf(model, song));
  return titles[song];
}

function artistJson(model: Model, artist: number): string {
  const { artists } = model.json;
  if (artist >= artists.length) return JSON.stringify(artistNamed(model, artist));
  artists[artist] ??= JSON.stringify(artistNamed(model, artist));
  return artists[artist];
}
