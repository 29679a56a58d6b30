import { render } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { Fault } from '../../../shared/page/ask.ts';
import { activate, look, type Overview, remove } from './api.ts';
import { Runs } from './runs.tsx';
import { Datasets, Models } from './tables.tsx';
import { texts } from './texts.ts';
import { Upload } from './upload.tsx';

/** How often the page looks at what is on the volume. */
const lookMs = 1000;

/** Where the token is kept: until the window is closed. */
const tokenKey = 'segue-token';

function Page() {
  const [token, setToken] = useState(() => sessionStorage.getItem(tokenKey) ?? '');
  const [overview, setOverview] = useState<Overview>();
  const [said, setSaid] = useState('');
  const [fault, setFault] = useState('');

  const forget = useCallback(() => {
    sessionStorage.removeItem(tokenKey);
    setToken('');
    setOverview(undefined);
  }, []);
  const complain = useCallback(
    (error: unknown) => {
      const { code, message } =
        error instanceof Fault ? error : new Fault('internal', String(error));
      if (code === 'unauthorized') forget();
      setFault({ unauthorized: texts.token.wrong, network: texts.faults.network }[code] ?? message);
    },
    [forget],
  );
  const refresh = useCallback(async () => {
    setOverview(await look(token));
    setFault('');
  }, [token]);

  useEffect(() => {
    if (token === '') return;
    let timer: ReturnType<typeof setTimeout>;
    let left = false;
    const again = async () => {
      await refresh().catch(complain);
      if (!left) timer = setTimeout(again, lookMs);
    };
    void again();
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [token, refresh, complain]);

  /** Does what a button says, and tells how it went. */
  const act = async (work: () => Promise<void>, done: string) => {
    try {
      await work();
      setSaid(done);
      await refresh();
    } catch (error) {
      setSaid('');
      complain(error);
    }
  };

  return (
    <>
      <header>
        <h1>{texts.name}</h1>
        {token !== '' && (
          <button type="button" onClick={forget}>
            {texts.token.leave}
          </button>
        )}
      </header>
      <main>
        <p role="alert" class="complaint">
          {fault}
        </p>
        <p role="status">{said}</p>
        {token === '' && (
          <TokenForm
            onEnter={(given) => {
              sessionStorage.setItem(tokenKey, given);
              setFault('');
              setToken(given);
            }}
          />
        )}
        {overview && (
          <>
            <Upload token={token} onSaid={setSaid} onFault={complain} />
            <Runs runs={overview.runs} />
            <Models
              models={overview.models}
              onActivate={(version) =>
                act(() => activate(version, token), texts.models.activated(version))
              }
            />
            <Datasets
              datasets={overview.datasets}
              onRemove={(name) => act(() => remove(name, token), texts.datasets.removed(name))}
            />
          </>
        )}
      </main>
    </>
  );
}

function TokenForm({ onEnter }: { onEnter(token: string): void }) {
  const [typed, setTyped] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim() !== '') onEnter(typed.trim());
      }}
    >
      <p>{texts.token.why}</p>
      <label for="token">{texts.token.label}</label>
      <div class="row">
        <input
          id="token"
          type="password"
          autocomplete="off"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <button type="submit">{texts.token.enter}</button>
      </div>
    </form>
  );
}

render(<Page />, document.body);
