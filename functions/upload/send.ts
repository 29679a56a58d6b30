import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudEvent, HTTP, type Message } from 'cloudevents';
import { eventTypes, type Uploaded } from '../../shared/events.ts';
import { problem } from '../../shared/problems.ts';

/** How an event is sent. */
export interface SendOptions {
  /** Address that takes CloudEvents: a broker, or retrain itself. */
  sink: string;
  /** How long the sender waits to see whether the sink takes the event. */
  patienceMs: number;
  /** Pauses between attempts, one after the other, when the sink says 5xx or 429. */
  retryDelaysMs: readonly number[];
  /** Told how the delivery ended. */
  onEnd(end: { status: number } | { error: Error }): void;
  signal: AbortSignal;
}

/** The event that says that a data set is there; its id is the upload's sequence. */
export function uploadedEvent(data: Uploaded): Message {
  return HTTP.binary(
    new CloudEvent({
      type: eventTypes.uploaded,
      source: '/segue/upload',
      id: data.sequence,
      datacontenttype: 'application/json',
      data,
    }),
  );
}

/**
 * Sends an event and does not wait for what it causes: a broker answers at once, retrain only when
 * it has trained. Resolves when the sink has the event, or seems to: it took the request and is
 * still at work after `patienceMs`. The delivery goes on behind it, again after 5xx and 429.
 * @throws `sink-unreachable` when nothing takes the request.
 */
export async function sendEvent(event: Message, options: SendOptions): Promise<void> {
  const first = post(options.sink, event, options.signal);
  const delivery = deliver(first, event, options);
  delivery.then(options.onEnd, (error: Error) => options.onEnd({ error }));
  try {
    await Promise.race([first, sleep(options.patienceMs, undefined, { ref: false })]);
  } catch (error) {
    const reason = (error as Error).message || String(error);
    throw problem('sink-unreachable', { sink: options.sink, reason });
  }
}

async function deliver(
  first: Promise<number>,
  event: Message,
  { sink, retryDelaysMs, signal }: SendOptions,
): Promise<{ status: number }> {
  let status = await first;
  for (const delayMs of retryDelaysMs) {
    if (status < 500 && status !== 429) break;
    await sleep(delayMs, undefined, { signal, ref: false });
    status = await post(sink, event, signal);
  }
  return { status };
}

/** Posts a message and gives the status; without a time limit, because trainings take long. */
function post(url: string, { headers, body }: Message, signal: AbortSignal): Promise<number> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', headers, signal }, (incoming) => {
      incoming.resume().on('error', reject);
      incoming.on('end', () => resolve(incoming.statusCode as number));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
