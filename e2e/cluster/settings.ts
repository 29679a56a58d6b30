import { networkInterfaces } from 'node:os';

/** Where the cluster is and how things get into it. */
export interface ClusterSettings {
  kubeconfig: string;
  /** Address of Knative's ingress. */
  ingress: URL;
  /** Knative's domain: a Service answers to NAME.NAMESPACE.DOMAIN. */
  domain: string;
  /** A git repository of this test's own: where it is pushed to, and where Argo CD reads it. */
  gitPush: string;
  gitRead: string;
  /** Command that gives an image archive, appended to it, to the cluster. */
  loadImage: string;
  /** An address of this machine that pods reach. */
  address: string;
}

/** The settings from the environment, or what is missing. */
export function clusterSettings(environment: NodeJS.ProcessEnv): ClusterSettings | string {
  const { KUBECONFIG, INGRESS, DOMAIN, GIT_PUSH, GIT_READ, LOAD_IMAGE, ADDRESS } = environment;
  if (!KUBECONFIG || !INGRESS || !GIT_PUSH || !GIT_READ || !LOAD_IMAGE) {
    return 'KUBECONFIG, INGRESS, GIT_PUSH, GIT_READ and LOAD_IMAGE say where a cluster is';
  }
  return {
    kubeconfig: KUBECONFIG,
    ingress: new URL(INGRESS),
    domain: DOMAIN || 'example.com',
    gitPush: GIT_PUSH,
    gitRead: GIT_READ,
    loadImage: LOAD_IMAGE,
    address: ADDRESS || ownAddress(),
  };
}

function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  return found?.address ?? '127.0.0.1';
}
