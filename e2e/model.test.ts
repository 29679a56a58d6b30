import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { publishSample, type SongName } from '../functions/recommend/sample.ts';
import { accessibilityFaults, openPage, servePages, skipped } from './browser.ts';

/** Two worlds of songs, in many playlists of different lengths, and a name that is markup. */
const playlists: SongName[][] = Array.from({ length: 40 }, (_, i) => [
  ...['Yesterday - The Beatles', 'Hey Jude - The Beatles', 'Let It Be - The Beatles'].slice(i % 3),
  ...(i % 4 === 0 ? ['Hello - Adele', 'Skyfall - Adele'] : []),
  ...(i % 5 === 0 ? ['<img src=x onerror=alert(1)> - __proto__', 'Easy - Commodores'] : []),
]);

/** What mlxtend writes. */
const mlxtend = `,antecedents,consequents,antecedent support,consequent support,support,confidence,lift
0,"frozenset({'milk', 'bread'})",frozenset({'butter'}),0.4,0.5,0.2,0.5,1.0
1,frozenset({'milk'}),frozenset({'bread'}),0.7,0.6,0.4,0.5714285714285715,0.9523809523809526
2,frozenset({'<b>tea</b>'}),"frozenset({'milk', 'butter'})",0.5,0.4,0.3,0.6,1.5
`;

t.test('the model’s view in a real browser', { skip: skipped }, async (t) => {
  const folder = t.testdir({ empty: {} });
  const store = join(folder, 'store');
  await publishSample(store, playlists, 3);
  await publishSample(store, [...playlists, ['Hello - Adele', 'Novelty - Newcomer']], 3);
  const { browser, address, emptyAddress } = await servePages(t, {
    store,
    empty: join(folder, 'empty'),
    uploadUrl: undefined,
  });

  await t.test('sliders move, and table, plots and address follow', async (t) => {
    const page = await openPage(t, browser, address);
    await page.getByRole('link', { name: 'Model' }).click();
    await page.getByRole('heading', { name: 'Model 2' }).waitFor();
    const rules = page.getByRole('region', { name: 'Rules, the best first' });
    const rows = rules.getByRole('row');
    await rows.nth(5).waitFor();
    const status = page.locator('.rules .status');
    const before = Number.parseInt((await status.textContent()) ?? '', 10);

    const scatter = page.getByRole('img', { name: /^Scatter plot of \d+ rules/ });
    const graph = page.getByRole('img', { name: /^Graph of \d+ songs/ });
    for (const plot of [scatter, graph]) {
      await plot.locator('canvas').waitFor();
      // Drawn in the frame after it is there.
      await sleep(300);
      const colours = await plot.locator('canvas').evaluate((canvas) => {
        const { width, height } = canvas as unknown as { width: number; height: number };
        const context = (
          canvas as unknown as {
            getContext(kind: string): {
              getImageData(...box: number[]): { data: Uint8ClampedArray };
            };
          }
        ).getContext('2d');
        const { data } = context.getImageData(0, 0, width, height);
        return new Set(new Uint32Array(data.buffer)).size;
      });
      t.ok(colours > 20, `${colours} colours are drawn`);
    }
    t.strictSame(await accessibilityFaults(page), []);

    const slider = page.getByRole('slider', { name: 'Least confidence' });
    await slider.focus();
    for (let i = 0; i < 60; i++) await slider.press('ArrowRight');
    let left = before;
    while (!(left < before)) {
      await sleep(50);
      left = Number.parseInt((await status.textContent()) ?? '', 10);
    }
    const least = await percentOf(slider);
    t.equal(least, 60);
    const confidences = await rules
      .locator('tbody tr')
      .evaluateAll((all) =>
        all.map((row) =>
          Number.parseFloat(
            (row as unknown as { cells: { textContent: string }[] }).cells[4].textContent,
          ),
        ),
      );
    t.ok(confidences.length > 0 && confidences.every((one) => one >= least));
    t.match(page.url(), /#model\?.*confidence=0\.6/);

    await rules.getByRole('button', { name: 'confidence' }).click();
    await rules.locator('th[aria-sort="descending"]', { hasText: 'confidence' }).waitFor();
    const shared = await openPage(t, browser, page.url());
    await shared.getByRole('region', { name: 'Rules, the best first' }).waitFor();
    t.equal(
      await shared.getByRole('slider', { name: 'Least confidence' }).getAttribute('aria-valuetext'),
      await slider.getAttribute('aria-valuetext'),
      'who opens the address sees the same',
    );
    await page.getByRole('combobox', { name: 'The best by' }).selectOption('conviction');
    await rules.getByRole('columnheader', { name: 'conviction' }).waitFor();
  });

  await t.test('one song’s neighbourhood, by its name or by a press', async (t) => {
    const page = await openPage(t, browser, `${address}/#model`);
    const box = page.getByRole('combobox', { name: 'Rules with the song' });
    await box.pressSequentially('skyf');
    await page.getByRole('option', { name: 'Skyfall Adele' }).waitFor();
    await box.press('ArrowDown');
    await box.press('Enter');
    await page.getByRole('heading', { name: 'Around Skyfall' }).waitFor();
    const rules = page.getByRole('region', { name: 'Rules, the best first' });
    for (const row of await rules.locator('tbody tr').allTextContents()) t.match(row, 'Skyfall');
    await rules.getByRole('button', { name: '<img src=x onerror=alert(1)>' }).first().click();
    await page.getByRole('heading', { name: 'Around <img' }).waitFor();
    t.strictSame(await accessibilityFaults(page), []);
    await page.goBack();
    await page.getByRole('heading', { name: 'Around Skyfall' }).waitFor();
    await page.getByRole('button', { name: 'Not only Skyfall - Adele' }).click();
    await page.getByRole('heading', { name: 'Songs that go together' }).waitFor();

    await box.fill('xyzzyplugh');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('The model has no "xyzzyplugh".').waitFor();
  });

  await t.test('what changed between two versions, and what served', async (t) => {
    const page = await openPage(t, browser, `${address}/#model?support=0`);
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByText('2 rules gained, 0 lost').waitFor();
    await page.getByRole('combobox', { name: 'Rules that were' }).selectOption('Gained');
    const changes = page.getByRole('region', { name: /^Rules that changed/ });
    await changes.getByRole('row', { name: /^Hello Adele Novelty Newcomer Gained – / }).waitFor();
    await changes.locator('tr.changed').first().waitFor({ state: 'detached' });
    t.equal(await changes.locator('tbody tr').count(), 2);
    await page.getByRole('combobox', { name: 'From version' }).selectOption('2');
    await page.getByText('0 rules gained, 0 lost, 0 changed').waitFor();
    const versions = page.getByRole('region', { name: 'Versions' });
    await versions.getByRole('row', { name: /^2 .* serves sample\.csv/ }).waitFor();
    await versions.getByRole('row', { name: /^1 .* sample\.csv/ }).waitFor();
    await page.getByText('This model was not judged.').waitFor();
  });

  await t.test('rules from elsewhere open, and stay in the browser', async (t) => {
    const page = await openPage(t, browser, `${address}/#model`);
    const choose = (name: string, text: string) =>
      page.getByLabel('Open a file of rules').setInputFiles({
        name,
        mimeType: 'text/csv',
        buffer: Buffer.from(text),
      });
    await page.getByRole('region', { name: 'Rules, the best first' }).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.method() !== 'GET' || request.url().includes('/api/')) asked.push(request.url());
    });
    await choose('bad.csv', 'colour,size\nred,4\n');
    await page.getByRole('alert').getByText('bad.csv cannot be read').waitFor();
    await choose('groceries.csv', mlxtend);
    await page.getByText('These are the rules of groceries.csv.').waitFor();
    await page.getByRole('row', { name: /<b>tea<\/b>\s+milk \+ butter\s+30\s%/ }).waitFor();
    const box = page.getByRole('combobox', { name: 'Rules with the song' });
    await box.fill('tea');
    await page.getByRole('option', { name: '<b>tea</b>' }).waitFor();
    await box.press('ArrowDown');
    await box.press('Enter');
    await page.getByText('One rule.').waitFor();
    // The one point that is left, where its figures put it: see `scatterOption`.
    const canvas = page.getByRole('img', { name: /^Scatter plot of 1 rules/ }).locator('canvas');
    const { width, height } = (await canvas.boundingBox())!;
    const [least, most] = [Math.log10(0.2) - 0.05, Math.log10(0.4) + 0.05];
    const share = (Math.log10(0.3) - least) / (most - least);
    const position = { x: 56 + (width - 72) * share, y: 48 + (height - 100) * (1 - 0.6) };
    await sleep(300);
    await canvas.click({ position });
    await page.getByText(/60\s% of the playlists with <b>tea<\/b> also have milk/).waitFor();
    t.strictSame(asked, []);
    t.strictSame(await accessibilityFaults(page), []);
    await page.getByRole('button', { name: 'Close groceries.csv' }).click();
    await page.getByRole('heading', { name: 'Model 2' }).waitFor();
  });

  await t.test('without a model or a network it says so', async (t) => {
    const none = await openPage(t, browser, `${emptyAddress}/#model`);
    await none.getByRole('heading', { name: 'There is no model yet.' }).waitFor();
    t.strictSame(await accessibilityFaults(none), []);

    const cut = await openPage(t, browser, `${address}/#model`);
    await cut.getByRole('region', { name: 'Rules, the best first' }).waitFor();
    await cut.route('**/api/rules*', (route) => route.abort());
    await cut.getByRole('slider', { name: 'Least lift' }).press('ArrowRight');
    await cut.getByText('The server does not answer.').waitFor();
    await cut.unroute('**/api/rules*');
    await cut.getByRole('button', { name: 'Try again' }).click();
    await cut.getByRole('region', { name: 'Rules, the best first' }).waitFor();
  });

  await t.test('light and dark, phone and desktop', async (t) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await openPage(t, browser, `${address}/#model`, {
        colorScheme,
        viewport: { width: 360, height: 740 },
      });
      await page.getByRole('region', { name: 'Rules, the best first' }).waitFor();
      await page.getByRole('button', { name: 'Compare' }).click();
      await page.getByRole('region', { name: /^Rules that changed/ }).waitFor();
      const width = await page.locator('html').evaluate(({ scrollWidth }) => scrollWidth);
      t.equal(width, 360, 'nothing is wider than the phone');
      t.strictSame(await accessibilityFaults(page), [], colorScheme);
    }
  });
});

/** What a slider says, as a number. */
async function percentOf(slider: { getAttribute(name: string): Promise<string | null> }) {
  return Number.parseFloat((await slider.getAttribute('aria-valuetext')) ?? '');
}
