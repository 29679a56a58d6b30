import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { keepAsking, root, startSegue } from './segue.ts';

/**
 * What a person does with Segue, from outside: three processes are started, data sets uploaded,
 * songs asked for. The real data is two states of one collection of playlists.
 */
const real = join(root, '../shared/data/playlists');
const realData = existsSync(real) ? {} : { skip: 'skipped: no shared data' };

/** A request loop counts only when it asked at least this often. */
const leastRequests = 100;

t.test('uploads change the answers, and no request fails', realData, async (t) => {
  const segue = await startSegue(t);

  t.equal((await segue.ask('Yesterday')).status, 503, 'there is no model before the first upload');
  t.equal((await fetch(`${segue.recommend}/readyz`)).status, 200, 'an empty store is no failure');

  const first = await segue.upload('ds1.csv', join(real, 'playlist-sample-ds1.csv'));
  t.equal(first.outcome, 'published');
  await segue.untilServed('1');
  const answer1 = await segue.recommendations('Yesterday');
  t.equal(answer1.fallback, undefined, 'a rule fires');
  for (const { because } of answer1.recommendations) {
    t.ok(because.length > 0 && because.length <= 3, 'each song has its reasons');
  }

  const load = keepAsking(segue.recommend, 'Yesterday');
  const second = await segue.upload('ds2.csv', join(real, 'playlist-sample-ds2.csv'));
  t.equal(second.outcome, 'published');
  await segue.untilServed('2');
  const answer2 = await segue.recommendations('Yesterday');
  t.notSame(answer2.songs, answer1.songs, 'a new data set changes the answers');

  const again = await segue.upload('ds1.csv', join(real, 'playlist-sample-ds1.csv'));
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
