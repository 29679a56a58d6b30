import t from 'tap';
import { newTrace, parseTrace, traceFields, traceOf, traceparent, wantsSpans } from './trace.ts';

// The examples of W3C's recommendation.
const text = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

t.test('a traceparent is read and written as W3C says', async (t) => {
  const trace = parseTrace(text)!;
  t.strictSame(trace, {
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    traceFlags: 1,
  });
  t.equal(traceparent(trace), text);
  t.strictSame(parseTrace(`cc${text.slice(2)}-later`), trace, 'a later version may say more');
  const wrong = [
    undefined,
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
    '',
    text.toUpperCase(),
    `ff${text.slice(2)}`,
    text.slice(0, -1),
    `${text}1`,
    text.replace(/4bf\w+/, '0'.repeat(32)),
    text.replace(/00f0\w+/, '0'.repeat(16)),
  ];
  for (const given of wrong) t.equal(parseTrace(given), undefined, String(given));
});

t.test('an event belongs to the trace that it was sent in, whoever brings it', async (t) => {
  const other = traceparent(newTrace());
  t.equal(traceOf({}), undefined);
  t.strictSame(traceOf({ traceparent: other }), parseTrace(other));
  t.strictSame(traceOf({ traceparent: other, 'ce-traceparent': text }), parseTrace(text));
  t.strictSame(traceOf({ traceparent: other, 'ce-traceparent': 'none' }), parseTrace(other));
});

t.test('a line of the log has the names that OpenTelemetry gives', async (t) => {
  t.strictSame(traceFields(undefined), {});
  t.strictSame(traceFields(parseTrace(text)), {
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    span_id: '00f067aa0ba902b7',
    trace_flags: '01',
  });
});

t.test('spans are wanted only where somebody says where to', async (t) => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
  t.ok(wantsSpans(endpoint));
  t.ok(wantsSpans({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' }));
  t.ok(wantsSpans({ OTEL_TRACES_EXPORTER: 'console' }));
  t.notOk(wantsSpans({}));
  t.notOk(wantsSpans({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }));
  t.notOk(wantsSpans({ ...endpoint, OTEL_SDK_DISABLED: 'true' }));
  t.notOk(wantsSpans({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' }));
  t.throws(() => wantsSpans({ ...endpoint, OTEL_TRACES_EXPORTER: 'zipkin' }), {
    code: 'configuration',
    message: /OTEL_TRACES_EXPORTER must be otlp, console or none, not "zipkin"/,
  });
});
