import fc from 'fast-check';
import t from 'tap';
import { parse } from './read.ts';
import { anyRows, bytesOf, gather, gatherContent, playlistsOf } from './sample.ts';

t.test('playlists of a document come back as rows, however it is written', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      anyRows,
      fc.constantFrom(undefined, 2),
      fc.boolean(),
      fc.integer({ min: 1, max: 64 }),
      async (rows, indent, bare, chunkBytes) => {
        const playlists = playlistsOf(rows);
        const info = { slice: '0-9', '["playlists":[': [[1], { playlists: [2] }] };
        const json = JSON.stringify(bare ? playlists : { info, playlists, more: [] }, null, indent);
        const { rejected, ...read } = await gatherContent('a.json', json, chunkBytes);
        t.strictSame(rejected, []);
        t.strictSame(read, { read: rows.length, rows });
      },
    ),
  );
});

t.test('a document that was changed is read or refused, never read in part', async (t) => {
  const whole = JSON.stringify({
    info: [{ a: 1 }],
    playlists: [
      { pid: 1, tracks: ['a', 'b'] },
      { pid: 2, tracks: [{ title: 'c "d" \\' }] },
    ],
  });
  await fc.assert(
    fc.asyncProperty(
      fc.nat(whole.length),
      fc.nat(3),
      fc.string({ unit: fc.constantFrom(...'[]{},:"\\1 '), maxLength: 3 }),
      async (at, removed, added) => {
        const changed = whole.slice(0, at) + added + whole.slice(at + removed);
        let value: unknown;
        try {
          value = JSON.parse(changed);
        } catch {
          await t.rejects(gatherContent('a.json', changed), { code: 'dataset-corrupt' });
          return;
        }
        if (!Array.isArray((value as { playlists?: unknown }).playlists)) return;
        const { read } = await gatherContent('a.json', changed);
        t.ok(read > 0);
      },
    ),
    { numRuns: 300 },
  );
});

t.test('what is no playlist with a song is a rejected row', async (t) => {
  const json = JSON.stringify([
    { pid: 1, tracks: [] },
    { pid: 2 },
    { pid: 3, tracks: 'no array' },
    4,
    null,
    { pid: 6, tracks: ['good', null, { artist: 'only' }, ['a', 'b']] },
    { pid: '', tracks: ['no id'] },
    { pid: 2 ** 53, tracks: ['inexact'] },
    { pid: 1.5, songs: [{ title: '\ud800 lone' }] },
    { tracks: [{ song: 7, artists: ['A', 'B'] }] },
    ['a list alone'],
  ]);
  const { rows, rejected, read } = await gatherContent('a.json', json);
  t.equal(read, rows.length + rejected.length);
  t.strictSame(rows, [
    ['6', 'good', ''],
    ['6', 'a, b', ''],
    ['a.json:10', '7', 'A, B'],
    ['a.json:11', 'a list alone', ''],
  ]);
  t.strictSame(
    rejected.map(({ line, reason }) => [line, reason]),
    [
      [1, 'tracks'],
      [2, 'tracks'],
      [3, 'tracks'],
      [4, 'tracks'],
      [5, 'tracks'],
      [6, 'title-empty'],
      [6, 'title-empty'],
      [7, 'transaction-empty'],
      [8, 'transaction-inexact'],
      [9, 'encoding'],
    ],
  );
  t.equal(rejected[1]?.row, '{"pid":2}');
});

t.test('keys of objects that every object has are names like any other', async (t) => {
  const json =
    '[{"__proto__": {"pid": 1, "tracks": ["a"]}}, {"pid": 2, "tracks": [{"constructor": "x"}]}]';
  const { rows, rejected } = await gatherContent('a.json', json);
  t.strictSame(rows, []);
  t.equal(rejected.length, 2);
  const columns = { transaction: '__proto__', item: 'constructor', artist: 'toString' };
  const own = '[{"__proto__": 1, "tracks": [{"constructor": "x"}]}, {"tracks": ["y"]}]';
  const named = await gatherContent('a.json', own, undefined, columns);
  t.strictSame(named.rows, [['1', 'x', '']]);
  t.match(named.rejected, [{ line: 2, reason: 'transaction-empty' }]);
});

t.test('an empty list has no rows', async (t) => {
  for (const json of ['[]', ' [ ] ', '{"playlists" : [\n] }']) {
    t.strictSame(await gatherContent('a.json', json), { read: 0, rows: [], rejected: [] });
  }
});

t.test('a document that is not right is refused with the place', async (t) => {
  const wrong: [json: string, reason: RegExp][] = [
    ['[{"tracks": ["a"]}, {"tracks": ["b"', /ends within playlist 2/],
    ['[{"tracks": ["a"]}, {"tracks" ["b"]}]', /playlist 2 is not valid JSON .*position/],
    ['[{"tracks": ["a"]},]', /playlist 2 is not valid JSON/],
    ['[,]', /playlist 1 is not valid JSON/],
    ['{"playlists": [["a"]]', /the document is not valid JSON/],
    ['{"playlists": [["a"]}', /the document is not valid JSON/],
    ['[["a"]] []', /the document is not valid JSON/],
    ['{"tracks":\n["a"]}', /neither an array nor an object/],
    ['{"playlists": {}}', /neither an array nor an object/],
  ];
  for (const [json, message] of wrong) {
    await t.rejects(gatherContent('a.json', json), { code: 'dataset-corrupt', message }, json);
  }
});

t.test('more than 4,096 rows are more than one batch', async (t) => {
  const json = JSON.stringify(Array.from({ length: 5000 }, (_, pid) => ({ pid, tracks: ['a'] })));
  async function* bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    yield Buffer.from(json);
  }
  const sizes: number[] = [];
  for await (const { read } of parse('a.json', bytes(), {})) sizes.push(read);
  t.strictSame(sizes, [4096, 904]);
});

t.test('memory is bounded: a part that does not end is refused', async (t) => {
  const endless = async function* (start: string): AsyncGenerator<Uint8Array, void, undefined> {
    yield Buffer.from(start);
    const megabyte = Buffer.alloc(1 << 20, 'x');
    for (let i = 0; i < 40; i++) yield megabyte;
  };
  const wrong: [name: string, start: string, message: RegExp][] = [
    ['a.json', '["', /playlist 1 is longer than 16777216 characters/],
    ['a.json', '{"', /what stands around the playlists is longer than/],
    ['a.ndjson', '1\n2\n"', /line 3 is longer than/],
  ];
  for (const [name, start, message] of wrong) {
    const reading = gather(parse(name, endless(start), {}));
    await t.rejects(reading, { code: 'dataset-corrupt', message });
  }
});

t.test('listens whose keys a person names', async (t) => {
  const columns = { transaction: 'who', item: 'what', count: 'times', time: 'at' };
  const json = JSON.stringify([
    { who: 'u', track_metadata: { what: 'a' }, times: 2, at: 1_700_000_000 },
    { who: 'v', track_metadata: { what: 'b' }, times: 0, at: 1_700_000_000 },
  ]);
  const timed = await gather(parse('a.json', bytesOf(json), columns, true));
  t.strictSame(timed.rows, [['u', 'a', '']]);
  t.match(timed.rejected, [{ line: 2 }]);
});
