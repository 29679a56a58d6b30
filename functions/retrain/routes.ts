import type { FastifyBaseLogger } from 'fastify';
import { Type } from 'typebox';
import { eventTypes, Uploaded } from '../../shared/events.ts';
import { problems } from '../../shared/problemAnswer.ts';
import { problem } from '../../shared/problems.ts';
import type { App } from '../../shared/server.ts';
import { signatureAttribute } from '../../shared/tokens.ts';
import { traceFields, traceOf } from '../../shared/trace.ts';
import type { Decision } from './decide.ts';
import { parseEvent, publishedEvent, rejectedEvent, type TrainingEvent } from './event.ts';

/** An event as JSON (structured mode). */
const AskingEvent = Type.Object(
  {
    specversion: Type.Literal('1.0'),
    type: Type.Literal(eventTypes.uploaded),
    source: Type.String({ minLength: 1, format: 'uri-reference' }),
    id: Type.String({ minLength: 1 }),
    datacontenttype: Type.Optional(Type.Literal('application/json')),
    traceparent: Type.Optional(Type.String({ description: 'The trace that it belongs to' })),
    [signatureAttribute]: Type.Optional(
      Type.String({ description: 'HMAC-SHA-256 of the data, where a token is set up' }),
    ),
    data: Uploaded,
  },
  {
    // Its extensions.
    additionalProperties: Type.String(),
    propertyNames: { pattern: '^[a-z0-9]{1,20}$' },
  },
);

const schema = {
  operationId: 'train',
  summary: 'Train on data sets, and publish the model if it is no worse than what serves',
  description: `A CloudEvent, structured, or binary with the data as the body. The answer comes when it is decided; 5xx and
429 ask for the event again.`,
  body: { content: { 'application/cloudevents+json': { schema: AskingEvent } } },
  response: {
    200: {
      description: 'A CloudEvent in binary mode: the model that serves, or why none does',
      content: {
        'application/json': {
          schema: Type.Object({
            key: Type.String({ description: 'Of the data sets and the settings' }),
            version: Type.Optional(Type.String()),
            cause: Type.Optional(Type.String({ enum: ['published', 'again'] })),
            reason: Type.Optional(Type.String()),
            figures: Type.Optional(Type.Record(Type.String(), Type.Number())),
          }),
        },
      },
    },
    204: { type: 'null', description: 'A newer upload was decided before' },
    ...problems,
  },
};

/**
 * Adds the route of retrain to an app that gives bodies as bytes.
 * @param decideOn What becomes of an event.
 */
export function addRoutes(
  app: App,
  decideOn: (event: TrainingEvent, log: FastifyBaseLogger) => Promise<Decision>,
): void {
  // The event itself is checked, in either mode.
  const validatorCompiler = () => () => true;
  app.post('/', { schema, validatorCompiler }, async (request, reply) => {
    const asked = parseEvent(request.headers, (request.body as Buffer | null) ?? Buffer.alloc(0));
    const event = { ...asked, trace: asked.trace ?? traceOf(request.headers) };
    const log = request.log.child({ event: event.id, ...traceFields(event.trace) });
    const decision = await decideOn(event, log);
    switch (decision.outcome) {
      case 'published':
      case 'again': {
        const { key, outcome: cause, version } = decision;
        const { headers, body } = publishedEvent(event, { version, key, cause });
        return reply.headers(headers).send(body);
      }
      case 'superseded':
        return reply.code(204).send();
      case 'rejected': {
        const { key, reason, figures } = decision;
        const { headers, body } = rejectedEvent(event, { key, reason, figures });
        return reply.headers(headers).send(body);
      }
      case 'refused':
        throw problem('dataset-refused', { reason: decision.reason });
      case 'failed':
        throw problem('training-failed', { reason: decision.reason });
    }
  });
}
