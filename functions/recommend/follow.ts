import type { KeyObject } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { asProblem, type Problem, problem } from '../../shared/problems.ts';
import { seedClasses } from '../../shared/scoring.ts';
import { readSnapshot } from '../../shared/store/files.ts';
import { readHead } from '../../shared/store/heads.ts';
import { findVersion, readLatest } from '../../shared/store/versions.ts';
import { collectSoon } from './collect.ts';
import { type Model, tablesFor, toModel } from './model.ts';

/** The model that serves now, kept up with the store. */
export interface Follower {
  /** @throws `no-model` or `model-not-loaded` */
  model(): Model;
  /** Why the function should get no requests yet, or undefined. An empty store is no reason. */
  unready(): Problem | undefined;
  /** What went wrong when the store was last looked at, newest first. */
  faults(): readonly Problem[];
  /** Looks at the store at once. */
  poll(): Promise<void>;
  /** Stops looking. */
  close(): void;
}

/** Where a model is looked for. */
export interface FollowOptions {
  store: string;
  /** Version to serve; absent: the newest head. */
  pinned: string | undefined;
  /** Who must have signed what is served; absent: nobody. */
  publicKey?: KeyObject | undefined;
  /** Milliseconds between two looks, give or take a fifth: many pods should not look at once. */
  pollMs: number;
  onSwap(model: Model): void;
  onFault(fault: Problem): void;
}

/**
 * Loads the model and looks for a newer one from then on. Folders are listed and files opened anew
 * each time, because watching and mapping do not work on shared volumes. A newer model takes the
 * place of the old one between two requests, after its digest is verified; whatever goes wrong, the
 * last good model stays.
 */
export async function follow(options: FollowOptions): Promise<Follower> {
  const { store, pinned, publicKey, pollMs, onSwap, onFault } = options;
  let model: Model | undefined;
  /** Memories of models before it that are still there: to ask WeakRefs while V8 marks would keep them. */
  let replaced = 0;
  const registry = new FinalizationRegistry(() => replaced--);
  let faults: Problem[] = [];
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let polling: Promise<void> | undefined;

  const look = async () => {
    const found: Problem[] = [];
    try {
      const next = pinned === undefined ? await newest(found) : await pinnedModel(pinned);
      if (next !== undefined) {
        if (model !== undefined) {
          await makeTables(next, model.tables);
          registry.register(model.scores.buffer, undefined);
          replaced++;
        }
        model = next;
        onSwap(next);
      }
      // Else they would be there for long, and with the next one three are. What V8 was marking as it
      // was told waits for the next look.
      if (replaced > 0) collectSoon();
    } catch (error) {
      found.push(asProblem(error));
    }
    // Said once, not at every look.
    for (const fault of found) {
      if (!faults.some((known) => known.message === fault.message)) onFault(fault);
    }
    faults = found;
  };
  /** Makes the tables that the model before has, in turns: the first answers would wait for them. */
  const makeTables = async (next: Model, before: Model['tables']) => {
    for (const [position, songs] of seedClasses.entries()) {
      if (before[position] === undefined) continue;
      await nextTurn();
      tablesFor(next, songs);
    }
  };
  const newest = async (found: Problem[]) => {
    const { above, isGone } = await newestNumber();
    const latest = await readLatest(store, above, publicKey);
    found.push(...latest.faults);
    if (latest.found === undefined) {
      // `prune` takes a head away only where there are newer ones.
      if (isGone && found.length === 0) found.push(problem('store-behind', { seq: above }));
      return undefined;
    }
    const { head, snapshot } = latest.found;
    // Who asks the model that serves waits while this one is decoded, or while it is opened.
    if (model !== undefined) await nextTurn();
    return toModel(head, snapshot);
  };
  /**
   * The number that only newer heads are above. A head can be seen before it is synced: a power
   * failure of the volume may take it away, and its number is another model's then.
   */
  const newestNumber = async () => {
    if (model === undefined) return { above: 0, isGone: false };
    const { seq, sha256 } = model.head;
    const now = await readHead(store, seq).catch((error: unknown) => {
      // Damaged, it says nothing of those above it.
      if (asProblem(error).code !== 'snapshot-invalid') throw error;
      return undefined;
    });
    const isOurs = now === undefined || now.sha256 === sha256;
    return { above: isOurs ? seq : seq - 1, isGone: now === undefined };
  };
  const pinnedModel = async (version: string) => {
    if (model !== undefined) return undefined;
    const head = await findVersion(store, version, publicKey);
    return toModel(head, await readSnapshot(store, head));
  };
  const poll = () => {
    polling ??= look().finally(() => {
      polling = undefined;
    });
    return polling;
  };
  const schedule = () => {
    if (closed) return;
    const jitter = 0.8 + 0.4 * Math.random();
    timer = setTimeout(() => void poll().then(schedule), pollMs * jitter);
    timer.unref();
  };

  await poll();
  schedule();
  return {
    model() {
      if (model !== undefined) return model;
      if (faults.length === 0) throw problem('no-model', { store });
      throw notLoaded(faults);
    },
    unready: () => (model === undefined && faults.length > 0 ? notLoaded(faults) : undefined),
    faults: () => faults,
    poll,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function notLoaded(faults: readonly Problem[]): Problem {
  return problem('model-not-loaded', { reason: faults.map((fault) => fault.message).join('; ') });
}
