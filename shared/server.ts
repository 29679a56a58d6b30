import { STATUS_CODES } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from 'fastify';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { asProblem, type Problem, problem, problemBody } from './problems.ts';

/** A Fastify app whose schemas give types. */
export type App = ReturnType<typeof createApp>['app'];

/** What every function's app is made with. */
export interface AppOptions {
  /** A level of pino's, or `silent`. */
  logLevel: string;
  /** Largest body that is parsed, in bytes. */
  bodyLimitBytes: number;
  /** Why the function should get no requests yet, or undefined: the answer of /readyz. */
  unready(): Problem | undefined;
}

/**
 * Silence after which a connection is closed: more than any proxy in front waits, or
 * that proxy sends a request into a connection that is being closed (Knative Serving, #12414).
 */
const keepAliveTimeoutMs = 120_000;

/**
 * An app with what all functions share: problem+json errors, /healthz, /readyz and /metrics. It
 * knows neither host nor port.
 */
export function createApp({ logLevel, bodyLimitBytes, unready }: AppOptions) {
  const app = fastify({
    logger: { level: logLevel },
    // A line for every request would cost more than the answer; /metrics counts them.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    keepAliveTimeout: keepAliveTimeoutMs,
    // While stopping, what comes on a connection taken before is still answered.
    return503OnClosing: false,
    ajv: { customOptions: { removeAdditional: false } },
    // Addresses that no route is looked up for.
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply as FastifyReply, fromFastify(error, bodyLimitBytes, undefined));
    },
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.setErrorHandler((error, request, reply) => {
    const known = fromFastify(error, bodyLimitBytes, request.headers['content-type']);
    if (known.code === 'internal') request.log.error({ err: error }, 'internal');
    else request.log.info({ code: known.code, url: request.url }, known.message);
    return sendProblem(reply, known);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, problem('not-found', { method: request.method, url: request.url })),
  );
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', (_request, reply) => {
    const reason = unready();
    return reason === undefined ? { status: 'ready' } : sendProblem(reply, reason);
  });
  const metrics = addMetrics(app);
  return { app, metrics };
}

/** Sends a problem as problem+json, with Retry-After where trying again may help. */
export function sendProblem(reply: FastifyReply, cause: Problem): FastifyReply {
  if (cause.status === 503) reply.header('retry-after', '5');
  if (cause.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(cause.status)
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(cause)));
}

/** Counts and times requests; the series are by route, so their number is bounded. */
function addMetrics(app: FastifyInstance): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const seconds = new Histogram({
    name: 'segue_http_request_seconds',
    help: 'Time to answer a request',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 10, 60, 600],
    registers: [registry],
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const status = String(reply.statusCode);
    seconds.observe({ method: request.method, route, status }, reply.elapsedTime / 1000);
    done();
  });
  app.get('/metrics', async (_request, reply) => {
    reply.type(registry.contentType);
    return registry.metrics();
  });
  return registry;
}

/** Errors that Fastify itself finds in a request, as problems. */
function fromFastify(error: unknown, limitBytes: number, type: string | undefined): Problem {
  // Whatever a handler throws comes here, be it null.
  const { code, statusCode = 500, message } = (error ?? {}) as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return problem('too-large', { limitBytes });
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return problem('unsupported-media-type', { type: type ?? 'none' });
  }
  if (statusCode >= 400 && statusCode < 500) {
    return problem('bad-request', { reason: message || String(STATUS_CODES[statusCode]) });
  }
  return asProblem(error);
}
