import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './ingress.ts';
import { quantile } from './ingress.ts';
import { type Change, list, until, watchPods } from './kubernetes.ts';

/** A start from zero, in milliseconds since the request was sent. */
export interface Start {
  /** The first answer. */
  answered: number;
  /** The pod exists, has a node, its function runs, and it is ready. */
  pod: number;
  scheduled: number;
  running: number;
  ready: number;
}

/** Asks a Service that sleeps, when its last pod is gone. @throws when the answer is not right. */
export async function startFromZero(
  namespace: string,
  service: string,
  ask: () => Promise<Answer>,
  wrong: (answer: Answer) => string | undefined,
): Promise<Start> {
  const selector = `serving.knative.dev/service=${service}`;
  await until(`${service} at zero`, 240, async () => {
    const deployments = await list('deployments', namespace, selector);
    return (
      deployments.every(({ spec }) => spec.replicas === 0) &&
      (await list('pods', namespace, selector)).every(
        ({ metadata }) => metadata.deletionTimestamp !== undefined,
      )
    );
  });
  // The ingress has to hear of it, too.
  await sleep(1_000);
  const changes: Change[] = [];
  const stop = watchPods(namespace, (change) => changes.push(change));
  await sleep(500);
  try {
    const began = Date.now();
    const answer = await ask();
    const answered = answer.ms;
    const problem = wrong(answer);
    if (problem !== undefined) throw new Error(`${service} from zero: ${problem}`);
    await until(`${service} ready`, 30, async () => first(mine(), isReady) !== undefined);
    const all = mine();
    return {
      answered,
      pod: since(all, () => true),
      scheduled: since(all, ({ object }) => object.spec.nodeName !== undefined),
      running: since(all, isRunning),
      ready: since(all, isReady),
    };
    function mine(): Change[] {
      return changes.filter(
        ({ object, at }) =>
          object.metadata.labels?.['serving.knative.dev/service'] === service &&
          at >= began &&
          object.metadata.deletionTimestamp === undefined &&
          Date.parse(object.metadata.creationTimestamp ?? '') >= began - 2_000,
      );
    }
    function since(some: readonly Change[], holds: (change: Change) => boolean): number {
      return (first(some, holds) ?? Number.NaN) - began;
    }
  } finally {
    stop();
  }
}

function first(changes: readonly Change[], holds: (change: Change) => boolean): number | undefined {
  return changes.find(holds)?.at;
}

function isRunning({ object }: Change): boolean {
  const statuses: { name: string; state: { running?: object } }[] =
    object.status.containerStatuses ?? [];
  return statuses.some(({ name, state }) => name === 'user-container' && state.running);
}

function isReady({ object }: Change): boolean {
  const conditions: { type: string; status: string }[] = object.status.conditions ?? [];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Rows of a table: p50, p95, p99 and the longest, of the answer and of each phase. */
export function startRows(name: string, starts: readonly Start[]): (string | number)[][] {
  const row = (phase: string, values: readonly number[]) => [
    name,
    phase,
    values.length,
    ...[0.5, 0.95, 0.99, 1].map((share) => Math.round(quantile(values, share))),
  ];
  return [
    row(
      'first answer',
      starts.map(({ answered }) => answered),
    ),
    row(
      'pod made',
      starts.map(({ pod }) => pod),
    ),
    row(
      'scheduled',
      starts.map(({ pod, scheduled }) => scheduled - pod),
    ),
    row(
      'container runs',
      starts.map(({ scheduled, running }) => running - scheduled),
    ),
    row(
      'pod ready',
      starts.map(({ running, ready }) => ready - running),
    ),
  ];
}
