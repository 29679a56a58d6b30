/**
 * Delivery on a real cluster, as a person and a git push see it. `make e2e` runs it, once, in this
 * order: each part begins where the one before ends.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { root } from '../segue.ts';
import {
  type Changed,
  changedBundles,
  type Delivery,
  loadImages,
  namespace,
  overlay,
  prepare,
  removeAll,
  token,
  underLoad,
  wrongAnswer,
} from './delivery.ts';
import { quantile, throughIngress } from './ingress.ts';
import { get, kubectl, list, until } from './kubernetes.ts';
import { type Results, resultsIn } from './results.ts';
import { type ClusterSettings, clusterSettings } from './settings.ts';
import { type Start, startFromZero, startRows } from './zero.ts';

const starts = Number(process.env.STARTS ?? 50);
/** To work on one part: these alone, on what an earlier run left in place. */
const only = process.env.PARTS?.split(',');
const keep = process.env.KEEP !== undefined;

const changeColumns = [
  ...['change', 'requests', 'failed', 's to the new behaviour', 's to healthy'],
  ...['p50 ms', 'p99 ms'],
];

const settings = clusterSettings(process.env);
const reason = typeof settings === 'string' ? settings : await unreachable();
if (typeof settings === 'string' || reason !== undefined) {
  t.pass('delivery on a cluster', { skip: `skipped: ${reason}` });
} else {
  const folder = mkdtempSync(join(tmpdir(), 'segue-e2e-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  await everything(settings, folder);
}

async function unreachable(): Promise<string | undefined> {
  return kubectl(['get', '--raw', '/readyz', '--request-timeout=5s']).then(
    () => undefined,
    (error: Error) => `no cluster answers: ${error.message.trim().split('\n').at(-1)}`,
  );
}

async function everything(settings: ClusterSettings, folder: string): Promise<void> {
  const results = resultsIn(join(root, 'e2e/RESULTS.md'), await heading(), keep);
  if (!keep && (await get('namespace', namespace, '')) !== undefined) {
    throw new Error(`the namespace ${namespace} exists: this test would take it away at its end`);
  }
  const settingsBefore = join(folder, 'argocd-cm.json');
  const { metadata, ...config } = (await get('configmap', 'argocd-cm', 'argocd')) ?? {};
  const { name, namespace: home, labels, annotations } = metadata as Record<string, unknown>;
  const kept = { ...config, metadata: { name, namespace: home, labels, annotations } };
  writeFileSync(settingsBefore, JSON.stringify(kept));
  const delivery = await prepare(settings, mkdirIn(folder, 'repository'));
  const web = await dataServer(settings);
  t.teardown(async () => {
    web.server.close();
    web.server.closeAllConnections();
    if (!keep) await removeAll(settingsBefore);
  });
  const part = (name: string, run: () => Promise<void>) =>
    only === undefined || only.includes(name) ? t.test(name, run) : undefined;

  if (!keep || only === undefined) await t.test('images', () => images(settings, folder, results));
  await t.test('from nothing', () => fromNothing(delivery, results));
  await t.test('the first data set', () => firstDataset(delivery));
  // Nothing that follows means anything without a model that answers.
  if (!t.passing()) return;
  await part('validation', () => validation());
  await part('changes', () => changes(delivery, results, web));
  await part('datasets', () => datasets(delivery, results, web));
  await part('broken', () => broken(delivery, results));
  await part('canary', () => trial(delivery, results));
  await part('long', () => longTraining(delivery, results));
  await part('zero', () => fromZero(delivery, results));
}

async function heading(): Promise<string[]> {
  const { serverVersion } = JSON.parse(await kubectl(['version', '-o', 'json']));
  const release = async (name: string, space: string) =>
    (await get('deployment', name, space))?.metadata.labels?.['app.kubernetes.io/version'] ?? '?';
  return [
    '# Results on a cluster',
    '',
    `Written by \`make e2e\` on ${new Date().toISOString().slice(0, 16)}Z: Kubernetes`,
    `${serverVersion.gitVersion}, Knative Serving ${await release('activator', 'knative-serving')},`,
    `Eventing ${await release('eventing-controller', 'knative-eventing')}, Node ${process.version}.`,
    `Times are of that machine as busy as it was then (load ${loadavg()[1].toFixed(0)} on`,
    `${availableParallelism()} cores); what is compared ran in turns.`,
  ];
}

function mkdirIn(folder: string, name: string): string {
  mkdirSync(join(folder, name));
  return join(folder, name);
}

/** What a person has before the cluster: three images, and a second and a third of recommend. */
async function images(settings: ClusterSettings, folder: string, results: Results): Promise<void> {
  const dist = join(root, 'dist');
  execFileSync('make', ['build'], { cwd: root, stdio: 'ignore' });
  const listed = await loadImages(settings, folder, dist, 'e2e-1');
  const changed = changedBundles(dist, join(folder, 'dist-2'), 'status:"ok"', 'status:"changed"');
  await loadImages(settings, folder, changed, 'e2e-2', 'recommend');
  const bare = join(root, 'e2e/cluster/bare');
  const copy = mkdirIn(folder, 'bare');
  writeFileSync(join(copy, 'server.mjs'), readFileSync(join(bare, 'server.mjs')));
  await loadImages(settings, folder, copy, 'e2e-1', '../e2e/cluster/bare');
  const rows = listed
    .trim()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  t.equal(rows.length, 3);
  results.table('Images', ['image', 'size', 'digest'], rows);
}

async function fromNothing(
  { repository, applied, ask }: Delivery,
  results: Results,
): Promise<void> {
  repository.edit(`${overlay}/kustomization.yaml`, (document) => {
    for (const i of [0, 1, 2]) document.setIn(['images', i, 'newTag'], 'e2e-1');
  });
  const commit = await repository.push('Deliver');
  await kubectl(['apply', '-f', join(repository.folder, 'argocd')]);
  await until('the namespace', 120, async () => get('namespace', namespace, ''));
  const hasToken = (await get('secret', 'segue-upload', namespace)) !== undefined;
  if (!hasToken)
    await kubectl([
      ...['create', 'secret', 'generic', 'segue-upload', '-n', namespace],
      `--from-literal=token=${token}`,
    ]);
  const seconds = await applied(commit, 'Healthy', 400);
  results.text(
    'From nothing',
    `Healthy ${seconds.toFixed(1)} s after \`kubectl apply -f argocd/\`.`,
  );
  if (keep) return;
  const answer = await ask('recommend', '/api/model');
  t.equal(answer.status, 503, 'there is no model yet');
  t.match(answer.body, /no-model/);
  t.equal((await ask('recommend', '/readyz')).status, 200, 'and that is no failure');
}

async function firstDataset(delivery: Delivery): Promise<void> {
  const bytes = readFileSync(join(root, 'datasets/sample.csv.gz'));
  const uploaded = await until('the upload', 240, async () => {
    const answer = await delivery.operate('PUT', '/datasets/sample.csv.gz', bytes);
    // Until the function is started anew, it knows nothing of the token.
    return answer.status === 401 ? undefined : answer;
  });
  t.equal(uploaded.status, 202);
  const { run } = JSON.parse(uploaded.body) as { run: string };
  const record = await until('the end of the run', 300, async () => {
    const answer = await delivery.operate('GET', run);
    const found = JSON.parse(answer.body) as { outcome?: string };
    return found.outcome === undefined ? undefined : found;
  });
  t.match(record.outcome, keep ? /^(published|again)$/ : 'published');
  await until('an answer', 60, async () => wrongAnswer(await delivery.recommend()) === undefined);
}

/** The API server's own word on the manifests and on mistakes in them. */
async function validation(): Promise<void> {
  for (const path of ['local', 'production']) {
    const rendered = await kubectl(['kustomize', join(root, 'knative/overlays', path)]);
    // The claim is bound by now, to a class of this cluster.
    const documents = rendered.split(/^---\n/m).filter((one) => !/^kind: Persistent/m.test(one));
    const text = documents.join('---\n');
    await kubectl(
      ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', '-'],
      text,
    );
    t.pass(`${path} is accepted`);
  }
  const text = await kubectl(['kustomize', join(root, 'knative/base')]);
  const mistakes: [string, string | RegExp, string, RegExp][] = [
    ['backoffPolicy misspelt', 'backoffPolicy:', 'backofPolicy:', /backofPolicy/],
    ['its value misspelt', 'backoffPolicy: linear', 'backoffPolicy: liner', /backoffPolicy/],
    ['timeoutSeconds 99999', 'timeoutSeconds: 600', 'timeoutSeconds: 99999', /timeoutSeconds/],
    [
      'lifecycle',
      /containerPort: 8080\n/,
      'containerPort: 8080\n        lifecycle: {}\n',
      /lifecycle/,
    ],
    ['a read-only claim written to', /name: data\n +readOnly: true\n/, 'name: data\n', /readOnly/],
    [
      'traffic of 90 %',
      'spec:\n  template:',
      'spec:\n  traffic: [{ latestRevision: true, percent: 90 }]\n  template:',
      /sum/,
    ],
    [
      'subscriber in filter',
      / {4}attributes:\n/,
      '    subscriber: {}\n    attributes:\n',
      /subscriber/,
    ],
  ];
  for (const [what, from, to, said] of mistakes) {
    const mutant = text.replace(from, to);
    t.not(mutant, text, `${what}: the mutant differs`);
    const refused = await kubectl(['apply', '--dry-run=server', '-f', '-'], mutant).then(
      () => 'accepted',
      (error: Error & { stderr?: string }) => String(error.stderr),
    );
    t.match(refused, said, what);
  }
}

function changeRow(name: string, { load, secondsToNew, secondsToHealth }: Changed) {
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
async function changes(delivery: Delivery, results: Results, web: DataServer): Promise<void> {
  const { repository, ask } = delivery;
  const rows: (string | number)[][] = [];
  const healthz = async () => (await ask('recommend', '/healthz')).body;
  const version = async () =>
    (JSON.parse((await ask('recommend', '/api/model')).body) as { version: string }).version;

  const pods = new Set<string>();
  const scaled = await underLoad(
    delivery,
    async () => {
      repository.edit(`${overlay}/kustomization.yaml`, (document) => {
        document.addIn(['patches'], {
          target: { group: 'serving.knative.dev', kind: 'Service', name: 'recommend' },
          patch: [
            '- op: replace',
            '  path: /spec/template/metadata/annotations/autoscaling.knative.dev~1min-scale',
            '  value: "2"',
          ].join('\n'),
        });
      });
      return repository.push('Keep two');
    },
    async () => {
      const { body } = await ask('recommend', '/metrics');
      pods.add(/^process_start_time_seconds (\S+)/m.exec(body)?.[1] ?? '');
      const ready = await readyPods('recommend');
      return ready >= 2 && pods.size >= 2;
    },
  );
  rows.push(changeRow('scale: two instances', scaled));

  const code = await underLoad(
    delivery,
    () => {
      repository.edit(`${overlay}/kustomization.yaml`, (document) =>
        document.setIn(['images', 0, 'newTag'], 'e2e-2'),
      );
      return repository.push('New code');
    },
    async () => /changed/.test(await healthz()),
  );
  rows.push(changeRow('code: a new image', code));

  const back = await underLoad(
    delivery,
    () => repository.revert(),
    async () => /ok/.test(await healthz()),
  );
  rows.push(changeRow('code: rolled back by git revert', back));

  const first = await version();
  const dataset = await underLoad(
    delivery,
    () => nameDataset(delivery, web.address('/two.csv'), web.sha256),
    async () => (await version()) !== first,
  );
  rows.push(changeRow('data set: named in git', dataset));
  const again = await underLoad(
    delivery,
    () => nameDataset(delivery, web.address('/sample.csv.gz'), web.sampleSha256),
    async () => (await version()) === first,
  );
  rows.push(changeRow('data set: the one before, named again', again));
  results.table('Changes under constant load', changeColumns, rows);
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

/** Names a data set in git, as a person would: two lines, and the component in the overlay. */
async function nameDataset({ repository }: Delivery, address: string, sha256: string) {
  const { origin, hostname } = new URL(address);
  const lines = [
    ...[`DATASET=${address}`, `SHA256=${sha256}`, `JOB=dataset-${sha256.slice(0, 12)}`],
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
async function datasets(delivery: Delivery, results: Results, web: DataServer): Promise<void> {
  const { repository, ask, applied } = delivery;
  const hanging = 'f'.repeat(64);
  await applied(
    await nameDataset(delivery, web.address('/hangs.csv'), hanging),
    'Progressing',
    120,
  );
  repository.edit(`${overlay}/kustomization.yaml`, (document) =>
    document.setIn(['images', 0, 'newTag'], 'e2e-2'),
  );
  const commit = await repository.push('New code during a training that never ends');
  const seconds = await applied(commit, 'Progressing', 240);
  await until('the new code', 120, async () =>
    /changed/.test((await ask('recommend', '/healthz')).body),
  );
  t.pass('a commit is synced while the data set hangs');

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

/** An image that is not there: the old revision goes on, and Argo CD says so. */
async function broken(delivery: Delivery, results: Results): Promise<void> {
  const { repository, applied } = delivery;
  const changed = await underLoad(
    delivery,
    () => {
      repository.edit(`${overlay}/kustomization.yaml`, (document) =>
        document.setIn(['images', 0, 'newTag'], 'e2e-missing'),
      );
      return repository.push('An image that is not there');
    },
    async () => true,
    'Degraded',
  );
  t.same(changed.load.failed, [], 'the old revision answers');
  const service = await get('ksvc', 'recommend', namespace);
  const ready = service?.status.conditions.find(({ type }: { type: string }) => type === 'Ready');
  await applied(await repository.revert(), 'Healthy', 300);
  results.text(
    'A broken image',
    [
      `Degraded after ${changed.secondsToHealth.toFixed(1)} s (\`${ready?.message}\`);`,
      `${changed.load.sent} requests meanwhile, ${changed.load.failed.length} failed; healthy again by git revert.`,
    ].join('\n'),
  );
}

/** From zero, in turns with the least server there is. */
async function fromZero(delivery: Delivery, results: Results): Promise<void> {
  const { repository, applied, settings } = delivery;
  repository.edit(`${overlay}/kustomization.yaml`, (document) => {
    document.set('patches', [
      ...(document.toJS().patches as { patch?: string }[]).filter(
        ({ patch }) => !patch?.includes('min-scale'),
      ),
      {
        target: { group: 'serving.knative.dev', kind: 'Service', name: 'recommend' },
        patch: [
          '- op: add',
          '  path: /spec/template/metadata/annotations/autoscaling.knative.dev~1window',
          '  value: 6s',
        ].join('\n'),
      },
    ]);
  });
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
            ? await startFromZero(namespace, service, delivery.recommend, wrongAnswer)
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

/** The JobSink variant: an upload becomes a Job. */
async function longTraining(delivery: Delivery, results: Results): Promise<void> {
  const { repository, applied, operate } = delivery;
  repository.edit(`${overlay}/kustomization.yaml`, (document) =>
    document.set('components', ['../../components/long-training']),
  );
  await applied(await repository.push('Long trainings'), 'Healthy', 300);
  t.equal(await get('ksvc', 'retrain', namespace), undefined, 'retrain is no Service any more');
  const made = execFileSync(process.execPath, [
    join(root, 'datasets/generate.ts'),
    ...['--playlists', '400', '--seed', '9'],
  ]);
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

/** Two versions at once, both named by git: one for most, the other for some. */
async function trial(delivery: Delivery, results: Results): Promise<void> {
  const { repository, applied, ask, recommend, operate } = delivery;
  const { models } = JSON.parse((await operate('GET', '/models')).body) as {
    models: { version: string }[];
  };
  const [to, from] = models.map(({ version }) => version);
  const segue = (...parameters: string[]) =>
    execFileSync(process.execPath, [
      ...[join(root, 'functions/cli.ts'), 'canary', ...parameters],
      ...['--manifests', join(repository.folder, 'knative'), '--overlay', 'local'],
    ]);
  const follow = (path: string) =>
    kubectl([
      ...['patch', 'application', 'segue', '-n', 'argocd', '--type', 'merge'],
      ...['-p', JSON.stringify({ spec: { source: { path } } })],
    ]);
  segue('start', '--from', from, '--to', to);
  await applied(await repository.push(`Try version ${to}`), 'Healthy', 300);
  const began = Date.now();
  await follow('knative/overlays/canary');
  const versionAt = async (service: string) => {
    const { status, body } = await ask(service, '/api/model');
    return status === 200 ? (JSON.parse(body) as { version: string }).version : undefined;
  };
  await until('the canary', 300, async () => (await versionAt('canary-recommend')) === to);
  const seconds = (Date.now() - began) / 1_000;
  t.equal(await versionAt('stable-recommend'), from);
  const counts = new Map<string, number>();
  const asked = 600;
  for (let i = 0; i < asked; i++) {
    const answer = await recommend();
    t.equal(answer.status, 200);
    const { version } = JSON.parse(answer.body) as { version: string };
    counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  const share = (counts.get(to) ?? 0) / asked;
  t.ok(share > 0.06 && share < 0.15, `a tenth of the requests asks version ${to}: ${share}`);
  t.equal((counts.get(to) ?? 0) + (counts.get(from) ?? 0), asked, 'nobody asks another one');
  await follow(overlay);
  segue('stop', '--unpin');
  await applied(await repository.push('Follow the newest'), 'Healthy', 300);
  results.text(
    'Two versions at once',
    [
      `The canary answers ${seconds.toFixed(1)} s after the Application follows its overlay;`,
      `of ${asked} requests ${counts.get(to)} asked version ${to}, ${counts.get(from)} version ${from}.`,
    ].join('\n'),
  );
}

interface DataServer {
  server: Server;
  sha256: string;
  sampleSha256: string;
  address(path: string): string;
}

/** Serves data sets to the cluster, as any web server would; one of them never ends. */
async function dataServer({ address }: ClusterSettings): Promise<DataServer> {
  const sample = readFileSync(join(root, 'datasets/sample.csv.gz'));
  const two = execFileSync(process.execPath, [
    join(root, 'datasets/generate.ts'),
    ...['--playlists', '500', '--seed', '7'],
  ]);
  const files: Record<string, Buffer> = { '/sample.csv.gz': sample, '/two.csv': two };
  const server = createServer((request, response) => {
    const file = files[request.url ?? ''];
    if (file !== undefined) response.end(file);
    else response.write('track_name,artist_name\n');
  }).listen(0, '0.0.0.0');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  return {
    server,
    sha256: sha256Of(two),
    sampleSha256: sha256Of(sample),
    address: (path) => `http://${address}:${port}${path}`,
  };
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
