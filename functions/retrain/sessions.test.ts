import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import fc from 'fast-check';
import t from 'tap';
import { parse, read } from './read/read.ts';
import { emptyBatch, type RowBatch } from './read/row.ts';
import { bytesOf, gather, gatherContent } from './read/sample.ts';
import { tabulate } from './table.ts';
import { toTransactions } from './transactions.ts';

const minute = 60_000;

/** Sessions of a text, as ids with the titles of their songs in the order heard. */
async function sessionsOf(name: string, text: string, sessionGapMs = 30 * minute) {
  const tables = await tabulate(parse(name, bytesOf(text), {}, true), { sessionGapMs });
  return listed(tables);
}

function listed({ playlists, songs, pairs }: Awaited<ReturnType<typeof tabulate>>) {
  const titles = songs.array('title') as string[];
  const ids = playlists.array('id') as string[];
  const sessions: Record<string, string[]> = Object.fromEntries(ids.map((id) => [id, []]));
  const playlistOf = pairs.array('playlist');
  const songOf = pairs.array('song');
  for (let row = 0; row < pairs.numRows(); row++) {
    sessions[ids[playlistOf[row]]].push(titles[songOf[row]]);
  }
  return sessions;
}

t.test('a table of listens, newest first as Last.fm gives it', async (t) => {
  const text = [
    'userid\ttimestamp\tartname\ttraname',
    'u1\t2009-05-04T23:31:00Z\tA\tlater',
    'u1\t2009-05-04T23:00:01Z\tA\tsecond',
    'u2\t2009-05-04T23:00:00Z\tA\tother',
    'u1\t2009-05-04T22:31:00Z\tA\tfirst',
  ].join('\n');
  const columns = { item: 'traname', artist: 'artname' };
  const batches = parse('listens.tsv', bytesOf(text), columns, true);
  t.same(listed(await tabulate(batches, { sessionGapMs: 30 * minute })), {
    'u1@2009-05-04T22:31:00.000Z': ['first', 'second'],
    'u1@2009-05-04T23:31:00.000Z': ['later'],
    'u2@2009-05-04T23:00:00.000Z': ['other'],
  });
});

t.test(
  'listens of ListenBrainz, by line or as its export, with a gap that just holds',
  async (t) => {
    const listen = (listened_at: number, track_name: string, user_name?: string) => ({
      ...{ user_name, listened_at },
      track_metadata: { track_name, artist_name: 'Band', additional_info: {} },
    });
    const begin = 1_700_000_000;
    const lines = [
      listen(begin, 'a', 'u'),
      listen(begin + 1800, 'b', 'u'),
      listen(begin + 3601, 'c', 'u'),
    ];
    const first = `@${new Date(begin * 1000).toISOString()}`;
    const second = `@${new Date((begin + 3601) * 1000).toISOString()}`;
    t.same(
      await sessionsOf('listens.ndjson', lines.map((line) => JSON.stringify(line)).join('\n')),
      {
        [`u${first}`]: ['a', 'b'],
        [`u${second}`]: ['c'],
      },
    );
    // The export is of one listener, and does not say of whom.
    const mine = lines.map(({ user_name, ...rest }) => rest);
    t.same(await sessionsOf('mine.json', JSON.stringify(mine)), {
      [`mine.json${first}`]: ['a', 'b'],
      [`mine.json${second}`]: ['c'],
    });
  },
);

t.test('without a gap a listener is one playlist', async (t) => {
  const lines = [
    { user_name: 'u', track_metadata: { track_name: 'a', artist_name: 'A' } },
    { user: 'u', track_name: 'b', playcount: 3 },
    { user: 'u', track_name: 'c', playcount: 0 },
    { track_name: 'd' },
    { name: 'a playlist without songs', pid: 1 },
  ];
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  const { rows, rejected } = await gatherContent('a.ndjson', text);
  t.same(rows, [
    ['u', 'a', 'A'],
    ['u', 'b', ''],
  ]);
  t.same(
    rejected.map(({ reason }) => reason),
    ['count', 'transaction-empty', 'tracks'],
  );
  const table = 'user,song,plays\nu,a,2\nu,b,0\nu,c,\nu,d,often\n';
  const told = await gatherContent('a.csv', table);
  t.same(
    told.rows.map(([, title]) => title),
    ['a', 'c'],
  );
  t.same(
    told.rejected.map(({ reason }) => reason),
    ['count', 'count'],
  );
});

t.test('times are understood as people and machines write them', async (t) => {
  for (const [written, read] of [
    ['1700000000', 1_700_000_000_000],
    ['1700000000.5', 1_700_000_000_500],
    ['1700000000123', 1_700_000_000_123],
    ['2023-11-14T22:13:20Z', 1_700_000_000_000],
    ['2023-11-14 22:13:20', 1_700_000_000_000],
    ['2023-11-14 22:13', 1_699_999_980_000],
    ['2023-11-15T00:13:20+02:00', 1_700_000_000_000],
    ['14 Nov 2023 22:13:20 GMT', 1_700_000_000_000],
  ] as const) {
    const text = `user;song;time\nu;a;${written}\n`;
    for await (const batch of parse('a.csv', bytesOf(text), {}, true)) {
      t.same(batch.times, [read], written);
    }
  }
  const wrong = 'user,song,time\nu,a,yesterday\nu,b,\n';
  const { rejected } = await gather(parse('a.csv', bytesOf(wrong), {}, true));
  t.same(
    rejected.map(({ reason }) => reason),
    ['time', 'time'],
  );
});

t.test('a time that is needed and not there is said', async (t) => {
  for (const [name, text] of [
    ['a.csv', 'user,song\nu,a\n'],
    ['a.dat', '1 2\n'],
    ['a.basket', 'a,b\n'],
  ]) {
    await t.rejects(gather(parse(name, bytesOf(text), {}, true)), { code: 'column-missing' });
  }
  const { rejected } = await gather(parse('a.json', bytesOf('[["a"]]'), {}, true));
  t.match(rejected, [{ reason: 'time' }]);
  const arrow = join(t.testdir({}), 'a.arrow');
  const rows = { user: ['u', 'u'], song: ['a', 'b'], ts: Float64Array.of(0, 1e6) };
  writeFileSync(arrow, tableToIPC(tableFromArrays(rows), 'file'));
  const tables = await tabulate(read([arrow], { timed: true }), { sessionGapMs: minute });
  t.equal(tables.playlists.numRows(), 2);
  t.same((await gather(read([arrow]))).rows.length, 2);
});

t.test('sessions part what each listener heard, wherever the gap is longer', async () => {
  const anyRow = fc.tuple(fc.constantFrom('u', 'v'), fc.nat(5), fc.nat(40));
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRow, { minLength: 1, maxLength: 40 }),
      fc.nat(6),
      async (rows, gap) => {
        async function* batches(): AsyncGenerator<RowBatch> {
          yield {
            ...emptyBatch('a'),
            read: rows.length,
            transactions: rows.map(([user]) => user),
            titles: rows.map(([, song]) => `S${song}`),
            artists: rows.map(() => ''),
            times: rows.map(([, , time]) => time),
          };
        }
        const tables = await tabulate(batches(), { sessionGapMs: gap });
        const expected: Record<string, string[]> = {};
        for (const user of ['u', 'v']) {
          let last = -Infinity;
          let id = '';
          for (const [, song, time] of rows
            .filter(([one]) => one === user)
            .sort(([, , a], [, , b]) => a - b)) {
            if (time - last > gap) id = `${user}@${new Date(time).toISOString()}`;
            expected[id] ??= [];
            expected[id].push(`S${song}`);
            last = time;
          }
        }
        assert.deepEqual(listed(tables), expected);
        assert.equal((await toTransactions(tables)).ids.length, Object.keys(expected).length);
      },
    ),
    { numRuns: 50 },
  );
});
