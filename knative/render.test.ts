import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { type Edit, type Mutant, mutants } from './mutants.ts';
import { argoDocuments, edited, manifestOf, render, renderTrial, renderWith } from './rendered.ts';
import type { AnyManifest } from './shapes.ts';

const root = new URL('..', import.meta.url).pathname;

const argoMutants: Mutant[] = [
  {
    what: 'a sync option misspelt',
    to: 'Application segue',
    edits: [['/spec/syncPolicy/syncOptions', ['ServerSideAply=true']]],
    caught: /ServerSideAply=true is not a sync option/,
  },
  {
    what: 'client-side apply',
    to: 'Application segue',
    edits: [['/spec/syncPolicy/syncOptions', []]],
    caught: /needs the sync option ServerSideApply=true/,
  },
  {
    what: 'differences that nobody is told of',
    to: 'Application segue',
    edits: [['/spec/ignoreDifferences', [{ group: 'batch', kind: 'Job' }]]],
    caught: /ignoreDifferences: is not a field that is used/,
  },
  {
    what: 'a commit that is tried again when there is a newer one',
    to: 'Application segue',
    edits: [['/spec/syncPolicy/retry/refresh', false]],
    caught: /must try again with the newest commit/,
  },
  {
    what: 'a comparison by the client',
    to: 'Application segue',
    edits: [['/metadata/annotations', undefined]],
    caught: /needs the compare option ServerSideDiff=true/,
  },
  {
    what: 'a comparison that is blind for what webhooks touch',
    to: 'Application segue',
    edits: [['/metadata/annotations/argocd.argoproj.io~1compare-options', 'ServerSideDiff=true']],
    caught: /needs the compare option IncludeMutationWebhook=true/,
  },
  {
    what: 'an unknown field',
    to: 'Application segue',
    edits: [['/spec/syncPolicy/automated/selfheal', true]],
    caught: /selfheal: is not a field that is used/,
  },
  {
    what: 'a project that is not there',
    to: 'Application segue',
    edits: [['/spec/project', 'default']],
    caught: /there is no AppProject default/,
  },
  {
    what: 'another repository',
    to: 'Application segue',
    edits: [['/spec/source/repoURL', 'https://git.example.com/other.git']],
    caught: /does not allow https:\/\/git.example.com\/other.git/,
  },
  {
    what: 'another namespace',
    to: 'Application segue',
    edits: [['/spec/destination/namespace', 'default']],
    caught: /does not allow the namespace default/,
  },
  {
    what: 'a project for another namespace',
    to: 'AppProject segue',
    edits: [['/spec/destinations/0/namespace', 'other']],
    caught: /does not allow Service recommend where it is/,
  },
  {
    what: 'a kind that the project does not allow',
    to: 'AppProject segue',
    edits: [['/spec/namespaceResourceWhitelist/4', undefined]],
    caught: /does not allow serving.knative.dev\/Service/,
  },
];

const base = render('knative/base');
if (base === undefined) {
  t.pass('the manifests', { skip: 'skipped: no kubectl' });
} else {
  // Only here, or the coverage of files that nothing could check would be missed.
  const { mistakesIn } = await import('./checks.ts');
  const { argoMistakesIn } = await import('../argocd/checks.ts');
  const argo = argoDocuments();

  t.test('the base and every overlay keep the contracts', async (t) => {
    t.same(mistakesIn(base), []);
    for (const overlay of readdirSync(`${root}knative/overlays`)) {
      t.same(mistakesIn(render(`knative/overlays/${overlay}`) ?? []), [], overlay);
      t.same(mistakesIn(renderTrial(t.testdir({}), overlay)), [], `a trial in ${overlay}`);
    }
  });

  t.test('every component keeps the contracts in every overlay, alone and all together', (t) => {
    const components = readdirSync(`${root}knative/components`);
    for (const overlay of readdirSync(`${root}knative/overlays`)) {
      for (const some of [components, ...components.map((one) => [one])]) {
        t.same(mistakesIn(renderWith(t.testdir({}), overlay, some)), [], `${overlay} with ${some}`);
      }
    }
    t.end();
  });

  t.test('no new image and no other setting changes the Job of a data set', async (t) => {
    const copy = t.testdir({});
    for (const overlay of readdirSync(`${root}knative/overlays`)) {
      const before = renderWith(copy, overlay, ['dataset']);
      appendFileSync(join(copy, 'base/settings.env'), 'POLL_MS=1999\n');
      const file = join(copy, 'overlays', overlay, 'kustomization.yaml');
      writeFileSync(file, readFileSync(file, 'utf8').replace(/dev$|0{64}/gm, 'f'.repeat(64)));
      const after = render(join(copy, 'overlays', overlay)) ?? [];
      const [was, is] = [before, after].map((documents) => manifestOf(documents, 'Job dataset'));
      t.strictSame(is, was, overlay);
      t.notSame(after, before, 'what was changed is seen elsewhere');
    }
  });

  t.test('every mutant is caught', async (t) => {
    const whole = renderWith(t.testdir({}), 'production', readdirSync(`${root}knative/components`));
    for (const mutant of mutants) {
      t.match(
        mistakesIn(edited(mutant.of === 'all' ? whole : base, mutant.to, mutant.edits)).join('\n'),
        mutant.caught,
        mutant.what,
      );
    }
  });

  t.test('what may be written otherwise is not caught', async (t) => {
    const correct: [to: string, edits: Edit[]][] = [
      [
        'Trigger retrain',
        [
          ['/spec/delivery/backoffPolicy', 'exponential'],
          ['/spec/delivery/retry', 5],
        ],
      ],
      [
        'Service recommend',
        [
          ['/spec/template/metadata/name', 'recommend-canary'],
          [
            '/spec/traffic',
            [
              { revisionName: 'recommend-stable', percent: 90, tag: 'stable' },
              { revisionName: 'recommend-canary', percent: 10, tag: 'canary' },
            ],
          ],
        ],
      ],
    ];
    for (const [to, edits] of correct) t.same(mistakesIn(edited(base, to, edits)), [], to);
  });

  t.test('the Application may apply what it names', async (t) => {
    const { path } = (argo.find(({ kind }) => kind === 'Application') as ApplicationManifest).spec
      .source;
    const applied = render(path) ?? [];
    t.same(argoMistakesIn(argo, applied), []);
    for (const mutant of argoMutants) {
      t.match(
        argoMistakesIn(edited(argo, mutant.to, mutant.edits), applied).join('\n'),
        mutant.caught,
        mutant.what,
      );
    }
  });

  t.test('images: loaded ones in local, by digest in production', async (t) => {
    const expected = {
      local: /^dev\.local\/segue-(recommend|retrain|upload):(?!latest)\w+$/,
      production: /^[^@]+\/segue\/(recommend|retrain|upload)@sha256:[0-9a-f]{64}$/,
    };
    for (const [overlay, pattern] of Object.entries(expected)) {
      const images = imagesIn(render(`knative/overlays/${overlay}`) ?? []);
      t.equal(images.length, overlay === 'local' ? 3 : 5);
      for (const image of images) t.match(image, pattern);
    }
  });

  t.test('upload is reached from outside in local only', async (t) => {
    const visibility = ['base', 'overlays/local', 'overlays/production'].map(
      (folder) =>
        manifestOf(render(`knative/${folder}`) ?? [], 'Service upload').metadata.labels?.[
          'networking.knative.dev/visibility'
        ],
    );
    t.same(visibility, ['cluster-local', undefined, 'cluster-local']);
  });

  t.test('health checks go to four kinds', async (t) => {
    const text = readFileSync(`${root}argocd/health.yaml`, 'utf8');
    const { data, metadata } = parse(text) as AnyManifest & { data: Record<string, string> };
    t.match(metadata.labels, { 'app.kubernetes.io/part-of': 'argocd' }, 'or Argo CD loses it');
    t.same(Object.keys(data), [
      'resource.customizations.health.serving.knative.dev_Service',
      'resource.customizations.health.eventing.knative.dev_Broker',
      'resource.customizations.health.eventing.knative.dev_Trigger',
      'resource.customizations.health.sinks.knative.dev_JobSink',
    ]);
    for (const script of Object.values(data)) {
      t.match(script, /status\.observedGeneration ~= obj\.metadata\.generation/);
    }
  });

  t.test('every file is named in its kustomization', async (t) => {
    const folders = ['base', 'overlays/local', 'overlays/production'];
    const components = readdirSync(`${root}knative/components`);
    for (const folder of [...folders, ...components.map((name) => `components/${name}`)]) {
      const text = readFileSync(`${root}knative/${folder}/kustomization.yaml`, 'utf8');
      for (const file of readdirSync(`${root}knative/${folder}`)) {
        if (file !== 'kustomization.yaml') t.match(text, file, `${folder}/${file}`);
      }
    }
  });
}

interface ApplicationManifest extends AnyManifest {
  spec: { source: { path: string } };
}

function imagesIn(documents: readonly AnyManifest[]): string[] {
  return [...JSON.stringify(documents).matchAll(/"image":"([^"]+)"/g)].map(([, image]) => image!);
}
