import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { asProblem } from '../../../shared/problems.ts';
import { listFiles, read, recognise } from './read.ts';
import { anyRows, gather, gatherContent, playlistsOf, tableOf } from './sample.ts';

const folder = t.testdir();

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

t.test('the same playlists give the same rows in every format and compression', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyRows, async (rows) => {
      const playlists = playlistsOf(rows);
      const contents = {
        'a.csv': tableOf(rows),
        'a.tsv': tableOf(rows, '\t', '\r\n'),
        'a.json': JSON.stringify({ playlists }),
        'b.json': JSON.stringify(playlists),
        'a.ndjson': playlists.map((playlist) => JSON.stringify(playlist)).join('\n'),
        unnamed: `\uFEFF${tableOf(rows, ';')}`,
      };
      const paths: string[] = [];
      for (const [name, content] of Object.entries(contents)) {
        paths.push(file(name, content), file(`${name}.gz`, gzipSync(content)));
        paths.push(file(`${name}.zst`, zstdCompressSync(content)));
        paths.push(file(`16-${name}`, Buffer.from(`\uFEFF${content}`, 'utf16le')));
        paths.push(file(`16be-${name}`, Buffer.from(`\uFEFF${content}`, 'utf16le').swap16()));
      }
      const { rejected, ...all } = await gather(read(paths));
      t.strictSame(rejected, []);
      t.strictSame(all, { read: rows.length * paths.length, rows: paths.flatMap(() => rows) });
    }),
    { numRuns: 25 },
  );
});

t.test('whatever a file has in it is rows or a problem that says so', async (t) => {
  const codes = ['dataset-format', 'dataset-corrupt', 'column-missing'];
  const name = fc.constantFrom('a', 'a.csv', 'a.tsv', 'a.json', 'a.ndjson', 'a.dat');
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string({ maxLength: 200 }).map((text) => Buffer.from(text)),
    fc
      .string({ unit: fc.constantFrom(...'[]{}"tracks:,1 \n'), maxLength: 60 })
      .map((text) => Buffer.from(text)),
    fc.json().map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(
      name,
      content,
      fc.integer({ min: 1, max: 20 }),
      async (name, content, chunkBytes) => {
        const outcome = (chunkBytes?: number): Promise<unknown> =>
          gatherContent(name, content, chunkBytes).catch((error: unknown) => {
            const { code, message } = asProblem(error);
            t.ok(codes.includes(code), message);
            return code;
          });
        t.strictSame(await outcome(chunkBytes), await outcome());
      },
    ),
    { numRuns: 500 },
  );
});

t.test('formats are recognised', async (t) => {
  const playlist = '{"pid": 1, "tracks": ["a"]}';
  const cases: [name: string, content: string, format: string][] = [
    ['plain', 'pid,title\n1,a\n', 'csv'],
    ['plain', 'pid\ttitle\r1\ta\r', 'csv'],
    ['plain', '\n1 2 3\n4 5\n', 'dat'],
    ['plain', `${playlist}\n${playlist}\n`, 'ndjson'],
    ['plain', playlist, 'ndjson'],
    ['plain.json', `${playlist}\r\n${playlist}`, 'ndjson'],
    ['plain.json', `\n["a"]\n["b"]\n`, 'ndjson'],
    ['plain.json', `[${playlist}]\n`, 'json'],
    ['plain.json', `{"playlists": [${playlist}]}\n`, 'json'],
    ['plain', `[\n${playlist}]`, 'json'],
    ['plain.json', 'null', 'ndjson'],
    ['plain.JSONL', playlist, 'ndjson'],
    ['plain.dat', 'a,b', 'dat'],
    ['json', 'pid|title\n', 'csv'],
  ];
  for (const [name, content, format] of cases) {
    const path = file(name, content);
    t.equal((await recognise(path)).format, format, `${name}: ${content}`);
  }
  for (const content of ['one word', 'pi\0d,track\n', 'PK\x03\x04 \0\0']) {
    await t.rejects(recognise(file('plain', content)), { code: 'dataset-format' });
  }
  for (const content of ['', '\n \n']) {
    await t.rejects(recognise(file('plain', content)), { code: 'dataset-empty' });
    t.strictSame(await gather(read([file('plain', content)])), { read: 0, rows: [], rejected: [] });
  }
});

t.test('what is recognised is told', async (t) => {
  const table = '\uFEFF"playlist_id"; "name;s";Title;artist\n1;2;3;4\n';
  const path = file('told.csv.gz', gzipSync(table.replace(' ', '')));
  t.strictSame(await recognise(path), {
    file: path,
    format: 'csv',
    compression: 'gzip',
    encoding: 'utf-8',
    byteOrderMark: true,
    certainty: 'name',
    delimiter: ';',
    header: ['playlist_id', 'name;s', 'Title', 'artist'],
    columns: { transaction: 'playlist_id', item: 'Title', artist: 'artist' },
  });
  const columns = { transaction: 'artist', item: 'NAME;S' };
  const named = await recognise(path, { columns });
  t.strictSame(named.columns, { transaction: 'artist', item: 'name;s' });
  t.strictSame((await gather(read([path], { columns }))).rows, [['4', '2', '']]);
  const json = file('told.json', Buffer.from('\uFEFF[["a"]]', 'utf16le'));
  t.strictSame(await recognise(json), {
    file: json,
    format: 'json',
    compression: 'none',
    encoding: 'utf-16le',
    byteOrderMark: true,
    certainty: 'name',
  });
});

t.test('a guess is called one', async (t) => {
  const { format, certainty, delimiter } = await recognise(file('shop.csv', 'a;b\nc\nd;e;f\n'));
  t.same(
    { format, certainty, delimiter },
    { format: 'baskets', certainty: 'guess', delimiter: ';' },
  );
});

t.test('folders are walked in order', async (t) => {
  const root = t.testdir({
    'b.csv': '',
    'a.json.gz': '',
    '.hidden.csv': '',
    'notes.txt': '',
    README: '',
    c: { 'z.dat': '', 'y.TSV.zst': '', '.d': { 'x.csv': '' } },
    empty: { notes: '' },
    far: { 'f.csv': '' },
  });
  symlinkSync(join(root, 'b.csv'), join(root, 'link.csv'));
  symlinkSync(root, join(root, 'round.csv'));
  const expected = ['a.json.gz', 'b.csv', 'c/y.TSV.zst', 'c/z.dat', 'far/f.csv', 'link.csv'];
  t.strictSame(
    await listFiles([root, join(root, 'README')]),
    [...expected, 'README'].map((name) => join(root, name)),
  );
  await t.rejects(listFiles([join(root, 'empty')]), { code: 'dataset-empty' });
  await t.rejects(listFiles([join(root, 'none')]), { code: 'dataset-missing' });
  symlinkSync(join(root, 'gone'), join(root, 'c', 'gone.csv'));
  await t.rejects(listFiles([root]), { code: 'dataset-missing' });
  t.strictSame(await listFiles([]), []);
});

const noProc = existsSync('/proc/self/fd') ? false : 'there is no /proc to count open files in';
t.test('a folder of slices of the Million Playlist Dataset is one data set', async (t) => {
  const slices = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => {
      const playlists = [2 * i, 2 * i + 1].map((pid) => ({
        pid,
        name: 'mine',
        tracks: [{ pos: 0, track_name: `Song ${pid}`, artist_name: 'Band', duration_ms: 1 }],
      }));
      const info = { slice: `${1000 * i}-${1000 * i + 999}` };
      return [`mpd.slice.${1000 * i}-${1000 * i + 999}.json`, JSON.stringify({ info, playlists })];
    }),
  );
  const { rows, rejected } = await gather(read([t.testdir({ data: slices })]));
  t.same(rejected, []);
  t.same(
    new Set(rows.map(([pid, title]) => `${pid} ${title}`)),
    new Set(Array.from({ length: 24 }, (_, pid) => `${pid} Song ${pid}`)),
  );
});

t.test('leaving, an error and an abort close the file', { skip: noProc }, async (t) => {
  const table = `pid,title\n${'1,a song\n'.repeat(100_000)}`;
  const openFiles = (): number => readdirSync('/proc/self/fd').length;
  for (const [name, content] of Object.entries({
    'many.csv': Buffer.from(table),
    'many.csv.gz': gzipSync(table),
    'many.csv.zst': zstdCompressSync(table),
  })) {
    const path = file(name, content);
    const before = openFiles();
    for await (const batch of read([path])) {
      t.equal(batch.read, 4096);
      t.equal(openFiles(), before + 1, 'open while it is read');
      break;
    }
    t.equal(openFiles(), before, 'left');
    await t.rejects(gather(read([path], { columns: { item: 'none' } })), {
      code: 'column-missing',
    });
    t.equal(openFiles(), before, 'refused');
    const controller = new AbortController();
    const reason = new Error('enough');
    const reading = read([path], { signal: controller.signal });
    await reading.next();
    controller.abort(reason);
    await t.rejects(gather(reading), reason);
    t.equal(openFiles(), before, 'aborted');
    t.equal((await gather(read([path]))).read, 100_000);
    t.equal(openFiles(), before, 'read to the end');
  }
  mkdirSync(join(folder, 'folder'));
  await t.rejects(recognise(join(folder, 'folder')), { code: 'dataset-missing' });
  await t.rejects(recognise(join(folder, 'none')), { code: 'dataset-missing' });
});

t.test('a volume that fails just now is no data set that is not there', async (t) => {
  const folder = t.testdir({});
  // Reading the first page of one's own memory is EIO.
  for (const ending of ['csv', 'dat', 'json', 'parquet', 'arrow']) {
    const path = join(folder, `failing.${ending}`);
    symlinkSync('/proc/self/mem', path);
    await t.rejects(gather(read([path])), { code: 'store-unusable', status: 503, message: /EIO/ });
  }
});

const playlists = '../shared/data/playlists';
const real: [path: string, rows: number, playlists: number][] = [
  ['playlist-sample-ds1.csv', 21_761, 500],
  ['playlist-sample-ds2.csv', 22_355, 500],
  ['mpd_sample_1000/train', 49_393, 800],
  ['mpd_sample_1000/test', 12_368, 200],
];
for (const [name, rows, count] of real) {
  const path = join(playlists, name);
  const skip = existsSync(path) ? false : 'skipped: no shared data';
  t.test(`${name} has ${rows} rows of ${count} playlists`, { skip }, async (t) => {
    const all = await gather(read([path]));
    t.strictSame(all.rejected, []);
    t.equal(all.rows.length, rows);
    t.equal(new Set(all.rows.map(([id]) => id)).size, count);
  });
}
