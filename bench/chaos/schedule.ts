/**
 * What the store promises, held against faults: each one at each call of publishing, reading and
 * pruning, and random schedules of writers, readers and faults. A schedule is told by its seed.
 */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { makeFolder } from '../../shared/durable.ts';
import { asProblem } from '../../shared/problems.ts';
import { type Random, seededRandom } from '../../shared/random.ts';
import { smallSnapshot } from '../../shared/sample.ts';
import { encodeSnapshot } from '../../shared/snapshot.ts';
import { writeSnapshot } from '../../shared/store/files.ts';
import { type Head, readHeads } from '../../shared/store/heads.ts';
import { prune, pruneGraceMs } from '../../shared/store/prune.ts';
import { publish, rollback } from '../../shared/store/publish.ts';
import { keepAside } from '../../shared/store/rejected.ts';
import { readLatest, verifyStore } from '../../shared/store/versions.ts';
import { type Call, type Disk, type Fate, mountVolume, type Volume } from './volume.ts';

const root = '/simulated';
const store = '/simulated/store';
const retention = { keepVersions: 3, pinned: [], graceMs: pruneGraceMs };

/** What was done, for the report. */
export interface Tally {
  calls: number;
  faults: number;
  published: number;
  read: number;
}

/** What callers were told, which has to hold whatever happens later. */
interface Told {
  /** The highest head that somebody was told of as the one that serves. */
  head: number;
  /** The digest that each number was given to. */
  winners: Map<number, string>;
}

/** The key of a model that the gate never lets serve. */
const worse = 'model 5';

const done: Fate = { kind: 'done' };
const errors = ['EIO', 'ENOSPC', 'ESTALE', 'EROFS'];

/** The bytes of each model: what takes longest to make, and is the same in every schedule. */
const encoded = new Map<string, Uint8Array>();

function bytesOf(key: string): Uint8Array {
  const bytes = encoded.get(key) ?? encodeSnapshot(smallSnapshot(key));
  encoded.set(key, bytes);
  return bytes;
}

/** Publishes a model of its own. @returns The head that serves it, if it does. */
async function publishOne(key: string, sequence: string, told: Told): Promise<Head | undefined> {
  let judgedAgainst: number | undefined;
  // As a training begins: a power failure before the first one ended can take the folder with it.
  await makeFolder(store);
  const file = await writeSnapshot(store, bytesOf(key));
  const publication = await publish(store, file, {
    ...{ key, sequence },
    judge: async (current: Head | undefined) => {
      judgedAgainst = current?.seq ?? 0;
      return { passed: key !== worse, reason: 'as the test has it', figures: {} };
    },
  });
  if (publication.outcome === 'rejected') await keepAside(store, file, publication.gate, key);
  const { outcome, head } = publication;
  if (head === undefined) return undefined;
  told.head = Math.max(told.head, head.seq);
  if (outcome === 'published') {
    assert.equal(judgedAgainst, head.seq - 1, 'it was judged against the head that it follows');
  }
  if (outcome === 'published' || outcome === 'again') {
    assert.ok(!told.winners.has(head.seq), `one winner of number ${head.seq}`);
    told.winners.set(head.seq, head.sha256);
  }
  return head;
}

/** What a reader serves is whole, and never older than what it served before. */
async function readOne(above: number): Promise<number> {
  const { found } = await readLatest(store, above);
  if (found === undefined) return above;
  assert.ok(found.head.seq > above);
  assert.equal(found.snapshot.facts.key, found.head.key);
  return found.head.seq;
}

/** Who is at work in a schedule; nobody where the store is checked. */
const actors = new AsyncLocalStorage<object>();

/** After a fault: the newest version is there, everything is sound, and work goes on. */
async function checkStore(volume: Volume, told: Told, sequence: string): Promise<void> {
  // Who was stopped while he paused does not go on now.
  volume.decide = async () => (actors.getStore() ? { kind: 'never', done: false } : done);
  await makeFolder(store);
  const latest = await readLatest(store, 0);
  assert.deepEqual(latest.faults, []);
  const serving = latest.found?.head;
  assert.ok((serving?.seq ?? 0) >= told.head, `head ${told.head} was told of`);
  assert.equal(latest.found?.snapshot.facts.key, serving?.key);
  assert.deepEqual((await verifyStore(store)).faults, []);
  for (const { seq, sha256 } of await readHeads(store)) {
    assert.equal(told.winners.get(seq) ?? sha256, sha256, `head ${seq} is the winner's`);
  }
  // Two hours later: leftovers go, nothing that is needed does, and the next training publishes.
  volume.age(2 * pruneGraceMs);
  await prune(store, retention);
  assert.deepEqual((await verifyStore(store)).faults, []);
  assert.equal((await readLatest(store, 0)).found?.head.seq, serving?.seq);
  const next = await publishOne(`next ${sequence}`, sequence, told);
  assert.ok(next !== undefined && next.seq > (serving?.seq ?? 0));
  volume.age(2 * pruneGraceMs);
  assert.deepEqual(
    (await prune(store, retention)).filter((name) => name.includes('.tmp-')),
    [],
    'unfinished files were removed before',
  );
}

/** An ULID's order, in short. */
const sequenceOf = (number: number) => `${number}`.padStart(8, '0');

/** What can become of one call: the end of the machine, that of the process, ... */
export const faultKinds = [
  ...(['crash', 'kill', 'EIO', 'ENOSPC', 'ESTALE', 'EROFS'] as const),
  ...(['lost answer', 'late'] as const),
];
type FaultKind = (typeof faultKinds)[number];

/** Each fault at each call of a training's end: writing, publishing, pruning, reading. */
export async function tryEveryCall(kinds: readonly FaultKind[], disk: Disk = {}): Promise<Tally> {
  const tally: Tally = { calls: 0, faults: 0, published: 0, read: 0 };
  for (const kind of kinds) {
    for (const effect of kind === 'crash' || kind === 'kill' ? [false, true] : [false]) {
      for (let at = 1, reached = true; reached; at++) {
        try {
          reached = await tryCall(kind, effect, at, tally, disk);
        } catch (error) {
          throw new Error(`${kind} at call ${at}, with its effect: ${effect}`, {
            cause: error,
          });
        }
      }
    }
  }
  return tally;
}

/** @returns Whether there was a call of this number. */
async function tryCall(
  kind: FaultKind,
  effect: boolean,
  at: number,
  tally: Tally,
  disk: Disk,
): Promise<boolean> {
  const { volume, unmount } = mountVolume(root, async () => done, disk);
  const told: Told = { head: 0, winners: new Map() };
  try {
    await publishOne('A', sequenceOf(1), told);
    await publishOne('B', sequenceOf(2), told);
    volume.age(2 * pruneGraceMs);
    let calls = 0;
    const end = Promise.withResolvers<void>();
    volume.decide = async () => {
      tally.calls++;
      if (++calls !== at) return done;
      tally.faults++;
      if (kind === 'late') return { kind: 'late' };
      if (kind === 'lost answer') return { kind: 'error', code: 'EIO', done: true };
      if (kind !== 'crash' && kind !== 'kill') return { kind: 'error', code: kind, done: false };
      end.resolve();
      return { kind: 'never', done: effect };
    };
    const work = async () => {
      await publishOne('C', sequenceOf(3), told);
      await prune(store, { ...retention, keepVersions: 1 });
      await readOne(0);
    };
    await Promise.race([work().catch(onlyProblems), end.promise]);
    if (kind === 'crash') volume.crash(seededRandom(at));
    await checkStore(volume, told, sequenceOf(4));
    return calls >= at;
  } finally {
    unmount();
  }
}

/** What may go wrong is said by an error of the table; a law that is broken is not one. */
function onlyProblems(error: unknown): void {
  assert.ok(asProblem(error).code !== 'internal', error as Error);
}

interface Waiting {
  actor: object;
  call: Call;
  go(fate: Fate): void;
}

/**
 * A few rounds of writers, readers, pruners and one who rolls back, at once, their calls in random
 * order, some with faults; the end of some processes, and at times of the machine.
 */
export async function runSchedule(seed: number, disk: Disk = {}): Promise<Tally> {
  const random = seededRandom(seed);
  const pick = (count: number) => Math.floor(random() * count);
  const tally: Tally = { calls: 0, faults: 0, published: 0, read: 0 };
  const told: Told = { head: 0, winners: new Map() };
  const waiting: Waiting[] = [];
  const decide = (call: Call) =>
    new Promise<Fate>((go) => waiting.push({ actor: actors.getStore()!, call, go }));
  const { volume, unmount } = mountVolume(root, decide, disk);
  let sequence = 1;
  try {
    for (let round = 0; round < 2; round++) {
      volume.decide = decide;
      const faultRate = [0, 0.02, 0.1][pick(3)];
      const broken: unknown[] = [];
      const alive = new Set<object>();
      const begin = (work: () => Promise<unknown>) => {
        const actor = {};
        alive.add(actor);
        void actors.run(actor, async () => {
          await work().catch((error: unknown) => broken.push(error));
          alive.delete(actor);
        });
      };
      for (let writers = 1 + pick(4); writers > 0; writers--) {
        const own = sequenceOf(sequence++);
        // Some train what others did before.
        const key = `model ${pick(6)}`;
        begin(async () => {
          if ((await publishOne(key, own, told)) !== undefined) tally.published++;
          await prune(store, retention);
        });
      }
      for (let readers = pick(3); readers > 0; readers--) {
        begin(async () => {
          let above = 0;
          for (let polls = 0; polls < 3; polls++) {
            try {
              above = await readOne(above);
            } catch (error) {
              onlyProblems(error);
            }
            tally.read++;
          }
        });
      }
      if (random() < 0.3) {
        const version = `${1 + pick(4)}`;
        begin(async () => {
          const { head } = await rollback(store, version);
          told.head = Math.max(told.head, head.seq);
        });
      }
      const stopAfter = random() < 0.4 ? pick(120) : Infinity;
      await drive({ waiting, alive, random, faultRate, stopAfter }, tally);
      broken.forEach(onlyProblems);
      // What still waits is no more; the machine may have lost its power.
      waiting.length = 0;
      if (random() < 0.5) volume.crash(random);
      await checkStore(volume, told, sequenceOf(sequence++));
    }
    return tally;
  } finally {
    unmount();
  }
}

/** Lets one call after the other happen, until everybody is done or stopped. */
async function drive(
  {
    waiting,
    alive,
    random,
    faultRate,
    stopAfter,
  }: {
    waiting: Waiting[];
    /** Those who are neither done nor killed. */
    alive: Set<object>;
    random: Random;
    faultRate: number;
    stopAfter: number;
  },
  tally: Tally,
): Promise<void> {
  for (let step = 0; step < stopAfter && alive.size > 0; ) {
    // Whatever can go on without a call has gone on after this.
    await setImmediate();
    const next: Waiting | undefined = waiting.splice(Math.floor(random() * waiting.length), 1)[0];
    // Those who pause do not wait, and who is no more waits for nothing.
    if (next === undefined || !alive.has(next.actor)) continue;
    step++;
    tally.calls++;
    const fate = random() < faultRate ? faultOf(next.call, random) : done;
    if (fate !== done) tally.faults++;
    if (fate.kind === 'never') alive.delete(next.actor);
    next.go(fate);
  }
}

function faultOf({ name }: Call, random: Random): Fate {
  const effect = random() < 0.5;
  const choice = Math.floor(random() * 4);
  if (choice === 0) return { kind: 'never', done: effect };
  if (choice < 2 && name.startsWith('read')) return { kind: 'late' };
  return { kind: 'error', code: errors[Math.floor(random() * errors.length)], done: effect };
}
