import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecommendAnswer } from '../functions/recommend/schemas.ts';
import type { Run } from '../shared/runs.ts';

/** The checkout. */
export const root = join(import.meta.dirname, '..');

/** What upload asks for. */
export const token = 'a token for the journey';

/**
 * The three functions, as `make run` starts them, on free ports and an empty store.
 * @param shell The shell's source or its bundle.
 * @param environment Settings besides those that every test has.
 */
export async function startSegue(
  t: { teardown(end: () => Promise<unknown>): void },
  shell = join(root, 'functions/cli.ts'),
  environment: NodeJS.ProcessEnv = {},
) {
  const [port, retrainPort, uploadPort] = await freePorts(3);
  const folder = await mkdtemp(join(tmpdir(), 'segue-'));
  const child = spawn(
    process.execPath,
    [shell, 'local', '--store', join(folder, 'store'), '--song', 'Yesterday'],
    {
      env: {
        ...process.env,
        PORT: String(port),
        RETRAIN_PORT: String(retrainPort),
        UPLOAD_PORT: String(uploadPort),
        UPLOAD_TOKEN: token,
        POLL_MS: '100',
        LOG_LEVEL: 'error',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  t.teardown(async () => {
    child.kill();
    await rm(folder, { recursive: true });
  });
  const output = await untilSaid(child.stdout, 'Ctrl-C');
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
    return (await answer.json()) as Answer;
  };
  return {
    recommend,
    uploads,

    /** Asks for one song. */
    ask,
    /** Asks upload, with the token. */
    operate,
    /** Uploads bytes under a name; the answer as it comes. */
    put: (name: string, body: string) =>
      fetch(`${uploads}/datasets/${name}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}` },
        body,
      }),
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
        const model = (await answer.json()) as { version?: string };
        return model.version === version;
      }),
    /** What the functions have written, their logs among it. */
    said: () => output.join(''),
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

/** Asks without a pause until it is stopped; a connection that fails is an error of `stop`. */
export function keepAsking(recommend: string, song: string) {
  let asking = true;
  let asked = 0;
  const statuses = new Set<number>();
  const versions = new Set<string>();
  const loop = async () => {
    while (asking) {
      asked++;
      const answer = await askFor(recommend, song);
      statuses.add(answer.status);
      versions.add(((await answer.json()) as RecommendAnswer).version);
    }
  };
  const loops = [loop(), loop()];
  return {
    async stop() {
      asking = false;
      await Promise.all(loops);
      return { asked, statuses, versions };
    },
  };
}

async function stop(child: ChildProcess): Promise<number> {
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  return code;
}

/** @returns What is said, and goes on to be filled. */
async function untilSaid(output: Readable, text: string): Promise<string[]> {
  const said: string[] = [];
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    said.push(String(chunk));
    if (said.join('').includes(text)) break;
  }
  output.on('data', (chunk) => said.push(String(chunk)));
  return said;
}

/** Tries until there is a result; the runner's own timeout ends what never comes. */
export async function until<Result>(
  attempt: () => Promise<Result | false | undefined>,
): Promise<Result> {
  for (;;) {
    const result = await attempt();
    if (result !== undefined && result !== false) return result;
    await sleep(50);
  }
}

/** Ports that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
