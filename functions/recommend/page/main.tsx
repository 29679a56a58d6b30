import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Fault } from '../../../shared/page/ask.ts';
import { Listen, Trouble } from './listen.tsx';
import { addressOf, type State, stateOf } from './state.ts';
import { texts } from './texts.ts';

/** The whole page: its state is the address, so that back, forward and sharing work. */
function Page() {
  const [state, setState] = useState(() => stateOf(new URL(location.href)));
  useEffect(() => {
    const follow = () => setState(stateOf(new URL(location.href)));
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);
  const change = (next: State, how: 'push' | 'replace' = 'push') => {
    history[`${how}State`](undefined, '', addressOf(next, new URL(location.href)));
    setState(next);
  };
  const go = (view: State['view']) => (event: MouseEvent) => {
    event.preventDefault();
    change({ ...state, view });
  };
  const operate = document.documentElement.dataset.upload;
  return (
    <>
      <header>
        <h1>{texts.name}</h1>
        <nav>
          {(['listen', 'model'] as const).map((view) => (
            <a
              key={view}
              href={addressOf({ ...state, view }, new URL(location.href)).href}
              aria-current={view === state.view ? 'page' : undefined}
              onClick={go(view)}
            >
              {texts.views[view]}
            </a>
          ))}
          {operate && <a href={operate}>{texts.operate}</a>}
          <a href="page/reference.html">{texts.reference}</a>
        </nav>
      </header>
      <main>
        {state.view === 'listen' ? (
          <Listen state={state} onChange={change} />
        ) : (
          <Model
            state={state}
            // A slider that moves leaves no trail in the history.
            onChange={(next) => change(next, isSameSong(next, state) ? 'replace' : 'push')}
          />
        )}
      </main>
    </>
  );
}

function isSameSong({ explored: { song } }: State, { explored: { song: before } }: State): boolean {
  return song?.track === before?.track && song?.artist === before?.artist;
}

/** The model's view, loaded when it is opened. */
function Model({ state, onChange }: { state: State; onChange(state: State): void }) {
  const [view, setView] = useState<typeof import('./model/view.tsx')>();
  const [failed, setFailed] = useState(false);
  const load = () => {
    setFailed(false);
    import('./model/view.tsx').then(setView, () => setFailed(true));
  };
  useEffect(load, []);
  if (failed) return <Trouble fault={new Fault('network', '')} onRetry={load} />;
  if (view === undefined) return <p role="status">{texts.model.loading}</p>;
  return (
    <view.ModelView
      explored={state.explored}
      onChange={(explored) => onChange({ ...state, explored })}
    />
  );
}

render(<Page />, document.body);
