import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { accessibilityFaults, openPage, skipped, startBrowser } from './browser.ts';
import { startSegue, token } from './segue.ts';

t.test('the operator’s page: upload, watch, roll back', { skip: skipped }, async (t) => {
  const SIGNING_KEY_FILE = join(t.testdir({}), 'signing.pem');
  const changeKey = () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(SIGNING_KEY_FILE, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  };
  changeKey();
  const segue = await startSegue(t, undefined, { SIGNING_KEY_FILE });
  const browser = await startBrowser();
  t.teardown(() => browser.close());
  const page = await openPage(t, browser, segue.uploads);

  await page.getByLabel('Token').fill('not the token at all');
  await page.getByRole('button', { name: 'Enter' }).click();
  await page.getByText('This is not the token.').waitFor();
  t.strictSame(await accessibilityFaults(page), []);
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Enter' }).click();
  await page.getByText('There is no model yet.').waitFor();

  const choose = (name: string, text: string) =>
    page.getByLabel('Data set', { exact: true }).setInputFiles({
      name,
      mimeType: 'text/csv',
      buffer: Buffer.from(text),
    });
  const models = page.getByRole('region', { name: 'Models' });
  const runs = page.getByRole('list', { name: 'Trainings' });
  await choose('one <b>.csv', playlists(['a', 'b']));
  await runs.getByText('published as version 1').waitFor();
  await runs.getByText('one-b-.csv').waitFor();
  await runs.getByText(/^fit, .*rules/).waitFor();
  await choose('two.csv', playlists(['a', 'b', 'c']));
  await runs.getByText('published as version 2').waitFor();
  await models.getByRole('row', { name: /^2 .* signed serves$/ }).waitFor();
  t.strictSame(await accessibilityFaults(page), []);

  await models.getByRole('button', { name: 'Activate version 1' }).click();
  await page.getByText('Version 1 serves from now on.').waitFor();
  await models.getByRole('row', { name: /^1 .* serves$/ }).waitFor();

  await models.getByRole('row', { name: /^2 .*[0-9a-f] signed Activate/ }).waitFor();

  await choose('bad.csv', 'colour,size\nred,4\n');
  await page.getByRole('alert').filter({ hasText: 'no column for the transaction' }).waitFor();

  page.on('dialog', (dialog) => void dialog.accept());
  await page.getByRole('button', { name: 'Remove two.csv' }).click();
  await page.getByText('two.csv is removed.').waitFor();

  await page.reload();
  await models.getByRole('row', { name: /^1 .* serves$/ }).waitFor();
  changeKey();
  await models.getByRole('row', { name: /^2 .* not signed cannot serve: upload its/ }).waitFor();
  t.equal(await models.getByRole('button').count(), 0, 'what would not serve is not offered');
  await page.getByRole('button', { name: 'Forget the token' }).click();
  await page.reload();
  await page.getByLabel('Token').waitFor();
  t.equal(await segue.stop(), 0);
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Enter' }).click();
  await page.getByText('The server does not answer.').waitFor();
});

/** Three playlists of the same songs. */
function playlists(songs: readonly string[]): string {
  const rows = [1, 2, 3].flatMap((pid) => songs.map((song) => `${pid},${song},X`));
  return `${['pid,track_name,artist_name', ...rows].join('\n')}\n`;
}
