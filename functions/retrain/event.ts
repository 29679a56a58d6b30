import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { CloudEvent, type CloudEventV1, HTTP, type Message } from 'cloudevents';
import { Value } from 'typebox/value';
import { errorCode, unusable } from '../../shared/durable.ts';
import { eventTypes, type Published, type Rejected, Uploaded } from '../../shared/events.ts';
import { problem } from '../../shared/problems.ts';
import {
  isOneOf,
  readTokens,
  signatureAttribute,
  signatureOf,
  type TokenSource,
} from '../../shared/tokens.ts';
import { parseTrace, type TraceContext } from '../../shared/trace.ts';

/** An event that asks for a training. */
export interface TrainingEvent {
  source: string;
  id: string;
  data: Uploaded;
  /** What it was sent in, where it says so. */
  trace?: TraceContext | undefined;
  /** See `signatureOf`; absent when nobody signed it. */
  signature?: string;
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
  const { source, id, traceparent, [signatureAttribute]: signature } = event;
  return {
    ...{ source, id, data, trace: parseTrace(traceparent) },
    ...(signature !== undefined && { signature: String(signature) }),
  };
}

function toEvent(headers: Record<string, unknown>, body: Buffer): CloudEventV1<unknown> {
  const text = body.toString();
  // The package knows media types only in lower case and without parameters.
  const [mediaType] = String(headers['content-type'] ?? '')
    .toLowerCase()
    .split(/\s*;/);
  try {
    // It would make up an id, and an event without one could never be known again.
    if (mediaType === 'application/cloudevents+json' && !JSON.parse(text).id) {
      throw new Error('it has no id');
    }
    const message = { headers: { ...headers, 'content-type': mediaType }, body: text };
    const event = HTTP.toEvent<unknown>(message as Message);
    if (Array.isArray(event)) throw new Error('it is a batch, send its events one by one');
    // It would take any other version unchecked.
    if (event.specversion !== '1.0') throw new Error(`its version is "${event.specversion}"`);
    // The constructor checks what toEvent does not.
    return new CloudEvent(event, true);
  } catch (error) {
    throw invalid(`This is no CloudEvent 1.0: ${(error as Error).message}.`);
  }
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
 * Holds an event to the tokens of those who may ask for a training; where none is set up, everybody
 * who reaches this may.
 * @throws `unauthorized`, or `no-token` while there is none yet.
 */
export async function checkSender(event: TrainingEvent, source: TokenSource): Promise<void> {
  if (source.token === undefined && source.tokenFile === undefined) return;
  const tokens = await readTokens(source);
  if (tokens.length === 0) throw problem('no-token');
  const right = tokens.map((token) => signatureOf(event.data, token));
  if (!isOneOf(event.signature ?? '', right)) throw problem('event-unsigned');
}

/**
 * Where an event's data sets are on the volume.
 * @throws `event-invalid` for a path that leaves the folder, be it by a link.
 */
export async function datasetPaths({ data }: TrainingEvent, folder: string): Promise<string[]> {
  const paths: string[] = [];
  for (const { path } of data.datasets) {
    const full = resolve(folder, path);
    if (path.includes('\0') || !isBelow(full, folder) || (await isLinkOut(full, folder))) {
      throw invalid(`The path "${path}" is not below the folder of data sets.`);
    }
    paths.push(full);
  }
  return paths;
}

function isBelow(path: string, folder: string): boolean {
  const inside = relative(folder, path);
  return inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
}

/** Whether what is at a path is elsewhere; what is not there leads nowhere. */
async function isLinkOut(path: string, folder: string): Promise<boolean> {
  try {
    return !isBelow(await realpath(path), await realpath(folder));
  } catch (error) {
    const code = String(errorCode(error));
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code)) return false;
    // It leads in a circle.
    if (code === 'ELOOP') return true;
    /* c8 ignore next 2 -- a volume that fails just here is not to be had in a test. */
    throw unusable(path, error);
  }
}

/**
 * The event that says what a training came to. Its id follows from the training's key and from
 * the event that asked, so a redelivery is answered with the same one; it travels in a header, so
 * what a header cannot carry is escaped.
 */
export function publishedEvent(asked: TrainingEvent, data: Published): Message {
  return answering(asked, eventTypes.published, data, { subject: data.version });
}

/** The event that says that the gate let a model not serve; its id as above. */
export function rejectedEvent(asked: TrainingEvent, data: Rejected): Message {
  return answering(asked, eventTypes.rejected, data);
}

function answering(
  asked: TrainingEvent,
  type: string,
  data: Published | Rejected,
  attributes: { subject?: string } = {},
): Message {
  return HTTP.binary(
    new CloudEvent({
      type,
      source: '/segue/retrain',
      id: `${data.key}.${encodeURIComponent(asked.id.toWellFormed())}`,
      datacontenttype: 'application/json',
      ...attributes,
      data,
    }),
  );
}

function invalid(reason: string): Error {
  return problem('event-invalid', { reason });
}
