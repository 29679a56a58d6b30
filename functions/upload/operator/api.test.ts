import t from 'tap';
import { writeRun } from '../../../shared/runs.ts';
import { fillStore } from '../../../shared/sample.ts';
import { csv, start, token } from '../sample.ts';
import { activate, look, remove } from './api.ts';

t.test('the page sees what is on the volume, and changes it', async (t) => {
  const upload = await start(t);
  await fillStore(upload.store, 'AB');
  const port = await upload.listen();
  // What a browser does with the addresses of a page: they begin where the page is.
  const { fetch } = globalThis;
  globalThis.fetch = (path, options) =>
    fetch(new URL(String(path), `http://127.0.0.1:${port}/`), options);
  t.teardown(() => {
    globalThis.fetch = fetch;
  });
  await upload.ask('PUT', '/datasets/mine.csv', csv);
  const key = 'a'.repeat(64);
  await writeRun(upload.store, {
    ...{ key, datasets: [], event: { source: '/x', id: '1' }, started: '', updated: '' },
    ...{ step: 'fit', steps: [], answered: [] },
  });

  const { datasets, runs, models } = await look(token);
  t.match(datasets, [{ name: 'mine.csv', bytes: csv.length }]);
  t.match(runs, [{ key, step: 'fit' }]);
  t.match(models, [
    { version: '2', serving: true },
    { version: '1', serving: false },
  ]);

  await activate('1', token);
  t.match((await look(token)).models, [{ serving: false }, { version: '1', serving: true }]);
  await remove('mine.csv', token);
  t.strictSame((await look(token)).datasets, []);
  await t.rejects(look('not the token at all'), { code: 'unauthorized' });
  await t.rejects(activate('7', token), { code: 'version-unknown' });
});
