import t from 'tap';
import { counted, duration, grouped, size, songLine } from './output.ts';

t.test('numbers are written for people', async (t) => {
  t.equal(grouped(1234567), '1,234,567');
  t.equal(counted(0, 'rule'), '0 rules');
  t.equal(counted(1, 'rule'), '1 rule');
  t.equal(counted(1000, 'rule'), '1,000 rules');
  t.equal(duration(0.4), '0 ms');
  t.equal(duration(999.4), '999 ms');
  t.equal(duration(1000), '1.0 s');
  t.equal(duration(61_240), '61.2 s');
  for (const [bytes, expected] of [
    [0, '0 bytes'],
    [1, '1 byte'],
    [1023, '1023 bytes'],
    [1024, '1.0 KiB'],
    [1.5 * 2 ** 20, '1.5 MiB'],
    [2 ** 40, '1024.0 GiB'],
  ] as const) {
    t.equal(size(bytes), expected);
  }
});

t.test('a song without an artist is its title', async (t) => {
  t.equal(songLine('Yesterday', 'The Beatles'), 'Yesterday - The Beatles');
  t.equal(songLine('Yesterday', ''), 'Yesterday');
});
