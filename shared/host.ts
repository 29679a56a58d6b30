import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { configure } from './configuration.ts';
import { errorCode } from './durable.ts';
import { asProblem, problem } from './problems.ts';

/** An app and where it is to listen. */
export interface Served {
  app: FastifyInstance;
  /** Address. */
  host: string;
  /** TCP port; 0 takes a free one. */
  port: number;
}

/**
 * Runs a function as a process: builds its app, listens where HOST and PORT say, and ends when told to. A mistake in the
 * settings ends the process with one line and the exit code of its problem.
 */
export async function serve(
  environment: NodeJS.ProcessEnv,
  build: () => Promise<FastifyInstance>,
): Promise<void> {
  try {
    const { HOST: host, PORT: port } = configure(environment, ['HOST', 'PORT']);
    await listen({ app: await build(), host, port });
  } catch (error) {
    giveUp(error);
  }
}

/** Ends the process with one line that says what to mend. */
function giveUp(error: unknown): never {
  const cause = asProblem(error);
  process.stderr.write(`${cause.code}: ${cause.message}\n`);
  process.exit(cause.exitCode);
}

/**
 * Listens until the process is told to end; then takes no new connections, answers what it has
 * taken, and lets the process end by itself.
 * @returns The address to reach it at from this machine.
 * @throws `port-taken`
 */
export async function listen({ app, host, port }: Served): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw errorCode(error) === 'EADDRINUSE' ? problem('port-taken', { port }) : error;
  }
  const stop = (signal: NodeJS.Signals) => {
    app.log.info({ signal }, 'stopping');
    app.close().catch((error: unknown) => {
      app.log.error({ err: error }, 'stopping failed');
      process.exitCode = 1;
    });
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const { port: taken } = app.server.address() as AddressInfo;
  return `http://localhost:${taken}`;
}

/**
 * The app as a handler for a host that has parsed the request already (functions-framework): the
 * bytes it keeps in `rawBody` are given to the app as if they came from the connection, so every
 * parser and limit works as it does under `listen`.
 */
export function asHandler(
  build: () => Promise<FastifyInstance>,
): (request: IncomingMessage & { rawBody?: Buffer }, response: ServerResponse) => Promise<void> {
  const prepare = async () => {
    const app = await build();
    app.addHook('preParsing', async (request, _reply, payload) => {
      const { rawBody } = request.raw as { rawBody?: Buffer };
      if (rawBody === undefined) return payload;
      // The framework has undone a content encoding; Fastify compares the length as sent.
      return Object.assign(Readable.from([rawBody], { objectMode: false }), {
        receivedEncodedLength: Number(request.headers['content-length'] ?? rawBody.length),
      });
    });
    await app.ready();
    return app;
  };
  let ready: Promise<FastifyInstance> | undefined;
  return async (request, response) => {
    ready ??= prepare().catch(giveUp);
    (await ready).routing(request, response);
  };
}
