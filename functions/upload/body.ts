import type { Readable } from 'node:stream';
import { Problem, problem } from '../../shared/problems.ts';

/**
 * The chunks of a request's body. What is left when the reading ends early goes by unseen: if the
 * body were destroyed, the connection would stand still, and that its sender leaves go unnoticed.
 * @throws `too-large` past the limit, `bad-request` when the body breaks off.
 */
export async function* chunksOf(body: Readable, limitBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes > limitBytes) throw problem('too-large', { limitBytes });
      yield chunk;
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    const reason = `The body ended before it was complete: ${(error as Error).message}.`;
    throw Object.assign(problem('bad-request', { reason }), { cause: error });
  } finally {
    body.resume();
  }
}
