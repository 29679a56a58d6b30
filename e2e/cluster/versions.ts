import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { parseAllDocuments, stringify } from 'yaml';
import { root } from '../segue.ts';
import { type Delivery, namespace, overlay } from './delivery.ts';
import { endOfJob, runInside } from './jobs.ts';
import { get, type KubernetesObject, kubectl, list, until } from './kubernetes.ts';
import type { Results } from './results.ts';

/** `segue canary` on the manifests in a folder. */
function canary(manifests: string, command: string, ...parameters: string[]): void {
  execFileSync(process.execPath, [
    ...[join(root, 'functions/cli.ts'), 'canary', command, ...parameters],
    ...['--manifests', manifests, '--overlay', 'local'],
  ]);
}

/** A trial on a cluster that never had what it is compared with: told, not waited for. */
export async function alone(t: Test, delivery: Delivery, results: Results): Promise<void> {
  const space = 'segue-alone';
  const manifests = join(delivery.repository.folder, '../alone');
  cpSync(join(root, 'knative'), manifests, { recursive: true });
  canary(manifests, 'start', '--from', '1', '--to', '2');
  const rendered = await kubectl(['kustomize', join(manifests, 'overlays/canary')]);
  const documents = parseAllDocuments(rendered)
    .map((document) => document.toJS() as KubernetesObject)
    .filter(({ kind, metadata: { name } }) =>
      kind === 'Service' ? name === 'recommend' : /ConfigMap|ServiceAccount/.test(kind),
    )
    .map((one) => ({ ...one, metadata: { ...one.metadata, namespace: space } }));
  await kubectl(['create', 'namespace', space]);
  try {
    const began = Date.now();
    await kubectl(['apply', '-f', '-'], documents.map((one) => stringify(one)).join('---\n'));
    const ready = await until('a word on the trial', 60, async () => {
      const service = await get('ksvc', 'recommend', space);
      const conditions: { type: string; status: string; reason: string; message: string }[] =
        service?.status?.conditions ?? [];
      return conditions.find(({ type, status }) => type === 'Ready' && status === 'False');
    });
    t.equal(ready.reason, 'RevisionMissing');
    const seconds = ((Date.now() - began) / 1_000).toFixed(1);
    results.text(
      'A trial on an empty cluster',
      `Told after ${seconds} s: \`${ready.reason}\`, \`${ready.message}\`.`,
    );
  } finally {
    await kubectl(['delete', 'namespace', space, '--wait=false']);
  }
}

/** Two versions at once, both named by git: one for most, the other for some; and the verdict. */
export async function trial(t: Test, delivery: Delivery, results: Results): Promise<void> {
  const [to, from] = await versions(delivery);
  const good = await tryVersion(t, delivery, from, to);
  t.match(good.verdict, /^promote\n/);
  t.match(
    good.verdict,
    /of [1-9]\d\d held-out playlists: .* \(p = [\d.e-]+\)$/m,
    'enough to count',
  );
  // A model with hardly a rule, which the gate refuses and somebody publishes all the same.
  const said = await runInside('retrain', 'a-worse-model', trainWorse(to), 240);
  const [worse] = await versions(delivery);
  t.not(worse, to, `it is a version: ${said}`);
  const bad = await tryVersion(t, delivery, to, worse);
  t.match(bad.verdict, /^roll back\n/);
  const [, p] = /held-out playlists: .* \(p = ([\d.e-]+)\)$/m.exec(bad.verdict) ?? [];
  t.ok(Number(p) < 0.01, `the hidden songs tell them apart: p = ${p}`);
  const back = await delivery.operate('POST', `/models/${to}/activate`);
  t.equal(back.status, 200);
  results.text(
    'Two versions at once',
    [
      `The canary answers ${good.seconds.toFixed(1)} s after its overlay is followed; ${good.shares}`,
      `The judge:\n\n\`\`\`\n${good.verdict}\n\`\`\`\n`,
      `A model that was published by force, with rules for the most popular songs alone:`,
      `${bad.shares} The judge:\n\n\`\`\`\n${bad.verdict}\n\`\`\``,
    ].join('\n'),
  );
}

/** Run inside the cluster: on the data set of a version, with far too high a support. */
const trainWorse = (version: string) => `
import { spawnSync } from 'node:child_process';
const segue = (...parameters) => {
  const command = ['/app/segue.mjs', ...parameters];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  if (status !== 0) throw new Error(parameters.join(' ') + ': ' + stderr);
  return stdout;
};
const { datasets } = JSON.parse(segue('snapshots', 'show', '${version}', '--json'));
const files = datasets.map(({ sha256, name }) => '/data/datasets/' + sha256 + '/' + name);
console.log(segue('train', ...files, '--force', '--tuning-fits', '0', '--min-support', '2%'));
`;

/** A trial, from its overlay to the end of it: what the two were asked, and what the judge says. */
async function tryVersion(t: Test, delivery: Delivery, from: string, to: string) {
  const { repository, applied, ask, recommend, follow } = delivery;
  const manifests = join(repository.folder, 'knative');
  canary(manifests, 'start', '--from', from, '--to', to);
  const commit = await repository.push(`Try version ${to}`);
  await applied(commit, 'Healthy', 300);
  const began = Date.now();
  await follow('knative/overlays/canary');
  const versionAt = async (service: string) => {
    const { status, body } = await ask(service, '/api/model');
    return status === 200 ? (JSON.parse(body) as { version: string }).version : undefined;
  };
  const answers = until(
    'the canary',
    300,
    async () => (await versionAt('canary-recommend')) === to && (Date.now() - began) / 1_000,
  );
  const [seconds] = await Promise.all([answers, applied(commit, 'Healthy', 300)]);
  t.equal(await versionAt('stable-recommend'), from);
  const counts = new Map<string, number>();
  const asked = 600;
  const statuses = new Set<number>();
  for (let i = 0; i < asked; i++) {
    const { status, body } = await recommend();
    statuses.add(status);
    const { version } = JSON.parse(body) as { version: string };
    counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  t.same([...statuses], [200]);
  const share = (counts.get(to) ?? 0) / asked;
  t.ok(share > 0.06 && share < 0.15, `a tenth of the requests asks version ${to}: ${share}`);
  t.equal((counts.get(to) ?? 0) + (counts.get(from) ?? 0), asked, 'nobody asks another one');
  // The judge wants 200 requests of each, and asks one pod of each what it has answered.
  for (let i = 0; i < 500; i++) {
    await recommend('stable-recommend');
    await recommend('canary-recommend');
  }
  await applied(commit, 'Healthy', 300);
  await kubectl(['create', 'job', 'judge-now', '--from=cronjob/judge', '-n', namespace]);
  const verdict = (await endOfJob('judge-now', 240)).trim();

  await follow(overlay);
  canary(manifests, 'stop', '--unpin');
  await applied(await repository.push('Follow the newest'), 'Healthy', 300);
  const shares =
    `of ${asked} requests ${counts.get(to)} asked version ${to}, ` +
    `${counts.get(from)} version ${from}.`;
  return { seconds, shares, verdict };
}

/** All versions there are, the newest first. */
async function versions({ operate }: Delivery): Promise<string[]> {
  const { body } = await operate('GET', '/models');
  return (JSON.parse(body) as { models: { version: string }[] }).models.map(
    ({ version }) => version,
  );
}

const trainings = 100;

/** Run inside the cluster: as many trainings, as if hours ago, and then what is removed every night. */
const trainMany = `
import { spawnSync } from 'node:child_process';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
const env = { ...process.env, NODE_COMPILE_CACHE: '/tmp/cache' };
const segue = (...parameters) => {
  const command = ['/app/segue.mjs', ...parameters];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(parameters.join(' ') + ': ' + stderr);
  return stdout;
};
for (let i = 0; i < ${trainings}; i++) {
  const rows = Array.from({ length: 60 }, (_, row) => (row % 20) + ',song ' + ((row * 7 + i) % 23));
  writeFileSync('/tmp/songs.csv', ['pid,track_name', ...rows, 'new,song of ' + i, ''].join('\\n'));
  segue('train', '/tmp/songs.csv', '--force', '--tuning-fits', '0');
}
const before = Date.now() / 1000 - 7200;
for (const folder of ['heads', 'snapshots']) {
  for (const name of readdirSync('/data/' + folder)) utimesSync('/data/' + folder + '/' + name, before, before);
}
console.log(segue('snapshots', 'prune').trim().split('\\n').at(-1));
`;

/** A revision that is pinned to a version has it, however much is trained and removed meanwhile. */
export async function pinned(t: Test, delivery: Delivery, results: Results): Promise<void> {
  const { repository, applied, ask } = delivery;
  const manifests = join(repository.folder, 'knative');
  const before = await versions(delivery);
  const version = before.at(-1) as string;
  canary(manifests, 'promote', '--to', version);
  await applied(await repository.push(`Stay with version ${version}`), 'Healthy', 300);
  const serves = async () =>
    (JSON.parse((await ask('recommend', '/api/model')).body) as { version: string }).version;
  await until(`version ${version}`, 120, async () => (await serves()) === version);

  const said = await runInside('retrain', 'many-trainings', trainMany, 1_200);
  const removed = Number(/^(\d+) files removed/.exec(said)?.[1]);
  t.ok(removed >= trainings, `others were removed: ${said}`);
  const selector = 'serving.knative.dev/service=recommend';
  await until('recommend at zero', 240, async () => {
    return (await list('pods', namespace, selector)).length === 0;
  });
  t.equal(await serves(), version, 'awake again, it serves what it is pinned to');
  const after = await versions(delivery);
  t.ok(after.includes(version) && after.length < trainings / 2, `versions that stay: ${after}`);

  // What was there before serves again, or the rest would be asked for songs that nobody knows.
  const back = await delivery.operate('POST', `/models/${version}/activate`);
  t.equal(back.status, 200);
  canary(manifests, 'stop', '--unpin');
  await applied(await repository.push('Follow the newest'), 'Healthy', 300);
  results.text(
    'A pinned version',
    [
      `After ${trainings} trainings, ${removed} files removed and a sleep at zero, the revision that is`,
      `pinned to version ${version} serves it.`,
    ].join('\n'),
  );
}
