import { STATUS_CODES } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyError, type FastifyReply, LogController } from 'fastify';
import { addMetrics, type Metric, timeRequests } from './metrics.ts';
import { precompiled } from './precompiled.ts';
import { asProblem, type Problem, problem, problemBody } from './problems.ts';
import { traceFields, traceOf } from './trace.ts';

/** A Fastify app whose schemas give types. */
export type App = ReturnType<typeof createApp>['app'];

/** What every function's app is made with. */
export interface AppOptions {
  /** A level of pino's, or `silent`. */
  logLevel: string;
  /** Largest body that is parsed, in bytes. */
  bodyLimitBytes: number;
  /** Time in which a request must be there whole; else its connection is closed. */
  requestTimeoutMs?: number;
  /** Why the function should get no requests yet, or undefined: the answer of /readyz. */
  unready(): Problem | undefined;
  /** What is wrong and keeps no request from being answered; /readyz says that, too. */
  faults?(): readonly Problem[];
  /** Networks of the proxies whose word on a client's address counts; none: nobody's. */
  trustedProxies?: readonly string[] | undefined;
}

/**
 * Silence after which a connection is closed: more than any proxy in front waits, or
 * that proxy sends a request into a connection that is being closed (Knative Serving, #12414).
 */
const keepAliveTimeoutMs = 120_000;

/**
 * An app with what all functions share: problem+json errors, /healthz, /readyz and /metrics, to
 * which a function may add. It knows neither host nor port.
 */
export function createApp({
  logLevel,
  bodyLimitBytes,
  requestTimeoutMs = 120_000,
  unready,
  faults = () => [],
  trustedProxies = [],
}: AppOptions) {
  const app = fastify({
    logger: { level: logLevel },
    // A line for every request would cost more than the answer; /metrics counts them.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    // Fastify has none of its own: who sends a byte now and then would hold a connection for ever.
    requestTimeout: requestTimeoutMs,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    keepAliveTimeout: keepAliveTimeoutMs,
    // While stopping, what comes on a connection taken before is still answered.
    return503OnClosing: false,
    ajv: { customOptions: { removeAdditional: false } },
    schemaController: {
      compilersFactory: {
        // Answers are what their types say: the schema of an answer is for those who read it.
        buildSerializer: () => () => (answer: unknown) => JSON.stringify(answer),
        ...precompiled,
      },
    },
    // Addresses that no route is looked up for.
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply as FastifyReply, fromFastify(error, bodyLimitBytes, undefined));
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  // A request has a line in the log where something is wrong with it, and no two to be told apart.
  app.setChildLoggerFactory((logger) => logger);

  app.setErrorHandler((error, request, reply) => {
    const known = fromFastify(error, bodyLimitBytes, request.headers['content-type']);
    const trace = traceFields(traceOf(request.headers));
    // Without what was asked: people put songs there, and tokens.
    const url = request.url.replace(/\?.*/s, '');
    if (known.code === 'internal') request.log.error({ err: error, ...trace }, 'internal');
    else request.log.info({ code: known.code, url, ...trace }, known.message);
    return sendProblem(reply, known);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, problem('not-found', { method: request.method, url: request.url })),
  );
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', (_request, reply) => {
    const reason = unready();
    if (reason !== undefined) return sendProblem(reply, reason);
    const wrong = faults().map(problemBody);
    return { status: 'ready', ...(wrong.length > 0 && { faults: wrong }) };
  });
  const metrics: Metric[] = [timeRequests(app)];
  addMetrics(app, metrics);
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
