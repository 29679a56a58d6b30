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
            setFault(toFault(error));
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

/** Some of a list, and where the rest begins. */
export interface Part<Item> {
  items: readonly Item[];
  cursor: string | undefined;
}

/**
 * A list that grows when somebody asks for more of it.
 * @param first Its beginning; another one begins anew.
 */
export function useMore<Item>(
  first: Part<Item>,
  ask: (cursor: string) => Promise<Part<Item>>,
): Part<Item> & { fault: Fault | undefined; more(): Promise<void> } {
  const [part, setPart] = useState(first);
  const [fault, setFault] = useState<Fault>();
  useEffect(() => {
    setPart(first);
    setFault(undefined);
  }, [first.items]);
  const more = async () => {
    if (part.cursor === undefined) return;
    try {
      const next = await ask(part.cursor);
      setPart({ items: [...part.items, ...next.items], cursor: next.cursor });
      setFault(undefined);
    } catch (error) {
      setFault(toFault(error));
    }
  };
  return { ...part, fault, more };
}

function toFault(error: unknown): Fault {
  return error instanceof Fault ? error : new Fault('internal', String(error));
}
