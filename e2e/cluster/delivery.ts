import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { root } from '../segue.ts';
import { kubectlApply } from './apply.ts';
import { argoCd } from './argo.ts';
import type { DataServer } from './data.ts';
import { type Ask, constantLoad, type Load, throughIngress } from './ingress.ts';
import { until } from './kubernetes.ts';
import { manifestsIn, type Repository } from './repository.ts';
import type { ClusterSettings } from './settings.ts';

const run = promisify(execFile);

export const namespace = 'segue';
export const token = 'a-token-for-the-cluster';

/** The overlay that is delivered: images that were loaded, upload within reach. */
export const overlay = 'knative/overlays/local';

/** What brings commits to the cluster. */
export interface Deliverer {
  name: 'Argo CD' | 'kubectl apply';
  /** Begins with the newest commit. */
  begin(): Promise<void>;
  /** Delivers another overlay from now on. */
  follow(path: string): Promise<void>;
  /** Waits until a commit is applied, and what it brought is as healthy as said. @returns seconds. */
  applied(commit: string, health: Health, seconds: number): Promise<number>;
  /** Delivers nothing any more, and takes away what it needed. */
  end(): Promise<void>;
}

/** How the worst of what was delivered is. */
export type Health = 'Healthy' | 'Progressing' | 'Degraded';

/** What is delivered, and how it is seen from outside. */
export interface Delivery extends Deliverer {
  settings: ClusterSettings;
  /** Data sets that the cluster may fetch. */
  web: DataServer;
  repository: Repository;
  ask: Ask;
  /** Asks for songs, of what a tag points to if one is given. */
  recommend(service?: string): ReturnType<Ask>;
  operate(method: string, path: string, body?: Uint8Array): ReturnType<Ask>;
}

/** A repository with what is in this checkout, and what brings it to the cluster. */
export async function prepare(
  settings: ClusterSettings,
  web: DataServer,
  folder: string,
): Promise<Delivery> {
  const { git } = settings;
  const remote = git?.push ?? mkdtempSync(join(folder, '../remote-'));
  if (git === undefined) await run('git', ['init', '-q', '--bare', remote]);
  const repository = await manifestsIn(folder, root, remote);
  const deliverer = git
    ? await argoCd(repository, git.read, overlay)
    : kubectlApply(repository, overlay, namespace);
  const ask = throughIngress(settings, namespace);
  return {
    ...deliverer,
    ...{ settings, web, repository, ask },
    recommend: (service = 'recommend') =>
      ask(service, '/api/recommend', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ songs: ['Yesterday'], limit: 5 }),
      }),
    operate: (method, path, body) =>
      ask('upload', path, {
        method,
        headers: { authorization: `Bearer ${token}` },
        ...(body && { body }),
      }),
  };
}

/** Sets an annotation of recommend's revisions in the overlay, as a person would. */
export function annotate({ repository }: Delivery, annotation: string, value: string): void {
  repository.edit(`${overlay}/kustomization.yaml`, (document) =>
    document.addIn(['patches'], {
      target: { group: 'serving.knative.dev', kind: 'Service', name: 'recommend' },
      patch: [
        '- op: add',
        `  path: /spec/template/metadata/annotations/${annotation.replace('/', '~1')}`,
        `  value: "${value}"`,
      ].join('\n'),
    }),
  );
}

/** Pushes another image of recommend. @returns the commit. */
export function pushImage({ repository }: Delivery, tag: string, message: string): Promise<string> {
  repository.edit(`${overlay}/kustomization.yaml`, (document) =>
    document.setIn(['images', 0, 'newTag'], tag),
  );
  return repository.push(message);
}

/** What is wrong with an answer of recommend. */
export function wrongAnswer({ status, body }: Awaited<ReturnType<Ask>>): string | undefined {
  if (status !== 200) return `status ${status}: ${body.slice(0, 200)}`;
  return /"songs":\["/.test(body) ? undefined : `no songs: ${body.slice(0, 200)}`;
}

/** How a change went. */
export interface Changed {
  load: Load;
  /** From the push to the first answer of the new kind. */
  secondsToNew: number;
  /** From the push to the health that was waited for. */
  secondsToHealth: number;
}

/**
 * Pushes a change under constant load and waits until its effect is seen and all is healthy.
 * @param seen Whether the new behaviour answers.
 */
export async function underLoad(
  delivery: Delivery,
  push: () => Promise<string>,
  seen: () => Promise<boolean>,
  health: Health = 'Healthy',
): Promise<Changed> {
  const load = constantLoad(10, () => delivery.recommend(), wrongAnswer);
  await sleep(3_000);
  const began = Date.now();
  const commit = await push();
  let secondsToNew = Number.NaN;
  const watching = until('the new behaviour', 400, async () => {
    if (!(await seen())) return false;
    secondsToNew = (Date.now() - began) / 1_000;
    return true;
  });
  await Promise.all([watching, delivery.applied(commit, health, 400)]);
  const secondsToHealth = (Date.now() - began) / 1_000;
  // The old revision is taken down behind the new one: that must fail nobody either.
  await sleep(8_000);
  return { load: await load.stop(), secondsToNew, secondsToHealth };
}

interface Images {
  tag: string;
  /** Names of the functions, or folders with a Containerfile; all functions if not given. */
  functions?: string;
  /** Makes them without what an earlier build left. */
  anew?: boolean;
}

/** Makes the images of a state of the bundles and gives them to the cluster. @returns what it says. */
export async function loadImages(
  { loadImage }: ClusterSettings,
  folder: string,
  dist: string,
  { tag, functions, anew = false }: Images,
): Promise<string> {
  const archives = mkdtempSync(join(folder, 'images-'));
  const { stdout } = await run(join(root, 'functions/images.sh'), {
    env: {
      ...process.env,
      ...{ DIST: dist, TAG: tag, ARCHIVES: archives },
      ...(functions && { FUNCTIONS: functions }),
      ...(anew && { ANEW: '1' }),
    },
  });
  for (const archive of readdirSync(archives)) {
    await run('sh', ['-c', `${loadImage} "$0"`, join(archives, archive)], { cwd: root });
  }
  return stdout;
}

/** The bundles with a change in recommend. */
export function changedBundles(dist: string, to: string, change: (text: string) => string): string {
  cpSync(dist, to, { recursive: true });
  const bundle = join(to, 'recommend.cjs');
  const text = readFileSync(bundle, 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error('the change changes nothing in recommend.cjs');
  writeFileSync(bundle, changed);
  return to;
}
