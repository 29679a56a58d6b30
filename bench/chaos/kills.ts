/** What kill -9 leaves behind, on a real disk. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTemporary } from '../../shared/durable.ts';
import type { Random } from '../../shared/random.ts';
import { publishSmall } from '../../shared/sample.ts';
import { prune } from '../../shared/store/prune.ts';
import { readLatest, verifyStore } from '../../shared/store/versions.ts';

const here = import.meta.dirname;

/** Compiled once for all the processes that are started to be killed. */
const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'segue-chaos-compiled') };

/**
 * Ends a process that publishes at a random moment, and looks at the store.
 * @returns The head that it had said to serve; 0 when it had not come to that.
 */
export async function killPublisher(store: string, random: Random): Promise<number> {
  const child = spawn(process.execPath, [join(here, 'publisher.ts'), store], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    said += more;
  });
  const ended = once(child, 'close');
  await once(child.stdout, 'data');
  await sleep(random() * 40);
  child.kill('SIGKILL');
  await ended;
  // A line that is cut was not said.
  const told = Number(said.split('\n').at(-2) ?? 0);
  await checkSound(store, told);
  return told;
}

/** Trains, ends that after some time if it has not ended by itself, and looks at the store. */
export async function killTraining(store: string, dataset: string, afterMs: number): Promise<void> {
  const parameters = [
    'train',
    '--in-process',
    dataset,
    '--store',
    store,
    '--force',
    '--tuning-fits',
    '0',
  ];
  const child = spawn(process.execPath, [join(here, '../../functions/cli.ts'), ...parameters], {
    env,
    stdio: 'ignore',
  });
  const ended = once(child, 'close');
  await Promise.race([ended, sleep(afterMs, undefined, { ref: false })]);
  child.kill('SIGKILL');
  await ended;
  await checkSound(store, 0);
}

/** The newest version is whole and no older than what was told; who publishes next succeeds. */
async function checkSound(store: string, told: number): Promise<void> {
  const { found, faults } = await readLatest(store, 0);
  assert.deepEqual(faults, []);
  assert.ok((found?.head.seq ?? 0) >= told, `head ${told} was told of`);
  assert.deepEqual((await verifyStore(store)).faults, []);
}

/** After the last kill: publishing works, and nothing unfinished is left. */
export async function checkRecovered(store: string, sequence: string): Promise<void> {
  const { outcome } = await publishSmall(store, 'the last one', sequence);
  assert.equal(outcome, 'published');
  await prune(store, { keepVersions: 2, pinned: [], graceMs: 0 });
  const left = await readdir(store, { recursive: true });
  assert.deepEqual(
    left.filter((path) => isTemporary(path.split('/').at(-1) ?? '')),
    [],
  );
}
