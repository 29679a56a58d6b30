import fc from 'fast-check';
import t from 'tap';
import { anyRows, gatherContent, playlistsOf } from './sample.ts';

t.test('playlists by line come back as rows', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      anyRows,
      fc.constantFrom('\n', '\r\n', '\n\n'),
      fc.integer({ min: 1, max: 64 }),
      async (rows, newline, chunkBytes) => {
        const text = playlistsOf(rows)
          .map((playlist) => JSON.stringify(playlist))
          .join(newline);
        const { rejected, ...read } = await gatherContent('a.ndjson', text, chunkBytes);
        t.strictSame(rejected, []);
        t.strictSame(read, { read: rows.length, rows });
      },
    ),
  );
});

t.test('the shapes of a line', async (t) => {
  const text = [
    '{"id": 1, "songs": ["a", {"track": "b", "artist": "B"}]}',
    '',
    '{"playlist_id": "two", "items": [{"title": "c"}]}',
    'no JSON',
    '["d", {"track_name": "e", "artist_name": "E"}]',
    '[{"pid": 3, "tracks": ["f"]}, {"pid": 4, "tracks": ["g"]}]',
    '{"tracks": ["h"]}',
    '{"pid": 5',
    '"text"',
  ].join('\n');
  const { rows, rejected } = await gatherContent('a.jsonl', text);
  t.strictSame(rows, [
    ['1', 'a', ''],
    ['1', 'b', 'B'],
    ['two', 'c', ''],
    ['a.jsonl:5', 'd', ''],
    ['a.jsonl:5', 'e', 'E'],
    ['3', 'f', ''],
    ['4', 'g', ''],
    ['a.jsonl:7', 'h', ''],
  ]);
  t.strictSame(
    rejected.map(({ line, reason, row }) => [line, reason, row]),
    [
      [4, 'json', 'no JSON'],
      [8, 'json', '{"pid": 5'],
      [9, 'tracks', 'text'],
    ],
  );
});

t.test('whatever stands in the lines, each that is not blank is at least one row', async (t) => {
  const line = fc.oneof(fc.string({ maxLength: 20 }), fc.json({ maxDepth: 2 }));
  await fc.assert(
    fc.asyncProperty(fc.array(line), async (some) => {
      const text = some.map((one) => one.replace(/[\r\n]/g, ' '));
      const filled = text.filter((one) => one.trim() !== '').length;
      const { read } = await gatherContent('a.ndjson', text.join('\n'));
      t.ok(read >= filled, `${read} of ${filled}`);
    }),
  );
});

t.test('more than 4,096 rows are all read', async (t) => {
  const text = '["a", "b"]\n'.repeat(5000);
  t.equal((await gatherContent('a.ndjson', text)).read, 10_000);
});
