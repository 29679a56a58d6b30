/** What kill -9 leaves behind, on a real disk. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { datasetPath, listDatasets, removeLeftovers } from '../../functions/upload/datasets.ts';
import { isTemporary } from '../../shared/durable.ts';
import type { Random } from '../../shared/random.ts';
import { publishSmall } from '../../shared/sample.ts';
import { sha256Of } from '../../shared/snapshot.ts';
import { prune } from '../../shared/store/prune.ts';
import { readLatest, verifyStore } from '../../shared/store/versions.ts';
import { startServer } from '../floods/server.ts';

const here = import.meta.dirname;

/**
 * Ends a process that publishes at a random moment, and looks at the store.
 * @returns The head that it had said to serve; 0 when it had not come to that.
 */
export async function killPublisher(store: string, random: Random): Promise<number> {
  const child = spawn(process.execPath, [join(here, 'publisher.ts'), store], {
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
    stdio: 'ignore',
  });
  const ended = once(child, 'close');
  await Promise.race([ended, sleep(afterMs, undefined, { ref: false })]);
  child.kill('SIGKILL');
  await ended;
  await checkSound(store, 0);
}

/**
 * Ends upload at a random moment while two clients send one data set after the other, and looks at the
 * volume: what is there is whole, and what was answered is there.
 * @param volume Has folders `store` and `datasets`.
 * @param sink Takes the events.
 * @returns How many data sets are there.
 */
export async function killUpload(volume: string, sink: string, random: Random): Promise<number> {
  const [store, datasets] = [join(volume, 'store'), join(volume, 'datasets')];
  const token = 'a token for who is killed';
  const environment = { STORE: store, DATASETS: datasets, K_SINK: sink, UPLOAD_TOKEN: token };
  const server = await startServer('upload', environment);
  const answered = new Set<string>();
  const send = async (name: string) => {
    for (;;) {
      const rows = Array.from(
        { length: 1 + random() * 3000 },
        (_, row) => `${row >> 2},${random()}`,
      );
      const body = `pid,track_name\n${rows.join('\n')}\n`;
      const address = `http://127.0.0.1:${server.port}/datasets/${name}`;
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(address, { method: 'PUT', body, headers }).catch(() => undefined);
      if (answer === undefined) return;
      assert.equal(answer.status, 202);
      answered.add(sha256Of(Buffer.from(body)));
      await answer.text().catch(() => {});
    }
  };
  const clients = ['a.csv', 'b.csv'].map(send);
  await sleep(random() * 150);
  const ended = once(server.child, 'close');
  server.child.kill('SIGKILL');
  await Promise.all([ended, ...clients]);
  const kept = await listDatasets(datasets);
  for (const one of kept) {
    const bytes = await readFile(join(datasets, datasetPath(one)));
    assert.equal(sha256Of(bytes), one.sha256, `${one.name} is whole`);
    answered.delete(one.sha256);
  }
  assert.deepEqual([...answered], [], 'what was answered is there');
  await removeLeftovers(datasets, 0);
  assert.deepEqual((await readdir(datasets)).filter(isTemporary), []);
  return kept.length;
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
