import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { annotate, type Delivery, namespace, wrongAnswer } from './delivery.ts';
import { type Answer, quantile, throughIngress } from './ingress.ts';
import { type Change, kubectl, list, until, watchPods } from './kubernetes.ts';
import { busyness, type Results } from './results.ts';

const starts = Number(process.env.STARTS ?? 50);

/** From zero, in turns with the least server there is. */
export async function fromZero(t: Test, delivery: Delivery, results: Results): Promise<void> {
  const { repository, applied, settings } = delivery;
  annotate(delivery, 'autoscaling.knative.dev/window', '6s');
  await applied(await repository.push('Sleep after six seconds'), 'Healthy', 300);
  const space = 'segue-bare';
  await kubectl(['create', 'namespace', space]);
  try {
    await kubectl(['apply', '-f', '-'], bareServices(space));
    await until('the bare servers', 120, async () => {
      const services = await list('ksvc', space);
      return services.every(({ status }) => {
        const conditions: { type: string; status: string }[] = status?.conditions ?? [];
        return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
      });
    });
    const askBare = throughIngress(settings, space);
    const measured = new Map<string, Start[]>([
      ['recommend', []],
      ['bare', []],
      ['bare-unprobed', []],
    ]);
    for (let i = 0; i < starts; i++) {
      for (const [service, some] of measured) {
        const start =
          service === 'recommend'
            ? await startFromZero(namespace, service, () => delivery.recommend(), wrongAnswer)
            : await startFromZero(
                space,
                service,
                () => askBare(service, '/'),
                ({ status }) => (status === 200 ? undefined : `status ${status}`),
              );
        some.push(start);
      }
      const answered = [...measured.values()].map((some) => Math.round(some[i].answered));
      process.stderr.write(`  start ${i}: ${answered.join(' ')}\n`);
      results.table(
        'From zero, in turns, milliseconds',
        ['service', 'phase', 'starts', 'p50', 'p95', 'p99', 'longest'],
        [...measured].flatMap(([service, some]) => startRows(service, some)),
        busyness(),
      );
    }
    t.equal(measured.get('recommend')?.length, starts, 'every first answer was right');
  } finally {
    await kubectl(['delete', 'namespace', space, '--wait=false']);
  }
}

/** The same least server twice: with a probe as ours, and with Knative's default. */
function bareServices(space: string): string {
  const service = (name: string, probe: string) => `
apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: ${name}, namespace: ${space} }
spec:
  template:
    metadata: { annotations: { autoscaling.knative.dev/window: 6s } }
    spec: { containers: [{ image: "dev.local/segue-bare:e2e-1"${probe} }] }
`;
  const probe = ', readinessProbe: { httpGet: { path: / }, periodSeconds: 1 }';
  return [service('bare', probe), service('bare-unprobed', '')].join('---\n');
}

/** A start from zero, in milliseconds since the request was sent. */
interface Start {
  /** The first answer. */
  answered: number;
  /** The pod exists, has a node, its function runs, and it is ready. */
  pod: number;
  scheduled: number;
  running: number;
  ready: number;
}

/** Asks a Service that sleeps, when its last pod is gone. @throws when the answer is not right. */
async function startFromZero(
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
function startRows(name: string, starts: readonly Start[]): (string | number)[][] {
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
