import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Test } from 'tap';
import { buildApp } from '../functions/recommend/app.ts';

/* c8 ignore start -- what runs here depends on the machine's browser, and on what its pages complain of. */

const candidates = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A browser of this machine, or undefined; CHROMIUM names one in another place. */
export const browserPath = candidates.find((path) => path !== '' && existsSync(path));

/** Why tests of pages do not run, or false. */
export const skipped =
  browserPath === undefined && 'skipped: no Chromium (set CHROMIUM, or install the package)';

/** Starts the browser; it asks nobody but this machine. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath!,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
}

/** A browser, and recommend with a model and, in an empty store, without one. */
export async function servePages(
  t: Test,
  { store, empty, uploadUrl }: { store: string; empty: string; uploadUrl: string | undefined },
): Promise<{ browser: Browser; address: string; emptyAddress: string }> {
  const options = { pollMs: 1000, maxWaitMs: 60_000, pinned: undefined, logLevel: 'silent' };
  const app = await buildApp({ ...options, store, uploadUrl });
  const modelless = await buildApp({ ...options, store: empty, uploadUrl: undefined });
  const browser = await startBrowser();
  t.teardown(async () => {
    await browser.close();
    await Promise.all([app.close(), modelless.close()]);
  });
  return { browser, address: await app.listen(), emptyAddress: await modelless.listen() };
}

/** A page of its own; what it complains of fails the test. */
export async function openPage(
  t: Test,
  browser: Browser,
  url: string,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<Page> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => t.fail(error.message));
  page.on('dialog', (dialog) => {
    if (dialog.type() === 'alert') t.fail(`a script of a song's name ran: ${dialog.message()}`);
  });
  page.on('console', (message) => {
    // The network's own errors are what some tests are about.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      t.fail(message.text());
    }
  });
  t.teardown(() => page.close());
  await page.goto(url);
  return page;
}

/** What axe finds wrong in a page, as lines; none when it is accessible. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // By the debugger: the page's own policy lets no foreign script in.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}
/* c8 ignore stop */
