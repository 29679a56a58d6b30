import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudEvent, HTTP, type Message } from 'cloudevents';
import { errorCode } from '../../shared/durable.ts';
import { eventTypes, type Uploaded } from '../../shared/events.ts';
import { problem } from '../../shared/problems.ts';
import { signatureAttribute, signatureOf } from '../../shared/tokens.ts';
import { type TraceContext, traceparent } from '../../shared/trace.ts';

/** What the last attempt to deliver an event came to. */
export type End = { status: number } | { error: Error };

/** How an event is sent. */
export interface SendOptions {
  /** Address that takes CloudEvents: a broker, or retrain itself. */
  sink: string;
  /** How long the sender waits to see whether the sink takes the event. */
  patienceMs: number;
  /** Pauses between attempts, one after the other, when the sink says 5xx or 429 or breaks off. */
  retryDelaysMs: readonly number[];
  /** Told how the delivery ended. */
  onEnd(this: void, end: End): void;
  signal: AbortSignal;
}

/** Pauses between deliveries to a sink that is busy: half an hour in all. */
export const deliveryDelaysMs: readonly number[] = [
  ...[1_000, 2_000, 5_000, 10_000],
  ...Array<number>(60).fill(30_000),
];

/**
 * The event that says that a data set is there; its id is the upload's sequence.
 * @param trace What it belongs to: carried by the request, and by the event beyond a broker.
 * @param token Shows that we sent it; absent where nobody asks for one.
 */
export function uploadedEvent(data: Uploaded, trace: TraceContext, token?: string): Message {
  const { headers, body } = HTTP.binary(
    new CloudEvent({
      type: eventTypes.uploaded,
      source: '/segue/upload',
      id: data.sequence,
      datacontenttype: 'application/json',
      traceparent: traceparent(trace),
      ...(token !== undefined && { [signatureAttribute]: signatureOf(data, token) }),
      data,
    }),
  );
  return { headers: { ...headers, traceparent: traceparent(trace) }, body };
}

/**
 * Sends an event and does not wait for what it causes: a broker answers at once, retrain only when
 * it has trained. Resolves when the sink has the event, or seems to: it took the request and is
 * still at work after `patienceMs`. The delivery goes on behind it, again after 5xx, 429 and a
 * connection that broke.
 * @throws `sink-unreachable` when nothing takes the request, or what takes it knows no events.
 */
export async function sendEvent(event: Message, options: SendOptions): Promise<void> {
  const { sink, patienceMs, signal, onEnd } = options;
  const first = post(sink, event, signal);
  const unreachable = (reason: string) => problem('sink-unreachable', { sink, reason });
  const status = await Promise.race([first, sleep(patienceMs, undefined, { ref: false })]).catch(
    (error: unknown) => {
      throw unreachable(String(errorCode(error)));
    },
  );
  if (status !== undefined && isRefusal(status)) throw unreachable(`it answers ${status}`);
  deliver(first, event, options).then(onEnd, (error: Error) => onEnd({ error }));
}

/** Whether a sink that answers so has not understood; 422 is retrain's word on the data set. */
function isRefusal(status: number): boolean {
  return status >= 300 && status < 500 && status !== 422 && status !== 429;
}

async function deliver(
  first: Promise<number>,
  event: Message,
  { sink, retryDelaysMs, signal }: SendOptions,
): Promise<End> {
  let end = await endOf(first);
  for (const delayMs of retryDelaysMs) {
    if ('status' in end && end.status < 500 && end.status !== 429) break;
    await sleep(delayMs, undefined, { signal, ref: false });
    end = await endOf(post(sink, event, signal));
  }
  return end;
}

async function endOf(attempt: Promise<number>): Promise<End> {
  return attempt.then(
    (status) => ({ status }),
    (error: Error) => ({ error }),
  );
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
