import { useEffect, useState } from 'preact/hooks';
import { Fault } from '../../../../shared/page/ask.ts';

/** What came of asking. */
export interface Asked<Data> {
  /** The last answer; it stays while the next one is waited for. */
  data: Data | undefined;
  fault: Fault | undefined;
  asking: boolean;
  retry(): void;
}

/**
 * Asks when something that the question depends on changes, and forgets the question before.
 * @param pauseMs How long to wait for further changes.
 */
export function useAsked<Data>(
  ask: ((signal: AbortSignal) => Promise<Data>) | undefined,
  dependencies: readonly unknown[],
  pauseMs = 0,
): Asked<Data> {
  const [data, setData] = useState<Data>();
  const [fault, setFault] = useState<Fault>();
  const [asking, setAsking] = useState(ask !== undefined);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (ask === undefined) return;
    const stop = new AbortController();
    setAsking(true);
    const timer = setTimeout(() => {
      ask(stop.signal)
        .then(
          (answer) => {
            if (stop.signal.aborted) return;
            setFault(undefined);
            setData(answer);
          },
          (error) => {
            if (stop.signal.aborted) return;
            setData(undefined);
            setFault(error instanceof Fault ? error : new Fault('internal', String(error)));
          },
        )
        .finally(() => {
          if (!stop.signal.aborted) setAsking(false);
        });
    }, pauseMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [...dependencies, tries]);
  return { data, fault, asking, retry: () => setTries((count) => count + 1) };
}
