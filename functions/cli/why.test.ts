import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { documents, segue } from './sample.ts';

const rows = [
  ...['1,A,X', '1,B,Y', '1,C,X', '2,A,X', '2,B,Y', '2,C,X', '3,A,X', '3,D,Z', '4,E,X', '4,C,X'],
];
const folder = t.testdir({ 'mine.csv': `pid,track_name,artist_name\n${rows.join('\n')}\n` });
const store = join(folder, 'store');
const data = join(folder, 'mine.csv');

t.test('reasons are counted anew from the playlists, and hold', async (t) => {
  t.equal((await segue(['train', data, '--store', store])).code, 0);
  const asked = ['why', 'A', '--for', 'C', '--store', store, '--data', data];
  const { code, stdout } = await segue(asked);
  t.equal(code, 0);
  t.match(stdout, /^C - X, by version 1:\n/);
  t.match(stdout, /2 of 3 playlists with A - X: holds\n/);
  t.match(stdout, /3 of 4 playlists with X: holds\n/);

  const other = join(folder, 'other.csv');
  writeFileSync(other, `pid,track_name,artist_name\n${rows.slice(3).join('\n')}\n`);
  const wrong = await segue([...asked.slice(0, -1), other, '--json']);
  t.equal(wrong.code, 65);
  t.match((await segue([...asked.slice(0, -1), other])).stdout, /A - X: does not hold, 1 of 2\n/);
  const [{ reasons }] = documents<{ reasons: { holds: boolean; recounted: object }[] }>(
    wrong.stdout,
  );
  t.match(
    reasons.find(({ recounted }) => (recounted as { given: number }).given === 2),
    { holds: false, together: 2, given: 3, recounted: { together: 1, given: 2 } },
  );
});

t.test('an answer is had again by the digest that it carries', async (t) => {
  const ask = async (...more: string[]) =>
    documents<{ snapshot: string }>(
      (await segue(['recommend', 'A', '--json', '--store', store, ...more])).stdout,
    )[0];
  const answer = await ask();
  t.match(answer.snapshot, /^[0-9a-f]{64}$/);
  t.strictSame(await ask('--snapshot', answer.snapshot), answer);
});

t.test('what no rule leads to has no reason', async (t) => {
  const asked = ['--store', store, '--data', data];
  const nothing = await segue(['why', 'D', '--for', 'E', ...asked]);
  t.equal(nothing.code, 64);
  t.match(nothing.stderr, /No rule leads/);
  t.equal((await segue(['why', 'A', '--for', 'xyzzy', ...asked])).code, 66);
});
