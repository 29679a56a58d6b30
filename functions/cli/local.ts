import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { makeFolder } from '../../shared/durable.ts';
import { entryPath } from '../../shared/entry.ts';
import { problem } from '../../shared/problems.ts';
import { readHeads } from '../../shared/store/heads.ts';
import type { RecommendAnswer } from '../recommend/schemas.ts';
import { environmentWith, examples, settingsFrom, storeOption } from './options.ts';
import { printLines } from './output.ts';
import { table } from './recommend.ts';

/** `segue local`: what a cluster runs, as three processes on this machine. */
export function localCommand(): Command {
  return new Command('local')
    .description('Run recommend, retrain and upload on this machine until Ctrl-C.')
    .addOption(storeOption())
    .option('--dataset <file>', 'train on it first when the store has no model yet')
    .option('--song <title>', 'ask for this song when all is up')
    .option('--port <n>', 'port of recommend (default: "8080")')
    .addHelpText(
      'after',
      examples('segue local --dataset datasets/sample.csv.gz --song "Yesterday"'),
    )
    .action(async (options: { dataset?: string; song?: string }) => {
      const { PORT, STORE, RETRAIN_PORT, UPLOAD_PORT } = settingsFrom({ ...options }, [
        'PORT',
        'STORE',
        'RETRAIN_PORT',
        'UPLOAD_PORT',
      ]);
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.once(signal, () => stop.abort());
      }
      await makeFolder(STORE);
      if (options.dataset !== undefined) {
        process.exitCode = await trainFirst(options.dataset, STORE);
        if (process.exitCode !== 0) return;
      }
      const token = process.env.UPLOAD_TOKEN ?? randomBytes(16).toString('hex');
      const environment = {
        ...environmentWith(options),
        STORE,
        DATASETS: join(STORE, 'datasets'),
        UPLOAD_TOKEN: token,
        K_SINK: `http://localhost:${RETRAIN_PORT}`,
        UPLOAD_URL: process.env.UPLOAD_URL ?? `http://localhost:${UPLOAD_PORT}`,
        LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
      };
      await runAll(
        [
          { name: 'recommend', port: PORT },
          { name: 'retrain', port: RETRAIN_PORT },
          { name: 'upload', port: UPLOAD_PORT },
        ],
        environment,
        stop,
        async () => {
          if (options.song !== undefined) await showOne(PORT, options.song);
          process.stdout.write(`
  ask      http://localhost:${PORT}
  upload   curl -T FILE -H "Authorization: Bearer ${token}" http://localhost:${UPLOAD_PORT}/datasets/
  stop     Ctrl-C
`);
        },
      );
    });
}

/**
 * Trains, by the shell's own `segue train`, unless the store has a model: what was uploaded since
 * must not be undone.
 * @returns The exit code; what is wrong is said already when it is not 0.
 */
async function trainFirst(dataset: string, store: string): Promise<number> {
  if ((await readHeads(store)).length > 0) return 0;
  const parameters = [process.argv[1], 'train', '--store', store, '--', dataset];
  const child = spawn(process.execPath, parameters, { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code;
}

interface Part {
  name: string;
  port: number;
}

/** Starts the functions, and ends all of them when one ends or the person says so. */
async function runAll(
  parts: readonly Part[],
  environment: NodeJS.ProcessEnv,
  stop: AbortController,
  whenUp: () => Promise<void>,
): Promise<void> {
  const processes = parts.map(({ name, port }) => startPart(name, port, environment));
  const ends = processes.map((child) => once(child, 'exit'));
  const stopped = once(stop.signal, 'abort');
  let failed: string | undefined;
  ends.forEach((end, i) => {
    const whenEnded = () => {
      if (!stop.signal.aborted) failed = parts[i].name;
      stop.abort();
    };
    end.then(whenEnded, whenEnded);
  });
  const start = async () => {
    await Promise.all(parts.map(({ port }) => untilReady(port, stop.signal)));
    await whenUp();
  };
  try {
    await Promise.race([start(), stopped]);
    await stopped;
  } finally {
    stop.abort();
    for (const child of processes) child.kill('SIGTERM');
    await Promise.allSettled(ends);
  }
  if (failed !== undefined) {
    throw problem('function-ended', { name: failed });
  }
}

function startPart(name: string, port: number, environment: NodeJS.ProcessEnv): ChildProcess {
  const path = entryPath(import.meta.url, `../${name}/server.ts`, `./${name}.cjs`);
  return spawn(process.execPath, [path], {
    env: { ...environment, PORT: String(port) },
    stdio: ['ignore', 'inherit', 'inherit'],
    // Ctrl-C reaches every process of a terminal: only this one answers it, and then stops them.
    detached: true,
  });
}

async function untilReady(port: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://localhost:${port}/readyz`, { signal }).catch(
      () => undefined,
    );
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await sleep(50, undefined, { signal });
  }
}

async function showOne(port: number, song: string): Promise<void> {
  const answer = await fetch(`http://localhost:${port}/api/recommend`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ songs: [song], limit: 3 }),
  });
  // Without a model there is nothing to show yet.
  if (answer.ok) await printLines(table((await answer.json()) as RecommendAnswer));
}
