import { networkInterfaces } from 'node:os';
import { get, kubectl } from './kubernetes.ts';

/** Where the cluster is and how things get into it. */
export interface ClusterSettings {
  kubeconfig: string;
  /** Address of Knative's ingress. */
  ingress: URL;
  /** Knative's domain: a Service answers to NAME.NAMESPACE.DOMAIN. */
  domain: string;
  /** A git repository, as this machine pushes to it and as Argo CD reads it; without Argo CD, none. */
  git?: { push: string; read: string };
  /** Command that gives an image archive, appended to it, to the cluster. */
  loadImage: string;
  /** An address of this machine that pods reach. */
  address: string;
}

/**
 * The settings from the environment, or why there is no cluster to be tried. Argo CD delivers where
 * it is, unless DELIVER says `apply`.
 */
export async function clusterSettings(
  environment: NodeJS.ProcessEnv,
): Promise<ClusterSettings | string> {
  const { KUBECONFIG, INGRESS, DOMAIN, GIT_PUSH, GIT_READ, LOAD_IMAGE, ADDRESS, DELIVER } =
    environment;
  if (!KUBECONFIG || !INGRESS || !LOAD_IMAGE) {
    return 'KUBECONFIG, INGRESS and LOAD_IMAGE say where a cluster is';
  }
  const fault = await kubectl(['get', '--raw', '/readyz', '--request-timeout=5s']).then(
    () => undefined,
    (error: Error) => `no cluster answers: ${error.message.trim().split('\n').at(-1)}`,
  );
  if (fault !== undefined) return fault;
  const settings: ClusterSettings = {
    kubeconfig: KUBECONFIG,
    ingress: new URL(INGRESS),
    domain: DOMAIN || 'example.com',
    loadImage: LOAD_IMAGE,
    address: ADDRESS || ownAddress(),
  };
  const hasArgoCd = (await get('crd', 'applications.argoproj.io', '')) !== undefined;
  if (!hasArgoCd || DELIVER === 'apply') return settings;
  if (!GIT_PUSH || !GIT_READ) {
    return 'Argo CD is there: GIT_PUSH and GIT_READ name a repository for it, or DELIVER=apply does without it';
  }
  return { ...settings, git: { push: GIT_PUSH, read: GIT_READ } };
}

function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  return found?.address ?? '127.0.0.1';
}
