import t from 'tap';
import { type Columns, recogniseColumns } from './columns.ts';

const cases: [header: string, given: Columns, names: (string | undefined)[]][] = [
  [
    'pid,name,album_name,artist_name,duration_ms,track_name',
    {},
    ['pid', 'track_name', 'artist_name'],
  ],
  ['PlaylistId,Track Name,Artist-Name', {}, ['PlaylistId', 'Track Name', 'Artist-Name']],
  ['user_id,"artistname",trackname,playlistname', {}, ['playlistname', 'trackname', undefined]],
  ['user,playlist_id,title', {}, ['playlist_id', 'title', undefined]],
  ['InvoiceNo,StockCode,Description', {}, ['InvoiceNo', 'StockCode', undefined]],
  ['track_uri,tid,name', {}, ['tid', 'name', undefined]],
  ['name,tid', {}, ['tid', 'name', undefined]],
  ['pid,name,track_uri', {}, ['pid', 'track_uri', undefined]],
  ['playlist_id,track_id,name', {}, ['playlist_id', 'name', undefined]],
  ['basket,what,who', { item: 'what', artist: 'WHO' }, ['basket', 'what', 'who']],
  ['playlist,user,song', { item: 'playlist' }, ['user', 'playlist', undefined]],
  ['A,a,song', { transaction: 'a' }, ['a', 'song', undefined]],
];

t.test('columns are recognised by name', (t) => {
  for (const [line, given, names] of cases) {
    const header = line.split(',');
    const { transaction, item, artist } = recogniseColumns('a.csv', header, given);
    t.strictSame([header[transaction], header[item], header[artist]], names, line);
  }
  t.end();
});

t.test('what is missing is said, and what there is', (t) => {
  const missing: [header: string, given: Columns, role: string][] = [
    ['title,artist', {}, 'transaction'],
    ['pid,name', {}, 'item'],
    ['pid,title', { item: 'song' }, 'item'],
    ['pid,title', { artist: 'artist' }, 'artist'],
    ['pid,title', { transaction: 'id' }, 'transaction'],
  ];
  for (const [line, given, role] of missing) {
    const header = line.split(',');
    const message = new RegExp(
      `a\\.csv has no column for the ${role} among "${header.join('", "')}"`,
    );
    t.throws(() => recogniseColumns('a.csv', header, given), { code: 'column-missing', message });
  }
  t.end();
});
