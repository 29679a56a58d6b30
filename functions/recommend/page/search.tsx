import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { type Song, type Suggestion, songLine } from './api.ts';
import { texts } from './texts.ts';

/** Pause after the last key before the server is asked. */
const pauseMs = 120;

/**
 * The search box: an ARIA combobox with a listbox (WAI-ARIA Authoring Practices, "Editable Combobox
 * With List Autocomplete"). The focus stays in the box, and the arrow keys move in the list.
 */
export function Search({
  label,
  placeholder,
  action,
  suggest,
  onPick,
}: {
  label: string;
  placeholder: string;
  /** What the button says. */
  action: string;
  suggest(typed: string, signal: AbortSignal): Promise<Suggestion[]>;
  onPick(song: Song): void;
}) {
  const [typed, setTyped] = useState('');
  const [songs, setSongs] = useState<Suggestion[]>();
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();

  useEffect(() => {
    setActive(-1);
    if (typed.trim() === '') {
      setSongs(undefined);
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      suggest(typed, stop.signal).then(
        (found) => {
          if (!stop.signal.aborted) setSongs(found);
        },
        // Typing a whole title works without suggestions, and its answer says what is wrong.
        () => {
          if (!stop.signal.aborted) setSongs(undefined);
        },
      );
    }, pauseMs);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [typed]);

  const pick = (song: Song) => {
    setTyped('');
    setSongs(undefined);
    input.current?.focus();
    onPick(song);
  };
  const submit = () => {
    const chosen = songs?.[active];
    if (chosen !== undefined) pick({ track: chosen.track, artist: chosen.artist });
    else if (typed.trim() !== '') pick({ track: typed.trim() });
  };
  const move = (event: KeyboardEvent) => {
    const count = songs?.length ?? 0;
    if (event.key === 'Escape') {
      if (songs === undefined) setTyped('');
      setSongs(undefined);
    } else if (count > 0 && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      // One place past the last is the box itself.
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setActive(((active + 1 + step + count + 1) % (count + 1)) - 1);
    } else return;
    event.preventDefault();
  };

  const open = songs !== undefined && songs.length > 0;
  return (
    <form
      class="search"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <label for={`${id}-box`}>{label}</label>
      <div class="row">
        <input
          id={`${id}-box`}
          ref={input}
          role="combobox"
          aria-autocomplete="list"
          aria-expanded={open}
          aria-controls={`${id}-list`}
          aria-describedby={`${id}-help`}
          aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
          autocomplete="off"
          spellcheck={false}
          maxLength={512}
          placeholder={placeholder}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={move}
          onBlur={() => setSongs(undefined)}
        />
        <button type="submit">{action}</button>
      </div>
      <div class="options" role="listbox" id={`${id}-list`} aria-label={label} hidden={!open}>
        {songs?.map((song, i) => (
          <div
            key={songLine(song)}
            id={`${id}-${i}`}
            role="option"
            aria-selected={i === active}
            tabIndex={-1}
            // Before the box loses the focus and the list closes.
            onPointerDown={(event) => {
              event.preventDefault();
              pick({ track: song.track, artist: song.artist });
            }}
          >
            <span>{song.track}</span> <span class="by">{song.artist}</span>{' '}
            {song.support !== undefined && <small>{texts.search.support(song.support)}</small>}
          </div>
        ))}
      </div>
      <small id={`${id}-help`} class="help">
        {texts.search.help}
      </small>
      <span class="unseen" role="status">
        {songs === undefined ? '' : texts.search.found(songs.length)}
      </span>
    </form>
  );
}
