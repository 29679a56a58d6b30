import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { ClusterSettings } from './settings.ts';

/** What came back, or why nothing did. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  /** From the first byte sent to the last one received. */
  ms: number;
}

export interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  timeoutMs?: number;
}

/** Asks Services through the ingress. */
export function throughIngress({ ingress, domain }: ClusterSettings, namespace: string) {
  const agent = new Agent({ keepAlive: true });
  return (service: string, path: string, asked: Asked = {}): Promise<Answer> => {
    const began = performance.now();
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          ...{ host: ingress.hostname, port: ingress.port || 80, path, agent },
          method: asked.method ?? 'GET',
          headers: { host: `${service}.${namespace}.${domain}`, ...asked.headers },
          timeout: asked.timeoutMs ?? 60_000,
        },
        (incoming) => {
          let body = '';
          incoming.setEncoding('utf8').on('data', (chunk: string) => {
            body += chunk;
          });
          incoming.on('error', reject);
          incoming.on('end', () =>
            resolve({
              status: incoming.statusCode as number,
              headers: incoming.headers,
              body,
              ms: performance.now() - began,
            }),
          );
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
      outgoing.on('error', reject);
      outgoing.end(asked.body);
    });
  };
}

export type Ask = ReturnType<typeof throughIngress>;

/** What a load came to. */
export interface Load {
  sent: number;
  /** One sentence for each request that was not answered as it should be. */
  failed: string[];
  /** Of those answered. */
  latencies: number[];
}

/**
 * Asks at a constant rate, whatever the answers do: a slow one delays none of the next.
 * @param perSecond Requests a second.
 * @param isRight What is wrong with an answer, or undefined.
 */
export function constantLoad(
  perSecond: number,
  ask: () => Promise<Answer>,
  isRight: (answer: Answer) => string | undefined,
): { stop(): Promise<Load> } {
  const load: Load = { sent: 0, failed: [], latencies: [] };
  const pending = new Set<Promise<void>>();
  const timer = setInterval(() => {
    load.sent++;
    const at = new Date().toISOString();
    const one: Promise<void> = ask()
      .then((answer) => {
        const wrong = isRight(answer);
        if (wrong === undefined) load.latencies.push(answer.ms);
        else load.failed.push(`${at} ${wrong}`);
      })
      .catch((error: Error) => {
        load.failed.push(`${at} ${error.message}`);
      })
      .finally(() => pending.delete(one));
    pending.add(one);
  }, 1_000 / perSecond);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(pending);
      return load;
    },
  };
}

/** The value that a share of all values is at most, from 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
