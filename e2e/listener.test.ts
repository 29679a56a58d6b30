import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { accessibilityFaults, openPage, servePages, skipped } from './browser.ts';
import { root } from './segue.ts';

const run = promisify(execFile);

t.test('the listener’s page in a real browser', { skip: skipped }, async (t) => {
  const folder = t.testdir({
    empty: {},
    // A song whose name is markup, and two of one title.
    'songs.csv': `pid,track_name,artist_name
${[1, 2, 3, 4].map((pid) => `${pid},Yesterday,The Beatles\n${pid},Hey Jude,The Beatles\n${pid},<img src=x onerror=alert(1)>,__proto__`).join('\n')}
5,Hello,Adele\n5,Skyfall,Adele\n6,Hello,Lionel Richie\n6,Easy,Commodores\n7,Hello,Adele\n`,
  });
  const store = join(folder, 'store');
  const shell = join(root, 'functions/cli.ts');
  await run(process.execPath, [shell, 'train', '--store', store, join(folder, 'songs.csv')]);
  const { browser, address, emptyAddress } = await servePages(t, {
    store,
    empty: join(folder, 'empty'),
    uploadUrl: 'http://localhost:1/',
  });

  await t.test('a song is found by its beginning, with the keyboard alone', async (t) => {
    const page = await openPage(t, browser, address);
    const box = page.getByRole('combobox', { name: 'Songs you like' });
    t.equal(await box.getAttribute('aria-expanded'), 'false');
    await box.pressSequentially('yest');
    const option = page.getByRole('option', { name: 'Yesterday The Beatles' });
    await option.waitFor();
    t.equal(await box.getAttribute('aria-expanded'), 'true');
    await box.press('ArrowDown');
    t.equal(await option.getAttribute('aria-selected'), 'true');
    t.equal(
      await box.getAttribute('aria-activedescendant'),
      await option.getAttribute('id'),
      'a screen reader is told which one',
    );
    await box.press('Enter');
    const playlist = page.getByRole('list', { name: 'Playlist', exact: true });
    await playlist.getByText('Hey Jude', { exact: true }).waitFor();
    t.match(
      (await playlist.textContent()) ?? '',
      /4 of 4 playlists with Yesterday also have Hey Jude, 1\.8 times as often as by chance/,
    );
    t.equal(await playlist.evaluate((element) => element.tagName), 'OL');
    t.strictSame(await accessibilityFaults(page), []);

    await box.pressSequentially('hel');
    await page.getByRole('option').first().waitFor();
    await box.press('Escape');
    t.equal(await page.getByRole('option').count(), 0);
    t.equal(await box.inputValue(), 'hel', 'the first Escape closes the list only');
  });

  await t.test(
    'a recommended song is added, another left out, and the address says so',
    async (t) => {
      const page = await openPage(t, browser, `${address}/?song=Yesterday%0AThe+Beatles`);
      const playlist = page.getByRole('list', { name: 'Playlist', exact: true });
      await playlist.getByRole('button', { name: 'Ask for Hey Jude - The Beatles, too' }).click();
      await page.getByRole('button', { name: 'Remove Hey Jude - The Beatles' }).waitFor();
      const markup = '<img src=x onerror=alert(1)> - __proto__';
      await playlist.getByRole('button', { name: `Leave out ${markup}` }).click();
      const allow = page.getByRole('button', { name: `Allow ${markup} again` });
      await allow.waitFor();
      await playlist.getByText('<img src=x onerror=alert(1)>', { exact: true }).waitFor({
        state: 'detached',
      });
      t.strictSame(await accessibilityFaults(page), []);
      const shared = await openPage(t, browser, page.url());
      await shared.getByRole('button', { name: `Allow ${markup} again` }).waitFor();
      await shared.getByRole('button', { name: 'Remove Hey Jude - The Beatles' }).waitFor();

      await allow.click();
      await playlist.getByText('<img src=x onerror=alert(1)>', { exact: true }).waitFor();
      await page.goBack();
      await page.getByRole('button', { name: `Allow ${markup} again` }).waitFor();
    },
  );

  await t.test('the playlist goes along as a file', async (t) => {
    const page = await openPage(t, browser, `${address}/?song=Yesterday`);
    for (const [button, name, first] of [
      ['CSV', 'playlist.csv', 'position,track_name,artist_name'],
      ['M3U', 'playlist.m3u8', '#EXTM3U'],
      ['Text', 'playlist.txt', /^(Hey Jude|<img)/],
    ] as const) {
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: button, exact: true }).click(),
      ]);
      t.equal(file.suggestedFilename(), name);
      t.match((await readFile(await file.path(), 'utf8')).split(/\r?\n/)[0], first);
    }
  });

  await t.test('what is not understood, and what is missing, is said', async (t) => {
    const unknown = await openPage(t, browser, `${address}/?song=xyzzyplugh`);
    await unknown.getByText('“xyzzyplugh” is not in the playlists').waitFor();
    const homonyms = await openPage(t, browser, `${address}/?song=Hello`);
    await homonyms.getByText('Hello - Adele: one other song has this title.').waitFor();
    t.equal(await homonyms.getByRole('link', { name: 'Data sets' }).count(), 1);

    const none = await openPage(t, browser, `${emptyAddress}/?song=Hello`);
    await none.getByRole('heading', { name: 'There is no model yet.' }).waitFor();
    t.equal(await none.getByRole('link', { name: 'Data sets' }).count(), 0);
    t.strictSame(await accessibilityFaults(none), []);

    const cut = await openPage(t, browser, address);
    await cut.route('**/api/recommend', (route) => route.abort());
    await cut.getByRole('combobox').fill('Yesterday');
    await cut.getByRole('button', { name: 'Add' }).click();
    await cut.getByText('The server does not answer.').waitFor();
    await cut.unroute('**/api/recommend');
    await cut.getByRole('button', { name: 'Try again' }).click();
    await cut.getByText('Hey Jude', { exact: true }).waitFor();
  });

  await t.test('light and dark, phone and desktop', async (t) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await openPage(t, browser, `${address}/?song=Yesterday`, {
        colorScheme,
        viewport: { width: 360, height: 740 },
      });
      await page.getByText('Hey Jude', { exact: true }).waitFor();
      const width = await page.locator('html').evaluate(({ scrollWidth }) => scrollWidth);
      t.equal(width, 360, 'nothing is wider than the phone');
      t.strictSame(await accessibilityFaults(page), [], colorScheme);
    }
  });

  await t.test('the API can be read and tried', async (t) => {
    const page = await openPage(t, browser, `${address}/page/reference.html`);
    const asked = new Set<string>();
    page.on('request', (request) => asked.add(new URL(request.url()).origin));
    await page.getByText('Recommend songs for songs, with reasons').first().click();
    const body = page.locator('#operations-default-recommend textarea');
    await body.fill('{"songs": ["Yesterday"], "limit": 1}');
    await page.getByRole('button', { name: 'Execute' }).click();
    await page.locator('.live-responses-table').getByText('"Hey Jude"').first().waitFor();
    t.strictSame([...asked], [new URL(address).origin], 'nobody else is asked');
  });
});
