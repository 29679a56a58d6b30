import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { root } from '../segue.ts';
import { get, kubectl } from './kubernetes.ts';

/** Flags of Knative that the manifests need. */
const flags = [
  'kubernetes.podspec-persistent-volume-claim',
  'kubernetes.podspec-persistent-volume-write',
  'kubernetes.podspec-securitycontext',
];

/** Knative allows what the manifests ask for, and the README says how. */
export async function allowed(t: Test): Promise<void> {
  const features = await get('configmap', 'config-features', 'knative-serving');
  const isOn = (flag: string) => ['enabled', 'allowed'].includes(features?.data?.[flag]);
  t.same(
    flags.filter((flag) => !isOn(flag)),
    [],
    "the README's second step on a cluster allows these flags of config-features",
  );
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, patch] = /patch configmap config-features .* '(\{[^']*\})'/.exec(readme) ?? [];
  t.same(Object.keys(JSON.parse(patch ?? '{}').data ?? {}), flags);
  const dry = ['--dry-run=server', '--type', 'merge', '-p', patch ?? ''];
  await kubectl(['patch', 'configmap', 'config-features', '-n', 'knative-serving', ...dry]);
  const [, volume] = /<<'YAML'\n([\s\S]*?)\n +YAML\n/.exec(readme) ?? [];
  await kubectl(['apply', '--dry-run=server', '-f', '-'], volume);
}

/** The API server's own word on the manifests and on mistakes in them. */
export async function validation(t: Test): Promise<void> {
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
      /containerPort: 8080\n +protocol: TCP\n/,
      'containerPort: 8080\n          protocol: TCP\n        lifecycle: {}\n',
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
