import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { type Delivery, namespace } from './delivery.ts';
import { runInside } from './jobs.ts';
import { get, kubectl, until } from './kubernetes.ts';

/** Kinds that come and go, or change, without anybody's doing. */
const restless =
  /^(events|leases|endpoints|endpointslices|pods|replicasets|controllerrevisions)(\.|$)/;

/**
 * What there is in a cluster, a line each: kind, namespace and name of every object, whether a volume
 * is free, and Argo CD's settings.
 */
export async function stateOfCluster(): Promise<string[]> {
  const kinds = (await kubectl(['api-resources', '--verbs=list,delete', '-o', 'name']))
    .trim()
    .split('\n')
    .filter((kind) => !restless.test(kind));
  const path = '{range .items[*]}{.kind} {.metadata.namespace} {.metadata.name}{"\\n"}{end}';
  const [objects, volumes, settings] = await Promise.all([
    kubectl(['get', kinds.join(','), '-A', '-o', `jsonpath=${path}`]),
    kubectl([
      ...['get', 'persistentvolumes', '-o'],
      'jsonpath={range .items[*]}{.metadata.name} is {.status.phase}{"\\n"}{end}',
    ]),
    get('configmap', 'argocd-cm', 'argocd'),
  ]);
  return [...`${objects}${volumes}`.trim().split('\n'), JSON.stringify(settings?.data)].sort();
}

/** Takes everything away that was made, and holds the cluster to what it was. */
export async function leave(t: Test, delivery: Delivery, before: readonly string[]): Promise<void> {
  const { end, repository } = delivery;
  const volume = (await get('pvc', 'segue', namespace))?.spec.volumeName as string | undefined;
  // Whatever one of these meets, the others are to be tried.
  for (const step of [
    end,
    repository.remove,
    empty,
    removeNamespaces,
    () => release(volume, before),
  ]) {
    await step().catch((error: Error) => t.fail(error.message));
  }
  const changes = async () => differences(before, await stateOfCluster());
  await until('the state before', 60, async () => (await changes()).length === 0).catch(() => {});
  t.same(await changes(), [], 'the cluster is as it was');
}

async function removeNamespaces(): Promise<void> {
  const suffixes = ['', '-alone', '-bare', '-observability'];
  const spaces = suffixes.map((suffix) => `${namespace}${suffix}`);
  await kubectl(['delete', 'namespace', ...spaces, '--ignore-not-found', '--wait=false']);
  await until('the end of the namespaces', 900, async () => {
    const left = await kubectl(['get', 'namespace', ...spaces, '--ignore-not-found', '-o', 'name']);
    if (left === '') return true;
    // A pod of Knative may take five minutes to stop; nobody waits for these.
    for (const space of spaces) {
      await kubectl(['delete', 'pods', '--all', '-n', space, '--grace-period=0', '--force']);
    }
    await sleep(5_000);
    return false;
  });
}

function differences(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `gone: ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `left: ${line}`),
  ];
}

/** Removes the files of this test from its claim, which may be on a volume that outlives it. */
async function empty(): Promise<void> {
  if ((await get('ksvc', 'upload', namespace)) === undefined) return;
  await runInside('upload', 'empty-the-claim', emptyFolder, 120);
}

const emptyFolder = `
import { readdirSync, rmSync } from 'node:fs';
for (const name of readdirSync('/data')) rmSync('/data/' + name, { recursive: true });
`;

/** A volume that is kept when its claim goes is freed for the next one, if there was one before. */
async function release(volume: string | undefined, before: readonly string[]): Promise<void> {
  if (volume === undefined) return;
  const found = await until('the volume without its claim', 60, async () => {
    const now = await get('persistentvolume', volume, '');
    return now?.status.phase === 'Bound' ? undefined : { now };
  });
  if (found.now?.spec.persistentVolumeReclaimPolicy !== 'Retain') return;
  if (before.includes(`${volume} is Available`)) {
    const patch = JSON.stringify({ spec: { claimRef: null } });
    await kubectl(['patch', 'persistentvolume', volume, '--type', 'merge', '-p', patch]);
  } else await kubectl(['delete', 'persistentvolume', volume]);
}
