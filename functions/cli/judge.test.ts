import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { type Figures, figuresIn, judge, worseByChance } from './judge.ts';
import { segue } from './sample.ts';

/** Enough playlists to hold some out. */
const sample = `pid,track_name\n${Array.from({ length: 4000 }, (_, i) => `${i % 400},song ${(i * 7) % 90}\n`).join('')}`;

const good: Figures = {
  ...{ requests: 1000, errors: 0, p99Seconds: 0.005 },
  ...{ answers: 1000, withoutRule: 100 },
};

/** What /metrics would say. */
function metrics({ requests, errors, withoutRule, answers }: Figures): string {
  const series = (status: number, count: number) =>
    [
      `segue_http_request_seconds_bucket{le="0.005",method="POST",route="/api/recommend",status="${status}"} ${count - 5}`,
      `segue_http_request_seconds_bucket{le="+Inf",method="POST",route="/api/recommend",status="${status}"} ${count}`,
      `segue_http_request_seconds_count{method="POST",route="/api/recommend",status="${status}"} ${count}`,
    ].join('\n');
  return [
    '# HELP segue_http_request_seconds Time to answer a request',
    series(200, requests - errors),
    ...(errors > 0 ? [series(503, errors)] : []),
    'segue_http_request_seconds_count{method="GET",route="/healthz",status="200"} 77',
    `segue_recommendations_total{basis="rules"} ${answers - withoutRule}`,
    `segue_recommendations_total{basis="popular"} ${withoutRule}`,
    'segue_unmatched_songs_total 3',
  ].join('\n');
}

t.test('figures are read from the text of /metrics', async (t) => {
  t.same(figuresIn(metrics(good)), good);
  t.match(figuresIn(metrics({ ...good, errors: 20 })), { requests: 1000, errors: 20 });
  t.match(figuresIn(''), { requests: 0, p99Seconds: 0 });
});

t.test('a trial is judged by errors, answers without a rule, and latency', async (t) => {
  const cases: [string, Partial<Figures>, string][] = [
    ['nothing differs', {}, 'promote'],
    ['better', { withoutRule: 50 }, 'promote'],
    ['a difference that chance explains', { withoutRule: 110 }, 'promote'],
    ['more errors', { errors: 10 }, 'roll back'],
    ['more answers without a rule', { withoutRule: 150 }, 'roll back'],
    ['slower', { p99Seconds: 0.1 }, 'roll back'],
    ['slower where nobody notices', { p99Seconds: 0.02 }, 'promote'],
    ['too few requests', { requests: 199 }, 'wait'],
    ['no requests', { requests: 0, answers: 0, withoutRule: 0 }, 'wait'],
  ];
  for (const [what, changes, verdict] of cases) {
    t.equal(judge(good, { ...good, ...changes }).verdict, verdict, what);
  }
});

t.test('playlists that were played back count where they are enough', async (t) => {
  const replayed = { playlists: 200, stableHits: 100, canaryHits: 60, pValue: 1e-6 };
  const found = judge(good, good, replayed);
  t.equal(found.verdict, 'roll back');
  t.match(
    found.evidence.at(-1),
    /of 200 held-out playlists: 50.0 % stable, 30.0 % canary \(p = 0.0000010\)$/,
  );
  t.equal(judge(good, good, { ...replayed, pValue: 0.2 }).verdict, 'promote');
  const few = judge(good, good, { ...replayed, playlists: 99 });
  t.equal(few.verdict, 'promote');
  t.match(few.evidence.at(-1), /100 are needed$/);
  t.equal(judge(good, good, { ...replayed, playlists: 0 }).verdict, 'promote');
});

t.test('the test of two proportions agrees with tables of the normal distribution', async (t) => {
  // 10 of 100 against 20 of 100: z = 1.980, and 0.0239 above it.
  t.ok(Math.abs(worseByChance(10, 100, 20, 100) - 0.0239) < 1e-3);
  t.ok(Math.abs(worseByChance(20, 100, 10, 100) - 0.9761) < 1e-3);
  t.equal(worseByChance(50, 100, 50, 100).toFixed(6), '0.500000');
  t.equal(worseByChance(0, 100, 0, 100), 1);
});

t.test('segue canary judge asks both revisions and says what to do', async (t) => {
  const texts: Record<string, string> = {
    '/stable/metrics': metrics(good),
    '/canary/metrics': metrics({ ...good, errors: 100 }),
  };
  const server = createServer((request, response) => {
    const text = texts[request.url ?? ''];
    response.writeHead(text === undefined ? 404 : 200).end(text);
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = (canary: string, ...more: string[]) =>
    segue(['canary', 'judge', '--stable', `${address}/stable`, '--canary', canary, ...more]);
  const said = await ask(`${address}/canary`);
  t.equal(said.code, 0);
  t.match(
    said.stdout,
    /^roll back\n\nrequests: 1000 stable, 1000 canary\nerrors: 0.00 % stable, 10/,
  );
  t.match(JSON.parse((await ask(`${address}/canary`, '--json')).stdout), { verdict: 'roll back' });
  const folder = t.testdir({ 'mine.csv': sample });
  const cwd = { cwd: folder };
  const kept = join('datasets', createHash('sha256').update(sample).digest('hex'));
  mkdirSync(join(folder, kept), { recursive: true });
  writeFileSync(join(folder, kept, 'mine.csv'), sample);
  t.equal((await segue(['train', 'mine.csv', '--tuning-fits', '0'], cwd)).code, 0);
  const played = (...parameters: string[]) =>
    segue(
      ['canary', 'judge', '--stable', `${address}/stable`, '--canary', `${address}/stable`].concat(
        ['--data', 'mine.csv'],
        parameters,
      ),
      cwd,
    );
  t.match(
    (await played('--from', '1', '--to', '1')).stdout,
    /^promote\n(?:.*\n)*hidden song among the first ten of \d+ held-out playlists/,
  );
  writeFileSync(join(folder, 'few.csv'), 'pid,track_name\n1,A\n1,B\n');
  await segue(['train', 'few.csv', '--tuning-fits', '0', '--force'], cwd);
  t.match(await played('--from', '1', '--to', '2'), { stderr: /Version 2 has no judged model/ });
  writeFileSync(join(folder, 'mine.csv'), 'pid,track_name\n1,A\n1,\n');
  t.match(await played('--from', '1', '--to', '1'), { code: 65, stderr: /1 of 2 rows/ });
  t.match(await played(), { code: 64, stderr: /needs --from and --to/ });
  const own = await segue(
    ['canary', 'judge', '--stable', `${address}/stable`, '--canary', `${address}/stable`].concat([
      '--from',
      '1',
      '--to',
      '1',
    ]),
    { cwd: folder, environment: { DATASETS: join(folder, 'datasets') } },
  );
  t.match(own.stdout, /^promote\n(?:.*\n)*hidden song/, 'what the version was made from');
  t.match(await ask(`${address}/none`), { code: 75, stderr: /answers 404/ });
  t.match(await ask('http://127.0.0.1:1'), { code: 75 });
});
