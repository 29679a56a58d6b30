import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { configure } from './configuration.ts';
import { errorCode } from './durable.ts';
import { importEntry } from './entry.ts';
import { asProblem, problem } from './problems.ts';
import { wantsSpans } from './trace.ts';

/** An app and where it is to listen. */
export interface Served {
  app: FastifyInstance;
  /** Address; empty: all. */
  host: string;
  /** TCP port; 0 takes a free one. */
  port: number;
}

/**
 * Runs a function as a process: builds its app, listens where HOST and PORT say, and ends when told
 * to. A mistake in the settings ends the process with one line and the exit code of its problem.
 */
export async function serve(
  name: string,
  environment: NodeJS.ProcessEnv,
  build: () => Promise<FastifyInstance>,
): Promise<void> {
  try {
    const { HOST: host, PORT: port } = configure(environment, ['HOST', 'PORT']);
    const app = await build();
    if (wantsSpans(environment)) await sendSpans(name, app);
    await listen({ app, host, port });
  } catch (error) {
    giveUp(error);
  }
}

/** OpenTelemetry is a file of its own: who does not want it pays nothing for it. */
async function sendSpans(name: string, app: FastifyInstance): Promise<void> {
  const spans = await importEntry(import.meta.url, './spans.ts', './spans.cjs');
  (spans as typeof import('./spans.ts')).watch(name, app);
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
 * @throws `port-taken`, `address-unusable`
 */
export async function listen({ app, host, port }: Served): Promise<string> {
  const connections = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  const started = app.listen({ host, port });
  const stop = async (signal: NodeJS.Signals) => {
    app.log.info({ signal }, 'stopping');
    try {
      await started;
      // Node closes the connections that are idle now; neither those that become so once they are
      // answered, nor those that never asked for anything. Both would keep the process for long.
      app.server.keepAliveTimeout = 1;
      for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
      await app.close();
    } catch (error) {
      app.log.error({ err: error }, 'stopping failed');
      process.exitCode = 1;
    }
  };
  // Before the first connection is taken: a signal that nobody handles would cut it off.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void stop(signal));
  }
  try {
    await started;
  } catch (error) {
    await app.close();
    if (errorCode(error) === 'EADDRINUSE') throw problem('port-taken', { port });
    // What is no system error is a defect of the app.
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw problem('address-unusable', { host, port, reason: error.message });
  }
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
      return Object.assign(Readable.from([rawBody]), {
        receivedEncodedLength: Number(request.headers['content-length'] ?? 0),
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
