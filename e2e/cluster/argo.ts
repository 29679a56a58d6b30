import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deliverer } from './delivery.ts';
import { get, kubectl, until } from './kubernetes.ts';
import type { Repository } from './repository.ts';

/**
 * Argo CD follows the repository, as it does for a person.
 * @param address Where Argo CD reads it.
 */
export async function argoCd(
  repository: Repository,
  address: string,
  overlay: string,
): Promise<Deliverer> {
  for (const file of ['argocd/application.yaml', 'argocd/project.yaml']) {
    const text = repository.read(file);
    repository.write(
      file,
      text
        .replaceAll('https://git.example.com/segue.git', address)
        .replaceAll('targetRevision: main', `targetRevision: ${repository.branch}`)
        .replaceAll('knative/overlays/production', overlay),
    );
  }
  const settingsBefore = join(repository.folder, '../argocd-cm.json');
  const { metadata, ...config } = (await get('configmap', 'argocd-cm', 'argocd')) ?? {};
  const { name, namespace, labels, annotations } = metadata as Record<string, unknown>;
  const kept = { ...config, metadata: { name, namespace, labels, annotations } };
  writeFileSync(settingsBefore, JSON.stringify(kept));
  return {
    name: 'Argo CD',
    async begin() {
      await kubectl(['apply', '-f', join(repository.folder, 'argocd')]);
    },
    async follow(path) {
      await kubectl([
        ...['patch', 'application', 'segue', '-n', 'argocd', '--type', 'merge'],
        ...['-p', JSON.stringify({ spec: { source: { path } } })],
      ]);
    },
    async applied(commit, health, seconds) {
      const began = Date.now();
      let seen = '';
      await until(`commit ${commit} ${health}`, seconds, async () => {
        const { spec, status } = (await application()) ?? { spec: undefined, status: undefined };
        const state = [
          status?.sync?.revision === commit ? 'seen' : 'not seen',
          status?.operationState?.phase,
          status?.sync?.status,
          status?.health?.status,
        ].join(' ');
        if (state !== seen) process.stderr.write(`  argo: ${state}\n`);
        seen = state;
        return (
          status?.sync?.revision === commit &&
          status?.sync?.comparedTo?.source?.path === spec?.source?.path &&
          status?.sync?.status === 'Synced' &&
          status?.operationState?.phase === 'Succeeded' &&
          status?.operationState?.syncResult?.revision === commit &&
          status?.health?.status === health
        );
      });
      return (Date.now() - began) / 1_000;
    },
    async end() {
      await kubectl(['delete', 'application', 'segue', '-n', 'argocd', '--ignore-not-found']);
      await kubectl(['delete', 'appproject', 'segue', '-n', 'argocd', '--ignore-not-found']);
      await kubectl(['replace', '-f', settingsBefore]);
    },
  };
}

/** The Application, as Argo CD sees it. */
export const application = () => get('application', 'segue', 'argocd');
