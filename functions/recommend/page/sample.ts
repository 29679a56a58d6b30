/** What the tests share of what the page asks the server. */
import type { AddressInfo } from 'node:net';
import { buildApp } from '../app.ts';

/**
 * Answers what the page asks for from a store, until the test ends: addresses of a page begin where
 * the page is, which a browser knows and Node does not.
 */
export async function answerPage(
  t: { teardown(end: () => Promise<void>): void },
  store: string,
): Promise<void> {
  const app = await buildApp({
    ...{ store, pinned: undefined, pollMs: 86_400_000, maxWaitMs: 60_000, logLevel: 'silent' },
    uploadUrl: undefined,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const { fetch } = globalThis;
  globalThis.fetch = (path, options) =>
    fetch(new URL(String(path), `http://127.0.0.1:${port}/`), options);
  t.teardown(async () => {
    globalThis.fetch = fetch;
    await app.close();
  });
}
