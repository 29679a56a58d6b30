import type { FastifyInstance } from 'fastify';
import type { Metric as PrometheusMetric, Registry } from 'prom-client';

/** A number that /metrics tells, with what it belongs to. */
export interface Sample {
  labels: Record<string, string>;
  value: number;
  /** The parts of a histogram have names of their own. */
  metricName?: string;
}

/**
 * Something that is measured. Whoever measures keeps plain numbers; prom-client reads them when
 * somebody asks for /metrics, and is imported then: it would be a tenth of a cold start.
 */
export interface Metric {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  samples(): Sample[];
}

/** Upper ends of the buckets of the time to answer, in seconds. */
const bucketEnds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 10, 60, 600];

interface Timing {
  labels: Record<string, string>;
  /** Requests by the first bucket that holds them; the last one is for all that are slower. */
  counts: number[];
  seconds: number;
}

/** Times every request; the series are by route, so their number is bounded. */
export function timeRequests(app: FastifyInstance): Metric {
  const timings = new Map<string, Timing>();
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const key = `${request.method} ${reply.statusCode} ${route}`;
    let timing = timings.get(key);
    if (timing === undefined) {
      const labels = { method: request.method, route, status: String(reply.statusCode) };
      timing = { labels, counts: new Array(bucketEnds.length + 1).fill(0), seconds: 0 };
      timings.set(key, timing);
    }
    const seconds = reply.elapsedTime / 1000;
    let bucket = 0;
    while (seconds > bucketEnds[bucket]) bucket++;
    timing.counts[bucket]++;
    timing.seconds += seconds;
    done();
  });
  const name = 'segue_http_request_seconds';
  return {
    name,
    help: 'Time to answer a request',
    type: 'histogram',
    samples: () =>
      [...timings.values()].flatMap(({ labels, counts, seconds }) => {
        let sum = 0;
        const buckets = counts.map((count, i) => {
          sum += count;
          const le = i < bucketEnds.length ? String(bucketEnds[i]) : '+Inf';
          return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: sum };
        });
        return [
          ...buckets,
          { metricName: `${name}_sum`, labels, value: seconds },
          { metricName: `${name}_count`, labels, value: sum },
        ];
      }),
  };
}

/** Adds /metrics to an app: these, and what prom-client knows of the process. */
export function addMetrics(app: FastifyInstance, metrics: readonly Metric[]): void {
  let registry: Promise<Registry> | undefined;
  app.get('/metrics', async (_request, reply) => {
    registry ??= makeRegistry(metrics);
    const { contentType, metrics: text } = await registry.then(async (made) => ({
      contentType: made.contentType,
      metrics: await made.metrics(),
    }));
    return reply.type(contentType).send(text);
  });
}

async function makeRegistry(metrics: readonly Metric[]): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { samples, ...description } of metrics) {
    const get = async () => ({ ...description, aggregator: 'sum', values: samples() });
    registry.registerMetric({ name: description.name, get } as unknown as PrometheusMetric);
  }
  return registry;
}
