import { useEffect, useState } from 'preact/hooks';
import { Fault } from '../../../shared/page/ask.ts';
import { type Answer, isSame, recommend, type Song, songLine, suggest } from './api.ts';
import { csv, download, m3u, plain } from './files.ts';
import { Search } from './search.tsx';
import type { State } from './state.ts';
import { sentence, texts } from './texts.ts';

/** The listener's view: songs in, a playlist with reasons out. */
export function Listen({ state, onChange }: { state: State; onChange(state: State): void }) {
  const { seeds, excluded } = state;
  const [answer, setAnswer] = useState<Answer>();
  const [fault, setFault] = useState<Fault>();
  const [asking, setAsking] = useState(false);
  const [tries, setTries] = useState(0);

  // `tries` asks the same again.
  useEffect(() => {
    setFault(undefined);
    if (seeds.length === 0) {
      setAnswer(undefined);
      return;
    }
    const stop = new AbortController();
    setAsking(true);
    recommend(seeds, excluded, stop.signal)
      .then(setAnswer, (error) => {
        if (stop.signal.aborted) return;
        setAnswer(undefined);
        setFault(error instanceof Fault ? error : new Fault('internal', String(error)));
      })
      .finally(() => {
        if (!stop.signal.aborted) setAsking(false);
      });
    return () => stop.abort();
  }, [seeds, excluded, tries]);

  const add = (song: Song) => {
    if (seeds.some((seed) => isSame(seed, song))) return;
    onChange({
      ...state,
      seeds: [...seeds, song],
      excluded: excluded.filter((other) => !isSame(other, song)),
    });
  };
  const remove = (song: Song) =>
    onChange({ ...state, seeds: seeds.filter((seed) => seed !== song) });
  const exclude = (song: Song) => onChange({ ...state, excluded: [...excluded, song] });
  const restore = (song: Song) =>
    onChange({ ...state, excluded: excluded.filter((other) => other !== song) });

  return (
    <>
      <Search
        label={texts.search.label}
        placeholder={texts.search.placeholder}
        action={texts.search.add}
        suggest={suggest}
        onPick={add}
      />
      <Chips songs={seeds} label={texts.seeds.label} action={texts.seeds.remove} onPress={remove} />
      <p role="status" class="status">
        {asking ? texts.asking : answer && texts.found(answer.recommendations.length)}
      </p>
      {seeds.length === 0 && (
        <section class="empty">
          <h2>{texts.empty.title}</h2>
          <p>{texts.empty.text}</p>
        </section>
      )}
      {fault && <Trouble fault={fault} onRetry={() => setTries(tries + 1)} />}
      {answer && seeds.length > 0 && (
        <>
          <Notes answer={answer} />
          <Playlist answer={answer} onAdd={add} onExclude={exclude} />
        </>
      )}
      {excluded.length > 0 && (
        <section>
          <h2>{texts.excluded.title}</h2>
          <Chips
            songs={excluded}
            label={texts.excluded.label}
            action={texts.excluded.restore}
            onPress={restore}
          />
        </section>
      )}
    </>
  );
}

function Chips({
  songs,
  label,
  action,
  onPress,
}: {
  songs: readonly Song[];
  label: string;
  action(song: string): string;
  onPress(song: Song): void;
}) {
  if (songs.length === 0) return null;
  return (
    <ul class="chips" aria-label={label}>
      {songs.map((song) => (
        <li key={songLine(song)}>
          <button
            type="button"
            aria-label={action(songLine(song))}
            title={action(songLine(song))}
            onClick={() => onPress(song)}
          >
            {songLine(song)} <span aria-hidden="true">×</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** What is wrong, and what to do about it. */
export function Trouble({ fault, onRetry }: { fault: Fault; onRetry(): void }) {
  return (
    <section class="trouble" role="alert">
      {fault.code === 'no-model' && <h2>{texts.faults.noModel}</h2>}
      <p>{fault.code === 'network' ? texts.faults.network : fault.message}</p>
      <button type="button" onClick={onRetry}>
        {texts.faults.retry}
      </button>
    </section>
  );
}

/** What a person should know about how the songs asked for were understood. */
function Notes({ answer }: { answer: Answer }) {
  const notes = [
    ...answer.unmatched.map(texts.unknown),
    ...answer.matched
      .filter(({ corrected }) => corrected)
      .map((match) => texts.corrected(match.asked, songLine(match))),
    ...answer.matched
      .filter(({ others, corrected }) => others > 0 && !corrected)
      .map((match) => texts.homonyms(songLine(match), match.others)),
    ...(answer.fallback ? [texts.fallback[answer.fallback]] : []),
  ];
  if (notes.length === 0) return null;
  return (
    <ul class="notes">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

function Playlist({
  answer,
  onAdd,
  onExclude,
}: {
  answer: Answer;
  onAdd(song: Song): void;
  onExclude(song: Song): void;
}) {
  const { recommendations } = answer;
  if (recommendations.length === 0) return <p>{texts.nothing}</p>;
  return (
    <section>
      <h2>{texts.playlist.title}</h2>
      <ol class="playlist" aria-label={texts.playlist.label}>
        {recommendations.map(({ track, artist, because }) => {
          const song = { track, artist };
          const line = songLine(song);
          return (
            <li key={line}>
              <div class="song">
                <span class="title">{track}</span> <span class="by">{artist}</span>
                <ul class="reasons" aria-label={texts.playlist.why}>
                  {because.map((reason) => (
                    <li key={sentence(reason, track)}>{sentence(reason, track)}</li>
                  ))}
                </ul>
              </div>
              <button
                type="button"
                aria-label={texts.playlist.add(line)}
                title={texts.playlist.add(line)}
                onClick={() => onAdd(song)}
              >
                +
              </button>
              <button
                type="button"
                aria-label={texts.playlist.exclude(line)}
                title={texts.playlist.exclude(line)}
                onClick={() => onExclude(song)}
              >
                −
              </button>
            </li>
          );
        })}
      </ol>
      <Take songs={recommendations} />
      <p class="model">{texts.servedBy(answer.version, answer.model_date.slice(0, 10))}</p>
    </section>
  );
}

function Take({ songs }: { songs: readonly Song[] }) {
  const [said, setSaid] = useState('');
  const copy = (text: string, done: string) => {
    // Without a secure context there is no clipboard at all.
    const copying = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error());
    copying.then(
      () => setSaid(done),
      () => setSaid(texts.take.uncopied),
    );
  };
  return (
    <fieldset class="take">
      <legend>{texts.take.label}</legend>
      <button type="button" onClick={() => copy(plain(songs).text, texts.take.copied)}>
        {texts.take.copy}
      </button>
      <button type="button" onClick={() => download(csv(songs))}>
        {texts.take.csv}
      </button>
      <button type="button" onClick={() => download(m3u(songs))}>
        {texts.take.m3u}
      </button>
      <button type="button" onClick={() => download(plain(songs))}>
        {texts.take.text}
      </button>
      <button type="button" onClick={() => copy(location.href, texts.take.linked)}>
        {texts.take.link}
      </button>
      <span role="status">{said}</span>
    </fieldset>
  );
}
