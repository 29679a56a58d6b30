import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { isTemporary } from './durable.ts';
import { publishSmall, startScript } from './sample.ts';
import { readHeads } from './store/heads.ts';
import { prune } from './store/prune.ts';
import { rollback } from './store/publish.ts';
import { readLatest, verifyStore } from './store/versions.ts';

/** A process that publishes so many snapshots, one after the other, and says the head of each. */
const publisher = (store: string, name: string, count: number) =>
  startScript(`
    const { publishSmall } = await import(shared('sample.ts'));
    const store = ${JSON.stringify(store)};
    for (let i = 0; i < ${count}; i++) {
      const key = '${name}' + i;
      const { head } = await publishSmall(store, key, '00');
      process.stdout.write(head.seq + ' ' + key + '\\n');
    }
  `);

/** Reads over and over, as a recommender does, and says what no reader may ever see. */
function startReader(store: string): { stop(): Promise<{ reads: number; wrong: string[] }> } {
  let reading = true;
  const wrong: string[] = [];
  const run = async () => {
    let reads = 0;
    let served = 0;
    while (reading) {
      const { found: newest, faults } = await readLatest(store, 0);
      wrong.push(...faults.map((fault) => fault.message));
      if (served > 0 && (newest === undefined || newest.head.seq < served)) {
        wrong.push(`head ${newest?.head.seq} after ${served}`);
      }
      const { found: newer } = await readLatest(store, served);
      if (newer !== undefined) {
        const { head, snapshot } = newer;
        if (head.seq <= served) wrong.push(`head ${head.seq} above ${served}`);
        if (head.key !== snapshot.facts.key) wrong.push(`${head.key} is ${snapshot.facts.key}`);
        served = head.seq;
      }
      reads++;
      await new Promise(setImmediate);
    }
    return { reads, wrong };
  };
  const running = run();
  return {
    stop() {
      reading = false;
      return running;
    },
  };
}

t.test('while many publish, the latest version is readable, and none is lost', async (t) => {
  const store = t.testdir();
  const readers = [startReader(store), startReader(store)];
  const others = ['x', 'y'].map((name) => publisher(store, name, 12));
  const mine = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      publishSmall(store, `z${i}`, '00').then(({ head }) => head),
    ),
  );
  const ends = await Promise.all(others.map((other) => other.ended));
  for (const { code, stderr } of ends) t.equal(code, 0, stderr);
  const told = [
    ...mine.map(({ seq, key }) => `${seq} ${key}`),
    ...ends.flatMap(({ stdout }) => stdout.trim().split('\n')),
  ];
  const heads = await readHeads(store);
  t.strictSame(
    heads.map(({ seq }) => seq),
    Array.from({ length: 36 }, (_, i) => i + 1),
    'one head a number, no number left out',
  );
  t.strictSame(heads.map(({ seq, key }) => `${seq} ${key}`).sort(), told.sort());
  for (const { reads, wrong } of await Promise.all(readers.map((reader) => reader.stop()))) {
    t.ok(reads > 1);
    t.strictSame(wrong, []);
  }
  t.strictSame(await verifyStore(store), { heads: 36, faults: [] });
});

t.test('of uploads decided at once, each is published or superseded by a newer one', async (t) => {
  const store = t.testdir();
  const sequences = Array.from({ length: 16 }, (_, i) => String((i * 7) % 16).padStart(2, '0'));
  const publications = await Promise.all(
    sequences.map((sequence) => publishSmall(store, `upload ${sequence}`, sequence)),
  );
  const heads = await readHeads(store);
  publications.forEach(({ outcome, head }, i) => {
    if (outcome === 'superseded') t.ok(head.sequence > sequences[i]);
    else t.equal(heads.find(({ seq }) => seq === head.seq)?.sequence, sequences[i]);
  });
  const decided = heads.map(({ sequence }) => sequence);
  t.strictSame([...decided].sort(), decided, 'no older upload is ever published over a newer one');
  t.equal(decided.at(-1), '15', 'the newest serves');
});

t.test('rollback, publishing and pruning at once lose nothing that a head names', async (t) => {
  const store = t.testdir();
  for (const name of ['A', 'B', 'C']) await publishSmall(store, name, '00');
  const reader = startReader(store);
  const retention = { keepVersions: 50, pinned: [], graceMs: 3_600_000 };
  await Promise.all([
    ...['1', '2', '1', '3'].map((version) => rollback(store, version)),
    ...['D', 'E', 'F'].map((name) => publishSmall(store, name, '01')),
    ...[1, 2, 3].map(() => prune(store, retention)),
  ]);
  t.strictSame((await reader.stop()).wrong, []);
  const { heads, faults } = await verifyStore(store);
  t.strictSame(faults, []);
  t.strictSame(
    (await readHeads(store)).map(({ seq }) => seq),
    Array.from({ length: heads }, (_, i) => i + 1),
  );
});

t.test('a publisher that is killed at any moment leaves a store that is whole', async (t) => {
  const store = t.testdir();
  const reader = startReader(store);
  const told: string[] = [];
  for (let round = 0; round < 6; round++) {
    const { process, ended } = publisher(store, `${round}-`, 1000);
    await once(process.stdout!, 'readable');
    await new Promise((resolve) => setTimeout(resolve, randomInt(60)));
    process.kill('SIGKILL');
    const { signal, stdout } = await ended;
    t.equal(signal, 'SIGKILL');
    told.push(...stdout.split('\n').slice(0, -1));
  }
  t.strictSame((await reader.stop()).wrong, []);
  const { heads, faults } = await verifyStore(store);
  t.strictSame(faults, []);
  const published = new Set((await readHeads(store)).map(({ seq, key }) => `${seq} ${key}`));
  t.strictSame(
    told.filter((one) => !published.has(one)),
    [],
    'what was said to be published is',
  );
  t.match(await publishSmall(store, 'after', '00'), { head: { seq: heads + 1 } });
  for (const folder of ['heads', 'snapshots']) {
    const names = await readdir(join(store, folder));
    const odd = names.filter((name) => !isTemporary(name) && !/^\w+\.(json|msgpack)$/.test(name));
    t.strictSame(odd, [], 'but for unfinished writes');
  }
});
