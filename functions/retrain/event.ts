import { isAbsolute, relative, resolve } from 'node:path';
import { CloudEvent, type CloudEventV1, HTTP, type Message } from 'cloudevents';
import { Value } from 'typebox/value';
import { eventTypes, type Published, Uploaded } from '../../shared/events.ts';
import { problem } from '../../shared/problems.ts';

/** An event that asks for a training. */
export interface TrainingEvent {
  source: string;
  id: string;
  data: Uploaded;
}

/**
 * Reads a CloudEvent, binary or structured, from an HTTP request.
 * @param body The bytes as they came.
 * @throws `event-invalid`
 */
export function parseEvent(headers: Record<string, unknown>, body: Buffer): TrainingEvent {
  const event = toEvent(headers, body);
  if (event.type !== eventTypes.uploaded) {
    throw invalid(`The type is "${event.type}", known is "${eventTypes.uploaded}".`);
  }
  const data = dataOf(event);
  if (!Value.Check(Uploaded, data)) {
    const [first] = Value.Errors(Uploaded, data);
    throw invalid(`Its data${first.instancePath} ${first.message}.`);
  }
  return { source: event.source, id: event.id, data };
}

function toEvent(headers: Record<string, unknown>, body: Buffer): CloudEventV1<unknown> {
  try {
    const message = { headers: headers as Message['headers'], body: body.toString() };
    const event = HTTP.toEvent<unknown>(message);
    // The constructor checks what toEvent does not.
    if (!Array.isArray(event)) return new CloudEvent(event, true);
  } catch (error) {
    throw invalid(`It is no CloudEvent 1.0: ${(error as Error).message}.`);
  }
  throw invalid('It is a batch of events; send them one by one.');
}

/** The data of an event, whichever of the ways to carry JSON it uses. */
function dataOf(event: CloudEventV1<unknown>): unknown {
  const data =
    event.data_base64 === undefined
      ? event.data
      : Buffer.from(event.data_base64, 'base64').toString();
  if (typeof data !== 'string') return data;
  try {
    return JSON.parse(data);
  } catch {
    throw invalid('Its data is not JSON.');
  }
}

/**
 * Where an event's data sets are on the volume.
 * @throws `event-invalid` for a path that leaves the folder.
 */
export function datasetPaths({ data }: TrainingEvent, folder: string): string[] {
  return data.datasets.map(({ path }) => {
    const full = resolve(folder, path);
    const inside = relative(folder, full);
    if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) {
      throw invalid(`The path "${path}" is not below the folder of data sets.`);
    }
    return full;
  });
}

/**
 * The event that says what a training came to. Its id follows from the training's key and from
 * the event that asked, so a redelivery is answered with the same one.
 */
export function publishedEvent(asked: TrainingEvent, data: Published): Message {
  return HTTP.binary(
    new CloudEvent({
      type: eventTypes.published,
      source: '/segue/retrain',
      id: `${data.key}.${asked.id}`,
      subject: data.version,
      datacontenttype: 'application/json',
      data,
    }),
  );
}

function invalid(reason: string): Error {
  return problem('event-invalid', { reason });
}
