/**
 * Delivery on a real cluster, as a person and a git push see it. `make e2e` runs it, once, in this
 * order: each part begins where the one before ends.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { root } from '../segue.ts';
import { changes } from './changes.ts';
import { dataServer } from './data.ts';
import { broken, datasets, longTraining } from './datasets.ts';
import {
  changedBundles,
  type Delivery,
  loadImages,
  namespace,
  overlay,
  prepare,
  token,
  wrongAnswer,
} from './delivery.ts';
import { guarded } from './guarded.ts';
import { get, kubectl, until } from './kubernetes.ts';
import { type Results, resultsIn } from './results.ts';
import { type ClusterSettings, clusterSettings } from './settings.ts';
import { leave, stateOfCluster } from './state.ts';
import { traced } from './traced.ts';
import { allowed, validation } from './validation.ts';
import { alone, pinned, trial } from './versions.ts';
import { fromZero } from './zero.ts';

/** To work on one part: these alone, on what an earlier run left in place. */
const only = process.env.PARTS?.split(',');
const keep = process.env.KEEP !== undefined;

const settings = await clusterSettings(process.env);
if (typeof settings === 'string') {
  t.pass('delivery on a cluster', { skip: `skipped: ${settings}` });
} else {
  const folder = mkdtempSync(join(tmpdir(), 'segue-e2e-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  await everything(settings, folder);
}

async function everything(settings: ClusterSettings, folder: string): Promise<void> {
  if (!keep && (await get('namespace', namespace, '')) !== undefined) {
    throw new Error(`the namespace ${namespace} exists: this test would take it away at its end`);
  }
  const before = await stateOfCluster();
  const web = await dataServer(settings);
  t.teardown(() => web.close());
  const delivery = await prepare(settings, web, mkdirIn(folder, 'repository'));
  const file = settings.git ? 'e2e/RESULTS.md' : 'e2e/RESULTS-kubectl.md';
  const results = resultsIn(join(root, file), await heading(delivery), keep);
  try {
    await parts(delivery, folder, results);
  } finally {
    if (!keep) await t.test('as it was', (t) => leave(t, delivery, before));
  }
}

async function parts(delivery: Delivery, folder: string, results: Results): Promise<void> {
  const first: [name: string, run: (t: Test) => Promise<void>][] = [
    ['flags', allowed],
    ['images', (t) => images(t, delivery.settings, folder, results)],
    ['alone', (t) => alone(t, delivery, results)],
    ['from nothing', (t) => fromNothing(t, delivery, results)],
    ['the first data set', (t) => firstDataset(t, delivery)],
  ];
  for (const [name, run] of first) {
    if (keep && only !== undefined && /images|alone/.test(name) && !only.includes(name)) continue;
    // Nothing that follows means anything without images, and a model that answers.
    if (!(await t.test(name, run)) || !t.passing()) return;
  }
  const others = {
    ...{ validation, changes, datasets, broken, guarded, traced, canary: trial, pinned },
    ...{ long: longTraining, zero: fromZero },
  };
  for (const [name, run] of Object.entries(others)) {
    if (only?.includes(name) ?? true) await t.test(name, (t) => run(t, delivery, results));
  }
}

async function heading({ name }: Delivery): Promise<string[]> {
  const { serverVersion } = JSON.parse(await kubectl(['version', '-o', 'json']));
  const release = async (name: string, space: string) =>
    (await get('deployment', name, space))?.metadata.labels?.['app.kubernetes.io/version'] ?? '?';
  return [
    '# Results on a cluster',
    '',
    `Written by \`make e2e\` on ${new Date().toISOString().slice(0, 16)}Z: Kubernetes`,
    `${serverVersion.gitVersion}, Knative Serving ${await release('activator', 'knative-serving')},`,
    `Eventing ${await release('eventing-controller', 'knative-eventing')}, Node ${process.version}.`,
    name === 'Argo CD'
      ? 'Commits were delivered by Argo CD, which says how healthy all is.'
      : 'Commits were delivered by `kubectl apply`; how healthy all is, the objects say themselves.',
    'Times are of that machine as busy as it was then; what is compared ran in turns.',
  ];
}

function mkdirIn(folder: string, name: string): string {
  mkdirSync(join(folder, name));
  return join(folder, name);
}

/** What a person has before the cluster: three images, and of recommend a changed and a broken one. */
async function images(
  t: Test,
  settings: ClusterSettings,
  folder: string,
  results: Results,
): Promise<void> {
  execFileSync('make', ['build'], { cwd: root, stdio: 'ignore' });
  const dist = join(root, 'dist');
  const listed = imageRows(await loadImages(settings, folder, dist, { tag: 'e2e-1' }));
  t.equal(listed.length, 3);
  const recommend = { functions: 'recommend' };
  const changed = changedBundles(dist, join(folder, 'changed'), (text) =>
    text.replaceAll('status:"ok"', 'status:"changed"'),
  );
  await loadImages(settings, folder, changed, { ...recommend, tag: 'e2e-2' });
  const faulty = changedBundles(
    dist,
    join(folder, 'faulty'),
    (text) =>
      // While the image is made it works: so do mistakes that only a cluster shows.
      `if (process.env.K_SERVICE) throw new Error('This image is broken.');${text}`,
  );
  await loadImages(settings, folder, faulty, { ...recommend, tag: 'e2e-broken' });
  const bare = mkdirIn(folder, 'bare');
  cpSync(join(root, 'e2e/cluster/bare/server.mjs'), join(bare, 'server.mjs'));
  const functions = '../e2e/cluster/bare';
  await loadImages(settings, folder, bare, { tag: 'e2e-1', functions });

  const anew = await loadImages(settings, folder, dist, {
    ...{ ...recommend, tag: 'e2e-1', anew: true },
  });
  t.same(imageRows(anew), [listed[0]], 'made again from nothing: the same digest');
  results.table('Images', ['image', 'size', 'digest'], listed);
}

function imageRows(listed: string): string[][] {
  return listed
    .trim()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
}

async function fromNothing(
  t: Test,
  { repository, name, begin, applied, ask }: Delivery,
  results: Results,
): Promise<void> {
  repository.edit(`${overlay}/kustomization.yaml`, (document) => {
    for (const i of [0, 1, 2]) document.setIn(['images', i, 'newTag'], 'e2e-1');
  });
  const commit = await repository.push('Deliver');
  await begin();
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
    `Healthy ${seconds.toFixed(1)} s after ${name === 'Argo CD' ? '`kubectl apply -f argocd/`' : 'the first commit was applied'}.`,
  );
  if (keep) return;
  const answer = await ask('recommend', '/api/model');
  t.equal(answer.status, 503, 'there is no model yet');
  t.match(answer.body, /no-model/);
  t.equal((await ask('recommend', '/readyz')).status, 200, 'and that is no failure');
}

async function firstDataset(t: Test, delivery: Delivery): Promise<void> {
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
