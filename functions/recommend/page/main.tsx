import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Listen } from './listen.tsx';
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
  const change = (next: State) => {
    history.pushState(undefined, '', addressOf(next, new URL(location.href)));
    setState(next);
  };
  const operate = document.documentElement.dataset.upload;
  return (
    <>
      <header>
        <h1>{texts.name}</h1>
        {operate && (
          <nav>
            <a href={operate}>{texts.operate}</a>
          </nav>
        )}
      </header>
      <main>
        <Listen state={state} onChange={change} />
      </main>
    </>
  );
}

render(<Page />, document.body);
