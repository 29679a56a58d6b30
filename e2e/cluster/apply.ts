import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import type { Deliverer, Health } from './delivery.ts';
import { type KubernetesObject, kubectl, until } from './kubernetes.ts';
import type { Repository } from './repository.ts';

const run = promisify(execFile);

/**
 * Where no Argo CD is: each commit is fetched and applied by kubectl, server-side. An ApplySet
 * remembers what was applied, so what a commit lacks is removed; what the manifests keep from
 * Argo CD's pruning (claim, namespace, ConfigMaps of older revisions) is kept here, too.
 */
export function kubectlApply(
  { remote, branch, folder }: Repository,
  overlay: string,
  namespace: string,
): Deliverer {
  const checkout = join(folder, '../applied');
  const set = ['--prune', '--applyset=configmap/delivered-by-kubectl', '-n', namespace];
  const apply = (objects: readonly KubernetesObject[], ...parameters: string[]) =>
    kubectl(
      ['apply', '--server-side', '--force-conflicts', ...parameters, '-f', '-'],
      objects.map((object) => stringify(object)).join('---\n'),
    );
  let followed = overlay;
  return {
    name: 'kubectl apply',
    async begin() {
      await run('git', ['clone', '-q', '--branch', branch, remote, checkout]);
      await deliver();
    },
    async follow(path) {
      followed = path;
    },
    async applied(commit, health, seconds) {
      const began = Date.now();
      await run('git', ['-C', checkout, 'fetch', '-q', 'origin', branch]);
      await run('git', ['-C', checkout, 'checkout', '-q', '--detach', commit]);
      const delivered = await deliver();
      let seen = '';
      await until(`commit ${commit} ${health}`, seconds, async () => {
        const now = await healthOf(delivered);
        if (now !== seen) process.stderr.write(`  kubectl: ${now}\n`);
        seen = now;
        return now === health;
      });
      return (Date.now() - began) / 1_000;
    },
    // What was applied goes with its namespace.
    async end() {},
  };

  async function deliver(): Promise<KubernetesObject[]> {
    const text = await kubectl(['kustomize', join(checkout, followed)]);
    const objects = parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
    const isKept = ({ metadata }: KubernetesObject) =>
      /Prune=false/.test(metadata.annotations?.['argocd.argoproj.io/sync-options'] ?? '');
    // The webhooks of a cluster that has just started may refuse for a while.
    await until(`${followed} applied`, 60, async () => {
      try {
        await apply(objects.filter(isKept));
        await apply(
          objects.filter((one) => !isKept(one)),
          ...set,
        );
        return true;
      } catch (error) {
        process.stderr.write(`  kubectl: ${(error as Error).message.trim().split('\n').at(-1)}\n`);
        return false;
      }
    });
    return objects;
  }
}

/** The worst of all objects, by what they say of themselves. */
async function healthOf(objects: readonly KubernetesObject[]): Promise<Health> {
  const text = objects.map((object) => stringify(object)).join('---\n');
  const answer = await kubectl(['get', '-f', '-', '-o', 'json', '--ignore-not-found'], text);
  const live = (JSON.parse(answer) as { items: KubernetesObject[] }).items;
  const found = live.length < objects.length ? ['Progressing'] : live.map(healthOfOne);
  const worst: Health[] = ['Degraded', 'Progressing', 'Healthy'];
  return worst.find((health) => found.includes(health)) as Health;
}

function healthOfOne({ apiVersion, kind, metadata, status }: KubernetesObject): Health {
  const conditions: { type: string; status: string }[] = status?.conditions ?? [];
  const is = (type: string) => conditions.find((one) => one.type === type)?.status;
  if (kind === 'Job') {
    if (is('Failed') === 'True') return 'Degraded';
    return is('Complete') === 'True' ? 'Healthy' : 'Progressing';
  }
  if (kind === 'PersistentVolumeClaim')
    return status?.phase === 'Bound' ? 'Healthy' : 'Progressing';
  if (!/\.knative\.dev\//.test(apiVersion)) return 'Healthy';
  if (status?.observedGeneration !== metadata.generation) return 'Progressing';
  if (is('Ready') === 'True') return 'Healthy';
  return is('Ready') === 'False' ? 'Degraded' : 'Progressing';
}
