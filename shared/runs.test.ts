import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { findRun, type Run, readRun, readRuns, writeRun } from './runs.ts';

const key = (letter: string) => letter.repeat(64);

function run(letter: string, answered: Run['answered'] = []): Run {
  const now = new Date().toISOString();
  return {
    key: key(letter),
    datasets: [{ name: 'songs.csv', sha256: key('0'), bytes: 10 }],
    event: { source: '/upload', id: `event-${letter}` },
    started: now,
    updated: now,
    step: 'table',
    steps: [{ step: 'digest', ms: 1.5, counts: { files: 1 } }],
    answered,
  };
}

t.test('a record is read as it was written, and the last one written counts', async (t) => {
  const store = t.testdir();
  t.equal(await readRun(store, key('a')), undefined);
  const first = run('a');
  await writeRun(store, first);
  t.strictSame(await readRun(store, key('a')), first);
  const second: Run = { ...first, outcome: 'published', version: '1' };
  await writeRun(store, second);
  t.strictSame(await readRun(store, key('a')), second);
  t.strictSame(await readdir(join(store, 'runs')), [`${key('a')}.json`]);
});

t.test('records are listed, the one that changed last first; a new store has none', async (t) => {
  const store = t.testdir();
  t.strictSame(await readRuns(store), []);
  for (const letter of ['a', 'b', 'c', 'a']) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    await writeRun(store, run(letter));
  }
  await writeFile(join(store, 'runs', `${key('d')}.rejected.ndjson`), '{}\n');
  await writeFile(join(store, 'runs', '.tmp-x'), '{');
  await symlink('nowhere', join(store, 'runs', `${key('e')}.json`)); // removed since it was listed
  t.strictSame(
    (await readRuns(store)).map((one) => one.key),
    [key('a'), key('c'), key('b')],
  );
});

t.test('a run is found by its key and by every event that it answered', async (t) => {
  const store = t.testdir();
  const answer = { outcome: 'published', version: '1' } as const;
  await writeRun(store, run('a', [{ source: '/upload', id: 'earlier', answer }]));
  await writeRun(store, run('b'));
  for (const id of [key('a'), 'event-a', 'earlier']) {
    t.equal((await findRun(store, id))?.key, key('a'), id);
  }
  t.equal(await findRun(store, 'event-c'), undefined);
});

t.test('a record that nobody can understand is none, and hides no other', async (t) => {
  const store = t.testdir();
  await writeRun(store, run('b'));
  const changed = (entries: object) => JSON.stringify({ ...run('a'), ...entries });
  const halves = [
    changed({ updated: undefined }),
    changed({ answered: undefined }),
    changed({ answered: [null] }),
    changed({ event: null }),
    changed({ steps: {} }),
  ];
  const texts = ['', '{"key":', 'null', '5', '[]', '{}', JSON.stringify(run('c')), ...halves];
  for (const content of texts) {
    await writeFile(join(store, 'runs', `${key('a')}.json`), content);
    t.equal(await readRun(store, key('a')), undefined, content);
    t.strictSame(
      (await readRuns(store)).map((one) => one.key),
      [key('b')],
    );
  }
  await writeRun(store, run('a'));
  t.equal((await readRun(store, key('a')))?.key, key('a'), 'until it is written anew');
});

t.test('what cannot be read is store-unusable', async (t) => {
  const store = t.testdir({ file: '' });
  await t.rejects(readRuns(join(store, 'file')), { code: 'store-unusable' });
  await t.rejects(writeRun(join(store, 'file'), run('a')), { code: 'store-unusable' });
  await mkdir(join(store, 'runs', `${key('a')}.json`), { recursive: true });
  await t.rejects(readRun(store, key('a')), { code: 'store-unusable' });
});
