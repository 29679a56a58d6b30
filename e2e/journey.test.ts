import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { RecommendAnswer } from '../functions/recommend/schemas.ts';
import type { Run } from '../shared/runs.ts';

/**
 * What a person does with Segue, from outside: three processes are started, data sets uploaded,
 * songs asked for. The real data is two states of one collection of playlists.
 */
const root = join(import.meta.dirname, '..');
const real = join(root, '../shared/data/playlists');
const realData = existsSync(real) ? {} : { skip: 'skipped: no shared data' };
const token = 'a token for the journey';

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

  const { asked, failed, versions } = await load.stop();
  t.comment(`${asked} requests while models changed, ${failed.length} failed`);
  t.ok(asked >= leastRequests, `at least ${leastRequests} requests were made`);
  t.same(failed, [], 'no request failed');
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
  const answer = await fetch(`${segue.uploads}/datasets/bad.csv`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}` },
    body: 'colour,size\nred,4\n',
  });
  t.equal(answer.status, 422);
  t.match(await answer.json(), { code: 'column-missing', status: 422 });
  t.match(await segue.operate('GET', '/datasets'), { datasets: [] });
  t.equal((await segue.ask('Yesterday')).status, 503);
  t.equal(await segue.stop(), 0);
});

/** The three functions, as `make run` starts them, on free ports and an empty store. */
async function startSegue(t: Test) {
  const [port, retrainPort, uploadPort] = await freePorts(3);
  const child = spawn(
    process.execPath,
    [join(root, 'functions/cli.ts'), 'local', '--store', join(t.testdir({}), 'store')],
    {
      env: {
        ...process.env,
        PORT: String(port),
        RETRAIN_PORT: String(retrainPort),
        UPLOAD_PORT: String(uploadPort),
        UPLOAD_TOKEN: token,
        POLL_MS: '100',
        LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  t.teardown(() => child.kill());
  await untilSaid(child.stdout, 'Ctrl-C');
  const recommend = `http://127.0.0.1:${port}`;
  const uploads = `http://127.0.0.1:${uploadPort}`;
  const ask = (song: string) => askFor(recommend, song);
  const operate = async <Answer>(
    method: string,
    path: string,
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<Answer> => {
    const answer = await fetch(uploads + path, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body && { body }),
    });
    if (!answer.ok && answer.status !== 404) throw new Error(await answer.text());
    return (await answer.json()) as Answer;
  };
  return {
    recommend,
    uploads,
    ask,
    operate,
    recommendations: async (song: string) => (await ask(song)).json() as Promise<RecommendAnswer>,
    /** Uploads a file and follows the run to its end. */
    async upload(name: string, path: string): Promise<Run> {
      const bytes = Uint8Array.from(await readFile(path));
      const { run } = await operate<{ run: string }>('PUT', `/datasets/${name}`, bytes);
      return until(async () => {
        const record = await operate<Run>('GET', run);
        return record.outcome === undefined ? undefined : record;
      });
    },
    untilServed: (version: string) =>
      until(async () => {
        const answer = await fetch(`${recommend}/api/model`);
        const model = answer.ok ? ((await answer.json()) as { version: string }) : undefined;
        return model?.version === version ? model : undefined;
      }),
    stop: () => stop(child),
  };
}

function askFor(recommend: string, song: string): Promise<Response> {
  return fetch(`${recommend}/api/recommend`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ songs: [song] }),
  });
}

/** Asks without a pause until it is stopped. */
function keepAsking(recommend: string, song: string) {
  let asking = true;
  let asked = 0;
  const failed: string[] = [];
  const versions = new Set<string>();
  const loop = async () => {
    while (asking) {
      asked++;
      try {
        const answer = await askFor(recommend, song);
        if (answer.ok) versions.add(((await answer.json()) as RecommendAnswer).version);
        else failed.push(`${answer.status} ${await answer.text()}`);
      } catch (error) {
        failed.push(String(error));
      }
    }
  };
  const loops = [loop(), loop()];
  return {
    async stop() {
      asking = false;
      await Promise.all(loops);
      return { asked, failed, versions };
    },
  };
}

async function stop(child: ChildProcess): Promise<number> {
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  return code;
}

async function untilSaid(output: Readable, text: string): Promise<void> {
  let said = '';
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    said += chunk;
    if (said.includes(text)) break;
  }
  // What is said later is of no interest, but must not fill the pipe.
  output.resume();
}

/** Tries until there is a result; the runner's own timeout ends what never comes. */
async function until<Result>(attempt: () => Promise<Result | undefined>): Promise<Result> {
  for (;;) {
    const result = await attempt();
    if (result !== undefined) return result;
    await sleep(50);
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
