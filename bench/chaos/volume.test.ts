import { link, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import t from 'tap';
import { seededRandom } from '../../shared/random.ts';
import { mountVolume } from './volume.ts';

async function write(path: string, text: string, sync: boolean): Promise<void> {
  const handle = await open(path, 'wx');
  await handle.writeFile(text);
  if (sync) await handle.sync();
  await handle.close();
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync();
  await handle.close();
}

t.test('a power failure takes what was not synced, at times, and nothing else', async (t) => {
  let [lost, kept] = [0, 0];
  for (let seed = 0; seed < 50; seed++) {
    const { volume, unmount } = mountVolume('/simulated', async () => ({ kind: 'done' }));
    try {
      await mkdir('/simulated/a', { recursive: true });
      await syncFolder('/simulated');
      await write('/simulated/a/safe', 'all of it', true);
      await link('/simulated/a/safe', '/simulated/a/second name');
      await syncFolder('/simulated/a');
      await write('/simulated/a/bytes', 'not all of it', false);
      await syncFolder('/simulated/a');
      await write('/simulated/a/name', '', true);
      volume.crash(seededRandom(seed));
      t.equal(await readFile('/simulated/a/safe', 'utf8'), 'all of it');
      t.equal(await readFile('/simulated/a/second name', 'utf8'), 'all of it');
      const bytes = await readFile('/simulated/a/bytes', 'utf8');
      t.ok('not all of it'.startsWith(bytes));
      const names = await readdir('/simulated/a');
      if (names.includes('name') && bytes === 'not all of it') kept++;
      if (!names.includes('name') && bytes !== 'not all of it') lost++;
    } finally {
      unmount();
    }
  }
  t.ok(lost > 0 && kept > 0, `${lost} lost, ${kept} kept`);
});

t.test('other files are as ever', async (t) => {
  const { unmount } = mountVolume('/simulated', async () => ({ kind: 'done' }));
  t.teardown(unmount);
  t.match(await readFile(import.meta.filename, 'utf8'), /other files are as ever/);
  await t.rejects(readFile('/simulated/none'), { code: 'ENOENT' });
  await t.rejects(unlink('/simulated/none'), { code: 'ENOENT' });
});
