import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { parse, parseAllDocuments } from 'yaml';
import { type Edit, type Mutant, mutants } from './mutants.ts';
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
    what: 'a comparison by the client',
    to: 'Application segue',
    edits: [['/metadata/annotations', undefined]],
    caught: /needs the compare option ServerSideDiff=true/,
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
  const argo = readdirSync(`${root}argocd`)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => documentsIn(readFileSync(`${root}argocd/${file}`, 'utf8')));

  t.test('the base and every overlay keep the contracts', async (t) => {
    t.same(mistakesIn(base), []);
    for (const overlay of readdirSync(`${root}knative/overlays`)) {
      t.same(mistakesIn(render(`knative/overlays/${overlay}`) ?? []), [], overlay);
    }
  });

  t.test('every mutant of the base is caught', async (t) => {
    for (const mutant of mutants) {
      t.match(
        mistakesIn(edited(base, mutant.to, mutant.edits)).join('\n'),
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
      t.equal(images.length, 3);
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

  t.test('health checks go to three kinds', async (t) => {
    const text = readFileSync(`${root}argocd/health/argocd-cm.yaml`, 'utf8');
    const { data } = parse(text) as { data: Record<string, string> };
    t.same(Object.keys(data), [
      'resource.customizations.health.serving.knative.dev_Service',
      'resource.customizations.health.eventing.knative.dev_Broker',
      'resource.customizations.health.eventing.knative.dev_Trigger',
    ]);
    for (const script of Object.values(data)) {
      t.match(script, /status\.observedGeneration ~= obj\.metadata\.generation/);
    }
  });

  t.test('every file of the base is named in its kustomization', async (t) => {
    for (const folder of ['base', 'overlays/local', 'overlays/production']) {
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

/** Runs kustomize on a folder; undefined when this machine has none. */
function render(folder: string): AnyManifest[] | undefined {
  for (const [program, verb] of [
    ['kubectl', 'kustomize'],
    ['kustomize', 'build'],
  ] as const) {
    const { error, status, stdout, stderr } = spawnSync(program, [verb, `${root}${folder}`], {
      encoding: 'utf8',
    });
    if (error !== undefined) continue;
    if (status !== 0) throw new Error(`${program} ${verb} ${folder}: ${stderr}`);
    return documentsIn(stdout);
  }
  return undefined;
}

function documentsIn(text: string): AnyManifest[] {
  return parseAllDocuments(text).map((document) => document.toJS() as AnyManifest);
}

/** A generated ConfigMap is found by its name without the hash. */
function manifestOf(documents: readonly AnyManifest[], kindAndName: string): AnyManifest {
  const found = documents.find(({ kind, metadata: { name } }) => {
    const known = kind === 'ConfigMap' ? name.replace(/-[a-z0-9]+$/, '') : name;
    return `${kind} ${known}` === kindAndName;
  });
  if (found === undefined) throw new Error(`no ${kindAndName} is rendered`);
  return found;
}

function edited(
  documents: readonly AnyManifest[],
  to: string,
  edits: readonly Edit[],
): AnyManifest[] {
  const copies = structuredClone([...documents]);
  for (const [pointer, value] of edits) edit(manifestOf(copies, to), pointer, value);
  return copies;
}

function edit(object: unknown, pointer: string, value: unknown): void {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/'));
  const last = keys.pop() ?? '';
  let parent = object as Record<string, unknown>;
  for (const key of keys) {
    if (parent[key] === undefined) throw new Error(`${pointer}: there is no ${key}`);
    parent = parent[key] as Record<string, unknown>;
  }
  if (value !== undefined) parent[last] = value;
  else if (!(last in parent)) throw new Error(`${pointer}: there is nothing to remove`);
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
}

function imagesIn(documents: readonly AnyManifest[]): string[] {
  return [...JSON.stringify(documents).matchAll(/"image":"([^"]+)"/g)].map(([, image]) => image!);
}
