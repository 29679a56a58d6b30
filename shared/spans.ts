import type { IncomingMessage } from 'node:http';
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ConsoleSpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { FastifyInstance } from 'fastify';
import { traceOf, traceparent } from './trace.ts';

/** Asked all the time, by those who look after the function. */
const unwatched = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * Sends a span for each request that an app answers, and those that others make by the API, to where
 * OpenTelemetry's environment variables say. From then on a request's headers name its span, so
 * whoever reads its trace from them is inside it.
 * @param name Of the service, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES says another.
 */
export function watch(name: string, app: FastifyInstance): void {
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': `segue-${name}` }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [
      process.env.OTEL_TRACES_EXPORTER === 'console'
        ? new SimpleSpanProcessor(new ConsoleSpanExporter())
        : new BatchSpanProcessor(new OTLPTraceExporter()),
    ],
  });
  trace.setGlobalTracerProvider(provider);
  const tracer = trace.getTracer('segue');
  const spans = new WeakMap<IncomingMessage, Span>();
  app.addHook('onRequest', async ({ raw, method, url, routeOptions }) => {
    const route = routeOptions.url ?? 'none';
    if (unwatched.has(route)) return;
    const caller = traceOf(raw.headers);
    const span = tracer.startSpan(
      `${method} ${route}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': method,
          'http.route': route,
          'url.path': url.split('?', 1)[0],
        },
      },
      caller && trace.setSpanContext(ROOT_CONTEXT, { ...caller, isRemote: true }),
    );
    spans.set(raw, span);
    raw.headers.traceparent = traceparent(span.spanContext());
    if ('ce-traceparent' in raw.headers) raw.headers['ce-traceparent'] = raw.headers.traceparent;
  });
  app.addHook('onResponse', async ({ raw }, { statusCode }) => {
    const span = spans.get(raw);
    span?.setAttribute('http.response.status_code', statusCode);
    if (statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
  });
  app.addHook('onClose', async () => provider.shutdown());
}
