import type { ComponentChildren } from 'preact';
import { type Song, songLine } from '../api.ts';
import { texts } from '../texts.ts';

/** A table that moves within its frame where it is wider than the page, by keyboard as well. */
export function Table({
  caption,
  head,
  children,
}: {
  caption: string;
  head: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="wide" tabIndex={0} aria-label={caption}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>{head}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

/** Columns without anything to press. */
export function Columns({ names }: { names: readonly string[] }) {
  return names.map((name, i) => (
    <th key={i} scope="col">
      {name}
    </th>
  ));
}

/** Songs, each of which can be gone to. */
export function Songs({
  songs,
  onPick,
}: {
  songs: readonly Song[];
  onPick: ((song: Song) => void) | undefined;
}) {
  return songs.map((song, i) => (
    <span key={songLine(song)}>
      {i > 0 && ' + '}
      {onPick === undefined ? (
        song.track
      ) : (
        <button
          type="button"
          class="plain"
          title={texts.model.rules.only(songLine(song))}
          onClick={() => onPick(song)}
        >
          {song.track}
        </button>
      )}{' '}
      <small>{song.artist}</small>
    </span>
  ));
}
