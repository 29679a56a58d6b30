import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createFile, makeFolder } from '../../shared/durable.ts';
import { problem } from '../../shared/problems.ts';
import { chunksOf } from './body.ts';

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
  const name = `${createHash('sha256').update(`${source}\n${id}`).digest('hex')}.json`;
  const kept = await readdir(folder);
  if (kept.includes(name)) return id;
  if (kept.length >= limitEvents) {
    throw problem('too-many-dead-letters', { folder, limit: limitEvents });
  }
  const letter = {
    headers,
    body: await text(chunksOf(body, limitBytes)),
  };
  await createFile(join(folder, name), `${JSON.stringify(letter, null, 2)}\n`);
  return id;
}
