import { execFile, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A Kubernetes object, as far as it is looked at. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    generation?: number;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: what the cluster says has no type here
  [field: string]: any;
}

/** Runs kubectl. @throws what it complains of. */
export async function kubectl(parameters: readonly string[], input?: string): Promise<string> {
  // ApplySets are still called alpha.
  const env = { ...process.env, KUBECTL_APPLYSET: 'true' };
  const running = run('kubectl', [...parameters], { maxBuffer: 2 ** 28, env });
  running.child.stdin?.end(input ?? '');
  return (await running).stdout;
}

/** One object, or undefined when there is none. */
export async function get(
  kind: string,
  name: string,
  namespace: string,
): Promise<KubernetesObject | undefined> {
  const answer = await kubectl([
    ...['get', kind, name, '-n', namespace],
    ...['-o', 'json', '--ignore-not-found'],
  ]);
  return answer === '' ? undefined : (JSON.parse(answer) as KubernetesObject);
}

export async function list(
  kind: string,
  namespace: string,
  selector = '',
): Promise<KubernetesObject[]> {
  const answer = await kubectl(['get', kind, '-n', namespace, '-l', selector, '-o', 'json']);
  return (JSON.parse(answer) as { items: KubernetesObject[] }).items;
}

/** Tries until there is a result. @throws after so long, with what it waited for. */
export async function until<Result>(
  what: string,
  seconds: number,
  attempt: () => Promise<Result | undefined | false>,
): Promise<Result> {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    const result = await attempt();
    if (result !== undefined && result !== false) return result;
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(250);
  }
}

/** A change of an object, and when this process heard of it, in milliseconds since 1970. */
export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubernetesObject;
  at: number;
}

/** Hears of every change of the pods of a namespace, until it is stopped. */
export function watchPods(namespace: string, onChange: (change: Change) => void): () => void {
  const child = spawn(
    'kubectl',
    ['get', 'pods', '-n', namespace, '-w', '-o', 'json', '--output-watch-events'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    // A document a line.
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      onChange({ ...(JSON.parse(line) as Omit<Change, 'at'>), at: Date.now() });
    }
  });
  return () => child.kill();
}
