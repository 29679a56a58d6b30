import type { Test } from 'tap';
import { stringify } from 'yaml';
import { application } from './argo.ts';
import { type Delivery, namespace, overlay } from './delivery.ts';
import { get, kubectl, until } from './kubernetes.ts';
import type { Results } from './results.ts';

/** What Argo CD changes back, refuses, and keeps. */
export async function guarded(t: Test, delivery: Delivery, results: Results): Promise<void> {
  const title = 'What Argo CD guards';
  if (delivery.name !== 'Argo CD') {
    const what = 'changes by hand, the limits of the AppProject, the claim that stays';
    const reason = `Argo CD is not here: not shown are ${what}, and its own checks of health.`;
    results.text(title, `Skipped: ${reason}`);
    t.pass(title, { skip: reason });
    return;
  }
  const { repository, applied } = delivery;
  const kustomization = `${overlay}/kustomization.yaml`;

  const retries = async () => (await get('trigger', 'retrain', namespace))?.spec.delivery.retry;
  const wanted = await retries();
  const patch = JSON.stringify({ spec: { delivery: { retry: 1 } } });
  const began = Date.now();
  await kubectl(['patch', 'trigger', 'retrain', '-n', namespace, '--type', 'merge', '-p', patch]);
  t.equal(await retries(), 1);
  await until('what was changed by hand', 120, async () => (await retries()) === wanted);
  const healed = (Date.now() - began) / 1_000;

  // Neither is what the project is for; git names them all the same.
  const forbidden = [
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'not-in-git' } },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'all' } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'elsewhere', namespace: 'default' } },
  ];
  repository.write(
    `${overlay}/forbidden.yaml`,
    forbidden.map((one) => stringify(one)).join('---\n'),
  );
  repository.edit(kustomization, (document) => {
    document.addIn(['resources'], 'forbidden.yaml');
    // A component puts everything into our namespace.
    document.delete('components');
  });
  const refused = await repository.push('What nobody may');
  const told = await until('the refusal', 120, async () => {
    const { status } = (await application()) ?? { status: undefined };
    const { message, syncResult, operation } = status?.operationState ?? {};
    const of = syncResult?.revision ?? operation?.sync?.revision;
    const said = `${message} ${JSON.stringify(syncResult?.resources ?? [])}`;
    return of === refused && /not permitted in project/.test(said) ? said : undefined;
  });
  for (const kind of ['Secret', 'ClusterRole']) {
    t.match(told, new RegExp(`${kind} is not permitted in project segue`), kind);
  }
  t.match(told, /namespace default is not permitted in project/, 'another namespace');
  const right = Date.now();
  await applied(await repository.revert(), 'Healthy', 120);
  const mended = (Date.now() - right) / 1_000;
  for (const { kind, metadata } of forbidden) {
    t.equal(await get(kind, metadata.name, metadata.namespace ?? namespace), undefined, kind);
  }

  const claim = await get('pvc', 'segue', namespace);
  repository.edit('knative/base/kustomization.yaml', (document) => {
    const { resources } = document.toJS() as { resources: string[] };
    const others = resources.filter((file) => file !== 'volume.yaml');
    document.set('resources', others);
  });
  const without = await repository.push('Without the claim');
  await until('a sync without the claim', 120, async () => {
    const { phase, syncResult } = (await application())?.status?.operationState ?? {};
    return phase === 'Succeeded' && syncResult?.revision === without;
  });
  const still = await get('pvc', 'segue', namespace);
  t.equal(still?.metadata.uid, claim?.metadata.uid, 'the claim stays');
  t.equal(still?.metadata.deletionTimestamp, undefined);
  const again = await repository.revert();
  // There is nothing to apply, so Argo CD just looks.
  await until('the claim in git', 120, async () => {
    const { revision, status } = (await application())?.status?.sync ?? {};
    return revision === again && status === 'Synced';
  });
  results.text(
    title,
    [
      `What was changed by hand is changed back after ${healed.toFixed(1)} s. A commit with a Secret, a`,
      'ClusterRole and an object of another namespace is refused with their names; the commit that',
      `takes them back is applied after ${mended.toFixed(1)} s. A commit without the claim leaves it alone.`,
    ].join('\n'),
  );
}
