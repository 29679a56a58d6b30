import type { Test } from 'tap';
import { generated } from './data.ts';
import { type Delivery, namespace, overlay, pushImage, underLoad } from './delivery.ts';
import { get, list, until } from './kubernetes.ts';
import type { Results } from './results.ts';

/** Names a data set in git, as a person would: a few lines, and the component in the overlay. */
export async function nameDataset({ repository }: Delivery, address: string, sha256: string) {
  const { origin, hostname } = new URL(address);
  const lines = [
    ...[`DATASET=${address}`, `SHA256=${sha256}`, `JOB=dataset-${sha256.slice(0, 12)}`],
    'IMAGE=dev.local/segue-retrain:e2e-1',
    // A server of this test, in a private network and without encryption.
    ...[`DATASET_HOSTS=${origin}`, `DATASET_NETWORKS=${hostname}/32`],
  ];
  repository.write('knative/components/dataset/dataset.env', `${lines.join('\n')}\n`);
  repository.edit(`${overlay}/kustomization.yaml`, (document) =>
    document.set('components', ['../../components/dataset']),
  );
  return repository.push(`Data set ${sha256.slice(0, 12)}`);
}

/** A data set that hangs holds no other commit up; one that can never work is told. */
export async function datasets(t: Test, delivery: Delivery, results: Results): Promise<void> {
  const { repository, ask, applied, web } = delivery;
  const hanging = 'f'.repeat(64);
  const settingsBefore = repository.read('knative/base/settings.env');
  await applied(
    await nameDataset(delivery, web.address('/hangs.csv'), hanging),
    'Progressing',
    120,
  );
  // Neither an image nor a setting is a part of the Job, which could not be changed.
  repository.write('knative/base/settings.env', `${settingsBefore}POLL_MS=1999\n`);
  const commit = await pushImage(delivery, 'e2e-2', 'New code during a training that never ends');
  const seconds = await applied(commit, 'Progressing', 240);
  await until('the new code', 120, async () =>
    /changed/.test((await ask('recommend', '/healthz')).body),
  );
  t.equal(
    await get('job', `dataset-${hanging.slice(0, 12)}`, namespace).then(
      (job) => job?.status.active,
    ),
    1,
    'and it still hangs',
  );
  repository.write('knative/base/settings.env', settingsBefore);

  const wrong = 'e'.repeat(64);
  const bad = await applied(
    await nameDataset(delivery, web.address('/sample.csv.gz'), wrong),
    'Degraded',
    240,
  );
  const job = await get('job', `dataset-${wrong.slice(0, 12)}`, namespace);
  t.ok(job?.status.failed >= 1, 'the Job has failed');
  const [pod] = await list('pods', namespace, `job-name=dataset-${wrong.slice(0, 12)}`);
  t.match(pod?.status.containerStatuses[0].state.terminated.message, /announced was eeee/);
  await applied(
    await nameDataset(delivery, web.address('/sample.csv.gz'), web.sampleSha256),
    'Healthy',
    300,
  );
  results.text(
    'Data sets in git',
    [
      `While a data set hangs, a commit with a new image is applied after ${seconds.toFixed(1)} s.`,
      `A data set of another digest than named: Degraded after ${bad.toFixed(1)} s, with the reason`,
      "as the pod's termination message.",
    ].join('\n'),
  );
}

/** An image that does not start: the old revision goes on, and Argo CD says so. */
export async function broken(t: Test, delivery: Delivery, results: Results): Promise<void> {
  const { repository, applied } = delivery;
  const changed = await underLoad(
    delivery,
    () => pushImage(delivery, 'e2e-broken', 'An image that does not start'),
    async () => true,
    'Degraded',
  );
  t.same(changed.load.failed, [], 'the old revision answers');
  const service = await get('ksvc', 'recommend', namespace);
  const ready = service?.status.conditions.find(({ type }: { type: string }) => type === 'Ready');
  t.match(ready?.message, /This image is broken/, 'and the reason is told');
  await applied(await repository.revert(), 'Healthy', 300);
  const [said] = /^Error: .*/m.exec(ready?.message) ?? [];
  results.text(
    'A broken image',
    [
      `Degraded after ${changed.secondsToHealth.toFixed(1)} s with what the container said (\`${said}\`);`,
      `${changed.load.sent} requests meanwhile, ${changed.load.failed.length} failed; healthy again by git revert.`,
    ].join('\n'),
  );
}

/** The JobSink variant: an upload becomes a Job. */
export async function longTraining(t: Test, delivery: Delivery, results: Results): Promise<void> {
  const { repository, applied, operate } = delivery;
  repository.edit(`${overlay}/kustomization.yaml`, (document) =>
    document.set('components', ['../../components/long-training']),
  );
  await applied(await repository.push('Long trainings'), 'Healthy', 300);
  t.equal(await get('ksvc', 'retrain', namespace), undefined, 'retrain is no Service any more');
  const made = generated(400, 9);
  const began = Date.now();
  const uploaded = await until('the upload', 120, async () => {
    const answer = await operate('PUT', '/datasets/long.csv', made);
    return answer.status === 202 ? answer : undefined;
  });
  const { run } = JSON.parse(uploaded.body) as { run: string };
  const record = await until('the end of the run', 300, async () => {
    const found = JSON.parse((await operate('GET', run)).body) as { outcome?: string };
    return found.outcome === undefined ? undefined : found;
  });
  t.equal(record.outcome, 'published');
  const seconds = (Date.now() - began) / 1_000;
  results.text('A training as a Job', `Published ${seconds.toFixed(1)} s after the upload began.`);
}
