import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createFile, makeFolder } from '../../shared/durable.ts';
import { problem } from '../../shared/problems.ts';

/** Bytes of an event that are kept; brokers promise to carry 64 KiB. */
const limitBytes = 64 * 1024;

/** Events that are kept: a flood must not fill the volume. */
const limitEvents = 1_000;

/**
 * Keeps an event that the broker could not deliver, as `runs/dead-letters/<digest>.json` with its
 * headers (which say why) and its body as it came. Delivered twice, it is kept once.
 * @returns The event's id.
 * @throws `event-invalid` for anything that no broker gave up on, `too-large`,
 * `too-many-dead-letters`.
 */
export async function keepDeadLetter(
  store: string,
  headers: IncomingHttpHeaders,
  body: Readable,
): Promise<string> {
  const [id, source] = [headers['ce-id'], headers['ce-source']];
  if (typeof id !== 'string' || !('ce-knativeerrordest' in headers)) {
    throw problem('event-invalid', { reason: 'It is no event that a broker could not deliver.' });
  }
  const folder = join(store, 'runs', 'dead-letters');
  await makeFolder(folder);
  const kept = (await readdir(folder)).length;
  if (kept >= limitEvents) throw problem('too-many-dead-letters', { folder, limit: limitEvents });
  const name = createHash('sha256').update(`${source}\n${id}`).digest('hex');
  const letter = { headers, body: (await readAll(body)).toString() };
  await createFile(join(folder, `${name}.json`), `${JSON.stringify(letter, null, 2)}\n`);
  return id;
}

async function readAll(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw problem('too-large', { limitBytes });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
