import { parse } from 'csv-parse/sync';
import t from 'tap';
import { csv, m3u, plain } from './files.ts';

const songs = [
  { track: 'Hello, "World"', artist: 'A\nB' },
  { track: '#9 Dream', artist: 'John Lennon' },
  { track: '# only' },
];

t.test('CSV keeps every name as it is', async (t) => {
  const { name, text } = csv(songs);
  t.equal(name, 'playlist.csv');
  t.strictSame(parse(text, { columns: true }), [
    { position: '1', track_name: 'Hello, "World"', artist_name: 'A\nB' },
    { position: '2', track_name: '#9 Dream', artist_name: 'John Lennon' },
    { position: '3', track_name: '# only', artist_name: '' },
  ]);
});

t.test('M3U has an entry a song, and no name is taken for a comment', async (t) => {
  const lines = m3u(songs).text.trimEnd().split('\n');
  t.equal(lines[0], '#EXTM3U');
  t.strictSame(
    lines.filter((line) => !line.startsWith('#')),
    ['A B - Hello, "World"', 'John Lennon - #9 Dream', './# only'],
  );
  t.equal(lines.filter((line) => line.startsWith('#EXTINF:-1,')).length, 3);
});

t.test('text is a song a line', async (t) => {
  t.equal(plain(songs).text, 'Hello, "World" - A B\n#9 Dream - John Lennon\n# only\n');
});
