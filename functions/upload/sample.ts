/** What the tests of upload share: an app over a fresh volume, and a sink that records. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { buildApp, type UploadOptions } from './app.ts';

/** A request that a sink was sent. */
export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** A server on a free port that answers each request with the next status, the last one on end. */
export async function startSink(
  statuses: readonly (number | 'reset' | 'silent')[],
): Promise<{ url: string; received: Received[]; close(): Promise<void> }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ headers: request.headers, body });
    const answer = statuses[Math.min(received.length, statuses.length) - 1];
    if (answer === 'reset') setTimeout(() => request.socket.destroy(), 30);
    else if (answer !== 'silent') response.writeHead(answer).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    received,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** A token that upload lets in. */
export const token = 'a token that is long enough';
/** A small data set. */
export const csv = 'pid,track_name,artist_name\n1,a,x\n1,b,x\n2,a,x\n';

/** upload over a fresh volume, and the sink that it sends to. */
export async function start(
  t: Test,
  changes: Partial<UploadOptions> = {},
  answers: Parameters<typeof startSink>[0] = [202],
) {
  const folder = t.testdir({ store: {}, datasets: {} });
  const sink = await startSink(answers);
  const options: UploadOptions = {
    ...{ store: join(folder, 'store'), datasets: join(folder, 'datasets'), sink: sink.url, token },
    ...{ maxBytes: 1_000_000, columns: {}, maxRejectedShare: 0.05, logLevel: 'silent' },
    ...{ patienceMs: 5_000, retryDelaysMs: [1, 1] },
    ...changes,
  };
  const app = await buildApp(options);
  t.teardown(async () => {
    await app.close();
    await sink.close();
  });
  const authorization = `Bearer ${token}`;
  return {
    ...options,
    app,
    received: sink.received,
    /** Files on the volume. */
    files: () =>
      readdirSync(options.datasets, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name),
    ask: (
      method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD',
      url: string,
      body?: string | Buffer,
    ) =>
      app.inject({
        ...{ method, url, headers: { authorization } },
        ...(body !== undefined && { payload: body }),
      }),
    async listen() {
      await app.listen({ host: '127.0.0.1', port: 0 });
      return (app.server.address() as AddressInfo).port;
    },
  };
}
