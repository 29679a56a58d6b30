import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Edit } from './mutants.ts';
import type { AnyManifest } from './shapes.ts';

const root = join(import.meta.dirname, '..');

/** Runs kustomize on a folder, from the root; undefined when this machine has none. */
export function render(folder: string): AnyManifest[] | undefined {
  for (const [program, verb] of [
    ['kubectl', 'kustomize'],
    ['kustomize', 'build'],
  ] as const) {
    const { error, status, stdout, stderr } = spawnSync(program, [verb, resolve(root, folder)], {
      encoding: 'utf8',
    });
    if (error !== undefined) continue;
    if (status !== 0) throw new Error(`${program} ${verb} ${folder}: ${stderr}`);
    return documentsIn(stdout);
  }
  /* c8 ignore next -- where there is neither, there is no test, either. */
  return undefined;
}

/**
 * An overlay with components, as a person would write it.
 * @param copy A folder that the manifests may be copied into.
 */
export function renderWith(
  copy: string,
  overlay: string,
  components: readonly string[],
): AnyManifest[] {
  cpSync(join(root, 'knative'), copy, { recursive: true });
  const file = join(copy, 'overlays', overlay, 'kustomization.yaml');
  const lines = ['components:', ...components.map((name) => `  - ../../components/${name}`), ''];
  appendFileSync(file, lines.join('\n'));
  return render(join(copy, 'overlays', overlay)) ?? [];
}

/**
 * The overlay of a trial, as `segue canary start` writes it.
 * @param copy A folder that the manifests may be copied into.
 */
export function renderTrial(copy: string, overlay: string): AnyManifest[] {
  cpSync(join(root, 'knative'), copy, { recursive: true });
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      ...[join(root, 'functions/cli.ts'), 'canary', 'start', '--from', '41', '--to', '42'],
      ...['--manifests', copy, '--overlay', overlay],
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return render(join(copy, 'overlays/canary')) ?? [];
}

/** What stands in `argocd/`, but for the ConfigMap that is Argo CD's own. */
export function argoDocuments(): AnyManifest[] {
  return readdirSync(join(root, 'argocd'))
    .filter((file) => file.endsWith('.yaml') && file !== 'health.yaml')
    .flatMap((file) => documentsIn(readFileSync(join(root, 'argocd', file), 'utf8')));
}

function documentsIn(text: string): AnyManifest[] {
  return parseAllDocuments(text).map((document) => document.toJS() as AnyManifest);
}

/** A generated ConfigMap, and the Job of a data set, is found by its name without the hash. */
export function manifestOf(documents: readonly AnyManifest[], kindAndName: string): AnyManifest {
  const found = documents.find(({ kind, metadata: { name } }) => {
    const known = /^(ConfigMap|Job)$/.test(kind) ? name.replace(/-[a-z0-9]+$/, '') : name;
    return `${kind} ${known}` === kindAndName;
  });
  if (found === undefined) throw new Error(`no ${kindAndName} is rendered`);
  return found;
}

/** The documents with one of them changed; the others stay as they are. */
export function edited(
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
