import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { keepAsking, root, startSegue } from './segue.ts';

/**
 * What a person does with Segue, from outside: three processes are started, data sets uploaded,
 * songs asked for. The real data is two states of one collection of playlists.
 */
const real = join(root, '../shared/data/playlists');

/** Real data where there is some, else what the generator makes. */
function dataSets(t: Test): [string, string] {
  const [one, other] = ['ds1', 'ds2'].map((name) => join(real, `playlist-sample-${name}.csv`));
  if (existsSync(one)) return [one, other];
  t.comment('skipped: no shared data; generated data takes its place');
  const made = join(t.testdir({}), 'made.csv');
  const generator = [join(root, 'datasets/generate.ts'), '--playlists', '500', '--seed', '7'];
  writeFileSync(made, execFileSync(process.execPath, generator));
  return [join(root, 'datasets/sample.csv.gz'), made];
}

/** A request loop counts only when it asked at least this often. */
const leastRequests = 100;

t.test('uploads change the answers, and no request fails', async (t) => {
  const [one, other] = dataSets(t);
  const segue = await startSegue(t);

  t.equal((await segue.ask('Yesterday')).status, 503, 'there is no model before the first upload');
  t.equal((await fetch(`${segue.recommend}/readyz`)).status, 200, 'an empty store is no failure');

  const first = await segue.upload(basename(one), one);
  t.equal(first.outcome, 'published');
  await segue.untilServed('1');
  const answer1 = await segue.recommendations('Yesterday');
  t.equal(answer1.fallback, undefined, 'a rule fires');
  for (const { because } of answer1.recommendations) {
    t.ok(because.length > 0 && because.length <= 3, 'each song has its reasons');
  }

  const load = keepAsking(segue.recommend, 'Yesterday');
  const second = await segue.upload(basename(other), other);
  t.equal(second.outcome, 'published');
  await segue.untilServed('2');
  const answer2 = await segue.recommendations('Yesterday');
  t.notSame(answer2.songs, answer1.songs, 'a new data set changes the answers');

  const again = await segue.upload(basename(one), one);
  t.equal(again.outcome, 'again');
  t.notOk(
    again.steps.some(({ step }) => step === 'fit'),
    'nothing is trained twice',
  );
  await segue.untilServed('1');
  t.same(await segue.recommendations('Yesterday'), answer1, 'its answers are back');

  const activated = await segue.operate<{ version: string }>('POST', '/models/2/activate');
  t.equal(activated.version, '2');
  await segue.untilServed('2');
  t.same(await segue.recommendations('Yesterday'), answer2, 'so they are after a rollback');

  const { asked, statuses, versions } = await load.stop();
  t.comment(`${asked} requests while models changed`);
  t.ok(asked >= leastRequests, `at least ${leastRequests} requests were made`);
  t.same([...statuses], [200], 'no request failed');
  t.same([...versions].sort(), ['1', '2'], 'every answer is of one version or the other');

  const { models } = await segue.operate<{ models: unknown }>('GET', '/models');
  t.match(models, [
    { version: '2', serving: true },
    { version: '1', serving: false },
  ]);
  t.equal(await segue.stop(), 0, 'Ctrl-C ends everything cleanly');
});

t.test('an upload that can never work is refused and changes nothing', async (t) => {
  const segue = await startSegue(t);
  const answer = await segue.put('bad.csv', 'colour,size\nred,4\n');
  t.equal(answer.status, 422);
  t.match(await answer.json(), { code: 'column-missing', status: 422 });
  t.match(await segue.operate('GET', '/datasets'), { datasets: [] });
  t.equal((await segue.ask('Yesterday')).status, 503);
  t.equal(await segue.stop(), 0);
});
