import type { Test } from 'tap';
import { nameDataset } from './datasets.ts';
import {
  annotate,
  type Changed,
  type Delivery,
  namespace,
  overlay,
  pushImage,
  underLoad,
} from './delivery.ts';
import { quantile } from './ingress.ts';
import { list } from './kubernetes.ts';
import { busyness, type Results } from './results.ts';

function changeRow(t: Test, name: string, { load, secondsToNew, secondsToHealth }: Changed) {
  t.same(load.failed.slice(0, 5), [], `${name}: no request failed`);
  t.ok(load.sent >= 100, `${name}: a load of at least 100 requests`);
  return [
    name,
    load.sent,
    load.failed.length,
    secondsToNew.toFixed(1),
    secondsToHealth.toFixed(1),
    Math.round(quantile(load.latencies, 0.5)),
    Math.round(quantile(load.latencies, 0.99)),
  ];
}

/** The three changes under load, and a revision rolled back. */
export async function changes(t: Test, delivery: Delivery, results: Results): Promise<void> {
  const { repository, ask, web } = delivery;
  const rows: (string | number)[][] = [];
  const healthz = async () => (await ask('recommend', '/healthz')).body;
  const version = async () =>
    (JSON.parse((await ask('recommend', '/api/model')).body) as { version: string }).version;

  const pods = new Set<string>();
  const scaled = await underLoad(
    delivery,
    async () => {
      annotate(delivery, 'autoscaling.knative.dev/min-scale', '2');
      return repository.push('Keep two');
    },
    async () => {
      const { body } = await ask('recommend', '/metrics');
      pods.add(/^process_start_time_seconds (\S+)/m.exec(body)?.[1] ?? '');
      const ready = await readyPods('recommend');
      return ready >= 2 && pods.size >= 2;
    },
  );
  rows.push(changeRow(t, 'scale: two instances', scaled));

  const code = await underLoad(
    delivery,
    () => pushImage(delivery, 'e2e-2', 'New code'),
    async () => /changed/.test(await healthz()),
  );
  rows.push(changeRow(t, 'code: a new image', code));

  const back = await underLoad(
    delivery,
    () => repository.revert(),
    async () => /ok/.test(await healthz()),
  );
  rows.push(changeRow(t, 'code: rolled back by git revert', back));

  const first = await version();
  const sample = await nameDataset(delivery, web.address('/sample.csv.gz'), web.sampleSha256);
  await delivery.applied(sample, 'Healthy', 300);
  t.equal(await version(), first, 'a data set that was uploaded, named in git: the same version');
  const dataset = await underLoad(
    delivery,
    () => nameDataset(delivery, web.address('/two.csv'), web.sha256),
    async () => (await version()) !== first,
  );
  rows.push(changeRow(t, 'data set: named in git', dataset));
  const again = await underLoad(
    delivery,
    () => repository.revert(),
    async () => (await version()) === first,
  );
  rows.push(changeRow(t, 'data set: rolled back by git revert', again));
  repository.edit(`${overlay}/kustomization.yaml`, (document) => {
    const { patches } = document.toJS() as { patches: { patch?: string }[] };
    document.set(
      'patches',
      patches.filter(({ patch }) => !patch?.includes('min-scale')),
    );
  });
  await delivery.applied(await repository.push('Sleep when nobody asks'), 'Healthy', 300);
  results.table('Changes under constant load', changeColumns, rows, busyness());
}

async function readyPods(service: string): Promise<number> {
  const pods = await list('pods', namespace, `serving.knative.dev/service=${service}`);
  return pods.filter(({ metadata, status }) => {
    const conditions: { type: string; status: string }[] = status.conditions ?? [];
    return (
      metadata.deletionTimestamp === undefined &&
      conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
    );
  }).length;
}

const changeColumns = [
  ...['change', 'requests', 'failed', 's to the new behaviour', 's to healthy'],
  ...['p50 ms', 'p99 ms'],
];
