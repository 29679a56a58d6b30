import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { problem } from './problems.ts';

/** Where something happens in a trace: W3C Trace Context, with OpenTelemetry's names. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits. */
  spanId: string;
  /** The lowest bit says whether the trace is recorded. */
  traceFlags: number;
}

const form =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-|$)/;

/** Reads a `traceparent`; undefined for what is none. */
export function parseTrace(traceparent: unknown): TraceContext | undefined {
  if (typeof traceparent !== 'string') return undefined;
  const [, traceId, spanId, flags] = form.exec(traceparent) ?? [];
  if (traceId === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

/**
 * Where a request belongs. An event keeps the trace that it was sent in as an attribute (the
 * Distributed Tracing extension of CloudEvents), whatever a broker between says of itself.
 */
export function traceOf(headers: IncomingHttpHeaders): TraceContext | undefined {
  return parseTrace(headers['ce-traceparent']) ?? parseTrace(headers.traceparent);
}

/** A trace that begins here. Whether anybody records it or not, its id ties lines of logs together. */
export function newTrace(): TraceContext {
  return {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    traceFlags: 1,
  };
}

/** The value of a `traceparent` header. */
export function traceparent({ traceId, spanId, traceFlags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${hex(traceFlags)}`;
}

/** The fields of a line of the log, named as OpenTelemetry names them. */
export function traceFields(trace: TraceContext | undefined): Record<string, string> {
  if (trace === undefined) return {};
  const { traceId, spanId, traceFlags } = trace;
  return { trace_id: traceId, span_id: spanId, trace_flags: hex(traceFlags) };
}

function hex(flags: number): string {
  return flags.toString(16).padStart(2, '0');
}

/**
 * Whether spans are wanted, by OpenTelemetry's own environment variables. They are not unless
 * somebody says where to: the standard's default would send them to a collector that few have.
 * @throws `configuration` for an exporter that is not here.
 */
export function wantsSpans(environment: Readonly<Record<string, string | undefined>>): boolean {
  const { OTEL_SDK_DISABLED: disabled, OTEL_TRACES_EXPORTER: exporter } = environment;
  if (disabled?.toLowerCase() === 'true' || exporter === 'none') return false;
  if (exporter && !['otlp', 'console'].includes(exporter)) {
    const mistake = `OTEL_TRACES_EXPORTER must be otlp, console or none, not "${exporter}"`;
    throw problem('configuration', { mistakes: [mistake] });
  }
  return Boolean(
    exporter ||
      environment.OTEL_EXPORTER_OTLP_ENDPOINT ||
      environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
  );
}
