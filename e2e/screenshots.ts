/** Pictures of the pages for the README: `make screenshots`. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { skipped, startBrowser } from './browser.ts';
import { root, startSegue, token } from './segue.ts';

interface Picture {
  name: string;
  url: string;
  width: number;
  height: number;
  colorScheme?: 'light' | 'dark';
  /** What is done before the picture is taken. */
  prepare(page: Page): Promise<void>;
}

if (skipped) throw new Error(skipped);
const folder = join(import.meta.dirname, 'screenshots');
await mkdir(folder, { recursive: true });

const ends: (() => Promise<unknown>)[] = [];
const segue = await startSegue({ teardown: (end) => ends.push(end) });
try {
  const sample = join(root, 'datasets/sample.csv.gz');
  await segue.upload('sample.csv.gz', sample);
  // A second version, to be compared with: other playlists of the same songs.
  const other = join(tmpdir(), `segue-screenshots-${process.pid}.csv.gz`);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, 'datasets/generate.ts'), '--playlists', '6000', '--seed', '7'],
    { maxBuffer: 2 ** 28 },
  );
  await writeFile(other, gzipSync(stdout));
  const { version } = await segue.upload('playlists.csv.gz', other);
  if (version !== undefined) await segue.untilServed(version);

  const songs = new URLSearchParams([
    ['song', 'Yesterday\nThe Beatles'],
    ['song', 'Let It Be\nThe Beatles'],
  ]);
  const listen = `${segue.recommend}/?${songs}`;
  const plots = async (page: Page) => {
    await page
      .getByRole('img', { name: /^Graph of/ })
      .locator('canvas')
      .waitFor();
    await page.getByRole('region', { name: 'Rules, the best first' }).waitFor();
  };
  const pictures: Picture[] = [
    {
      ...{ name: 'listen', url: listen, width: 800, height: 720 },
      prepare: (page) => page.locator('.playlist li').nth(3).waitFor(),
    },
    {
      ...{ name: 'listen-dark-phone', url: listen, width: 390, height: 780, colorScheme: 'dark' },
      prepare: (page) => page.locator('.playlist li').nth(3).waitFor(),
    },
    {
      ...{ name: 'model', url: `${segue.recommend}/#model`, width: 1200, height: 1240 },
      prepare: plots,
    },
    {
      name: 'neighbourhood',
      url: `${segue.recommend}/#model?${new URLSearchParams({ support: '0.005', song: 'Yesterday\nThe Beatles' })}`,
      ...{ width: 1200, height: 900, colorScheme: 'dark' },
      async prepare(page) {
        await plots(page);
        await page.locator('.rules').evaluate((element) => element.scrollIntoView());
      },
    },
    {
      ...{ name: 'difference', url: `${segue.recommend}/#model`, width: 1000, height: 620 },
      async prepare(page) {
        await page.getByRole('button', { name: 'Compare' }).click();
        await page.getByRole('region', { name: /^Rules that changed/ }).waitFor();
        await page.locator('.difference').evaluate((element) => element.scrollIntoView());
      },
    },
    {
      ...{ name: 'operator', url: segue.uploads, width: 1000, height: 860 },
      async prepare(page) {
        await page.getByLabel('Token').fill(token);
        await page.getByRole('button', { name: 'Enter' }).click();
        await page.getByRole('region', { name: 'Models' }).waitFor();
        await page.getByRole('list', { name: 'Trainings' }).waitFor();
      },
    },
  ];
  const browser = await startBrowser();
  ends.unshift(() => browser.close());
  for (const { name, url, width, height, colorScheme = 'light', prepare } of pictures) {
    const page = await browser.newPage({ colorScheme, viewport: { width, height } });
    await page.goto(url);
    await prepare(page);
    // Plots are drawn in the frames after they are there.
    await page.waitForTimeout(500);
    const path = join(folder, `${name}.png`);
    await page.screenshot({ path });
    await page.close();
    const { length } = await readFile(path);
    process.stdout.write(`${path}: ${Math.round(length / 1024)} KiB\n`);
  }
} finally {
  for (const end of ends) await end();
}
