import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { mutants } from './mutants.ts';
import { argoDocuments, edited, render, renderTrial, renderWith } from './rendered.ts';

const here = import.meta.dirname;
const base = render('knative/base');
// Only where they can be had, or the coverage of what nothing could check would be missed.
const upstream = base && (await import('./upstream.ts'));
const schemas = (await upstream?.upstreamSchemas()) ?? 'no kubectl';
if (base === undefined || upstream === undefined || typeof schemas === 'string') {
  t.pass('the schemas of Kubernetes, Knative and Argo CD', { skip: `skipped: ${schemas}` });
} else {
  const { refusedBy } = upstream;
  const components = readdirSync(join(here, 'components'));

  t.test('every kind is what its own schema says, without unknown fields', async (t) => {
    for (const overlay of readdirSync(join(here, 'overlays'))) {
      const rendered = render(`knative/overlays/${overlay}`) ?? [];
      t.same(refusedBy(schemas, rendered), [], overlay);
      const whole = renderWith(t.testdir({}), overlay, components);
      t.ok(whole.length > rendered.length);
      t.same(refusedBy(schemas, whole), [], `${overlay} with ${components}`);
    }
    t.same(refusedBy(schemas, renderTrial(t.testdir({}), 'production')), [], 'canary');
    t.same(refusedBy(schemas, argoDocuments()), [], 'argocd');
  });

  t.test('an unknown field is refused wherever it stands', async (t) => {
    // What an annotation means is no schema's business.
    const unknown = mutants.filter(
      ({ caught, edits }) =>
        /is not a field/.test(caught.source) &&
        !edits.some(([pointer]) => /annotations/.test(pointer)),
    );
    t.ok(unknown.length >= 4);
    for (const { what, to, edits } of unknown) {
      t.match(refusedBy(schemas, edited(base, to, edits)).join(), /no such field/, what);
    }
    const whole = renderWith(t.testdir({}), 'production', components);
    const others: [to: string, pointer: string][] = [
      ['JobSink retrain', '/spec/job/spec/template/spec/containers/0/lifecyle'],
      ['Job dataset', '/spec/template/spec/restartpolicy'],
      ['NetworkPolicy closed', '/spec/policyType'],
      ['PersistentVolumeClaim segue', '/metadata/annotation'],
    ];
    for (const [to, pointer] of others) {
      const mutant = edited(whole, to, [[pointer, 'x']]);
      t.match(refusedBy(schemas, mutant).join(), /no such field/, `${to}: ${pointer}`);
    }
    const application = edited(argoDocuments(), 'Application segue', [
      ['/spec/syncPolicy/automated/selfheal', true],
    ]);
    t.match(refusedBy(schemas, application).join(), /selfheal: there is no such field/);
  });

  t.test('a value of another type, and a kind that nobody knows, are refused', async (t) => {
    const types = edited(base, 'Trigger retrain', [['/spec/delivery/retry', 'many']]);
    t.match(refusedBy(schemas, types).join(), /retry: must be integer/);
    const kinds = edited(base, 'Broker segue', [['/kind', 'Brokr']]);
    t.match(refusedBy(schemas, kinds).join(), /has no such kind/);
  });
}
