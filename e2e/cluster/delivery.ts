import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { root } from '../segue.ts';
import type { DataServer } from './data.ts';
import { type Ask, constantLoad, type Load, throughIngress } from './ingress.ts';
import { get, kubectl, until } from './kubernetes.ts';
import { manifestsIn, type Repository } from './repository.ts';
import type { ClusterSettings } from './settings.ts';

const run = promisify(execFile);

export const namespace = 'segue';
export const token = 'a-token-for-the-cluster';

/** The overlay that is delivered: images that were loaded, upload within reach. */
export const overlay = 'knative/overlays/local';

/** What is delivered, and how it is seen from outside. */
export interface Delivery {
  settings: ClusterSettings;
  /** Data sets that the cluster may fetch. */
  web: DataServer;
  repository: Repository;
  ask: Ask;
  /** Asks for songs, of what a tag points to if one is given. */
  recommend(service?: string): ReturnType<Ask>;
  operate(method: string, path: string, body?: Uint8Array): ReturnType<Ask>;
  /** Waits until Argo CD has applied a commit and says how it is. @returns seconds. */
  applied(commit: string, health: string, seconds: number): Promise<number>;
}

/** A repository with what is in this checkout, its own addresses and images put in. */
export async function prepare(
  settings: ClusterSettings,
  web: DataServer,
  folder: string,
): Promise<Delivery> {
  const repository = await manifestsIn(folder, root, settings.gitPush);
  for (const file of ['argocd/application.yaml', 'argocd/project.yaml']) {
    const text = readFileSync(join(folder, file), 'utf8');
    repository.write(
      file,
      text
        .replaceAll('https://git.example.com/segue.git', settings.gitRead)
        .replaceAll('knative/overlays/production', overlay),
    );
  }
  const ask = throughIngress(settings, namespace);
  return {
    settings,
    web,
    repository,
    ask,
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
    async applied(commit, health, seconds) {
      const began = Date.now();
      let seen = '';
      await until(`commit ${commit} ${health}`, seconds, async () => {
        const application = await get('application', 'segue', 'argocd');
        const { spec, status } = application ?? { spec: undefined, status: undefined };
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
  };
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
  /** From the push to what Argo CD then says. */
  secondsToHealth: number;
}

/**
 * Pushes a change under constant load and waits until its effect is seen and Argo CD is content.
 * @param seen Whether the new behaviour answers.
 */
export async function underLoad(
  delivery: Delivery,
  push: () => Promise<string>,
  seen: () => Promise<boolean>,
  health = 'Healthy',
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

/** Takes everything away that was applied, and gives Argo CD its settings back. */
export async function removeAll(settingsBefore: string): Promise<void> {
  const quietly = (...parameters: string[]) =>
    kubectl(parameters).catch((error: Error) => process.stderr.write(`${error.message}\n`));
  await quietly('delete', 'application', 'segue', '-n', 'argocd', '--ignore-not-found');
  await quietly('delete', 'appproject', 'segue', '-n', 'argocd', '--ignore-not-found');
  await quietly('replace', '-f', settingsBefore);
  await quietly(...['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  await until(`the end of the namespace ${namespace}`, 900, async () => {
    if ((await kubectl(['get', 'namespace', namespace, '--ignore-not-found'])) === '') return true;
    // A pod of Knative may take five minutes to stop; nobody waits for these.
    await quietly('delete', 'pods', '--all', '-n', namespace, '--grace-period=0', '--force');
    await sleep(5_000);
    return false;
  });
}
