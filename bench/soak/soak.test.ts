import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { playlists, snapshotOf } from '../../functions/recommend/sample.ts';
import { startServer } from '../floods/server.ts';
import { drawRequests } from '../serving/requests.ts';
import { lineThrough } from './line.ts';
import { soak } from './run.ts';

t.test('nobody is refused while models come and go, and nothing is left open', async (t) => {
  const store = join(t.testdir({}), 'store');
  await mkdir(store);
  // A machine that is busy with other tests makes nobody wait too long.
  const patient = { POLL_MS: '50', MAX_WAIT_MS: '60000' };
  const server = await startServer('recommend', { STORE: store, ...patient });
  t.teardown(() => server.stop());
  const models = [await snapshotOf(playlists), await snapshotOf([...playlists, ['New - X']])];
  const requests = drawRequests(models[0], { count: 20, sizes: [1, 3], seed: 1 });
  const found = await soak(server, store, models, requests, {
    ...{ seconds: 3, warmUpSeconds: 0, measureSeconds: 1, share: 0.3, leastPerSecond: 10 },
    ...{ connections: 8, mostConnections: 32, publishEveryMs: 1_500, graceMs: 500 },
    mostGrowth: 2 ** 28,
  });
  t.comment(JSON.stringify(found));
  t.ok(found.published >= 1 && found.served >= 1 && found.pruned >= 1);
  t.equal(await server.stop(), 0);
});

t.test(
  'a line through points that lie on one is that one, and its error tells of those beside it',
  async (t) => {
    const on = lineThrough([1, 2, 3, 4].map((x) => [x, 5 * x - 2]));
    t.strictSame(on, { slope: 5, slopeError: 0, mean: 10.5 });
    // Slope 3/5; residuals 0.3, -0.9, 0.9, -0.3 square to 1.8, over 2 degrees and 5 of x: 0.18.
    const beside = lineThrough([
      [0, 0],
      [1, -0.6],
      [2, 1.8],
      [3, 1.2],
    ]);
    t.ok(Math.abs(beside.slope - 0.6) < 1e-12);
    t.ok(Math.abs(beside.slopeError - 2 * Math.sqrt(0.18)) < 1e-9);
  },
);
