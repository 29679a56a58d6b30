/** Loaded only where a setting asks for it: most functions stand behind a gateway that does this. */
import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import { problem } from '../../shared/problems.ts';
import type { App } from '../../shared/server.ts';

/** Whose pages may ask, and how often. */
export interface GateOptions {
  /** Origins of other pages that may read answers; "*": all of them. None: no page but our own. */
  corsOrigins: readonly string[];
  /** Requests a minute that a client gets answered by one process; undefined: any number. */
  rateLimit: number | undefined;
}

/**
 * Adds the headers that let pages of other origins read answers, and refuses a client that asks too
 * often with 429 and Retry-After. A client is the address that the connection comes from, or that
 * the trusted proxies name; addresses of IPv6 count by their /64.
 */
export async function addGate(
  app: App,
  { corsOrigins, rateLimit: max }: GateOptions,
): Promise<void> {
  if (corsOrigins.length > 0) {
    await app.register(cors, {
      origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
      methods: ['GET', 'HEAD', 'POST'],
      maxAge: 86_400,
    });
  }
  if (max !== undefined) {
    await app.register(rateLimit, {
      max,
      timeWindow: 60_000,
      ipv6Subnet: 64,
      errorResponseBuilder: (_request, { after }) => problem('too-many-requests', { after, max }),
    });
  }
}
