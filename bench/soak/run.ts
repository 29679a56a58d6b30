/** Asks recommend for long while models come and go, and holds it to no failure and no growth. */
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicFactory } from 'ulid';
import { encodeSnapshot, type Snapshot, sha256Of } from '../../shared/snapshot.ts';
import { writeSnapshot } from '../../shared/store/files.ts';
import { prune } from '../../shared/store/prune.ts';
import { publish } from '../../shared/store/publish.ts';
import type { Server } from '../floods/server.ts';
import { load } from '../serving/load.ts';
import { type Paced, paced } from '../serving/paced.ts';
import type { Request } from '../serving/requests.ts';
import { type Line, lineThrough } from './line.ts';

/** What a soak is made of. */
export interface SoakOptions {
  /** Time of the load, in seconds. */
  seconds: number;
  /** What of it is not counted for memory: heap and caches fill up. */
  warmUpSeconds: number;
  /** Time in which it is measured how many requests a second are answered. */
  measureSeconds: number;
  /** What is asked for then, of that. */
  share: number;
  /** Answers a second below which a run says nothing. */
  leastPerSecond: number;
  /** Connections while it is measured what is answered, and the most while the load lasts. */
  connections: number;
  mostConnections: number;
  publishEveryMs: number;
  /** How long what nobody needs any more stays in the store. */
  graceMs: number;
  /** The most that memory may grow by from the end of the warm-up, by the line through it, in bytes. */
  mostGrowth: number;
}

/** What came of a soak. */
export interface Soak {
  /** Answers a second when as many are asked for as are answered, and what was asked for then. */
  perSecond: number;
  rate: number;
  load: Paced;
  /** Models that were published, those of them that served, files that were pruned. */
  published: number;
  served: number;
  pruned: number;
  /** Resident memory, in bytes, over seconds: its line after the warm-up, and the most that it was. */
  memory: Line;
  /** Its means in each sixth of the time, the warm-up included. */
  sixths: number[];
  peakRss: number;
  /** File descriptors before, at most, and after. */
  descriptors: { before: number; most: number; after: number };
}

/**
 * Publishes these models in turn, each time as a new one, while a server of the store is asked.
 * @throws when a request fails, a model does not come to serve, memory grows, or descriptors are left.
 */
export async function soak(
  server: Server,
  store: string,
  models: readonly Snapshot[],
  requests: readonly Request[],
  options: SoakOptions,
): Promise<Soak> {
  const { seconds, connections, mostConnections } = options;
  const stopping = new AbortController();
  const said = { published: 0, pruned: 0, version: '' };
  const publishing = publishOften(store, models, options, said, stopping.signal);
  try {
    // Until the first model is there, nobody can be answered.
    await untilServed(server, '1');
    const measured = await load(server, { requests, connections, seconds: options.measureSeconds });
    const rate = Math.floor(measured.perSecond * options.share);

    await sleep(1_000);
    const before = server.descriptors();
    const watching = new AbortController();
    const watched = watch(server, watching.signal);
    // What goes wrong there is told when the load has ended.
    watched.catch(() => {});
    const firstPublished = said.published;
    const loaded = await paced(server, {
      ...{ requests, seconds, rate, connections: mostConnections },
    });
    const published = said.published - firstPublished;
    watching.abort();
    const { samples, versions, refused, mostDescriptors } = await watched;

    stopping.abort();
    await publishing;
    await untilServed(server, said.version);
    await sleep(1_000);
    const after = server.descriptors();

    const counted = samples.filter(([second]) => second >= options.warmUpSeconds);
    const memory = lineThrough(counted);
    const grown = memory.slope * (seconds - options.warmUpSeconds);
    const soaked: Soak = {
      ...{ perSecond: measured.perSecond, rate, load: loaded, published, pruned: said.pruned },
      ...{ served: versions.size, memory, sixths: meansOf(samples, Math.min(6, samples.length)) },
      peakRss: server.peakRss(),
      descriptors: { before, most: mostDescriptors, after },
    };
    const told = JSON.stringify(soaked);
    assert.deepEqual(Object.keys(loaded.fromDue), ['200'], told);
    assert.deepEqual([loaded.broken, loaded.unanswered], [0, 0], told);
    assert.equal(refused, 0, told);
    assert.ok(
      loaded.fromDue['200'].count / seconds >= options.leastPerSecond,
      `so few say nothing: ${told}`,
    );
    // Some are followed by the next one before they are seen.
    assert.ok(versions.size > 0.8 * published, told);
    assert.ok(after <= before + 2, told);
    assert.ok(grown <= options.mostGrowth, told);
    assert.deepEqual(server.errors, [], `${server.errors.join()} ${told}`);
    return soaked;
  } finally {
    stopping.abort();
    await publishing;
  }
}

async function publishOften(
  store: string,
  models: readonly Snapshot[],
  { publishEveryMs, graceMs }: SoakOptions,
  said: { published: number; pruned: number; version: string },
  signal: AbortSignal,
): Promise<void> {
  const nextSequence = monotonicFactory();
  for (let i = 0; !signal.aborted; i++) {
    const began = performance.now();
    const model = models[i % models.length];
    // Another key makes it another model.
    const key = sha256Of(Buffer.from(`${i}`));
    const bytes = encodeSnapshot({ ...model, facts: { ...model.facts, key } });
    const file = await writeSnapshot(store, bytes);
    const { outcome, head } = await publish(store, file, { key, sequence: nextSequence() });
    assert.equal(outcome, 'published');
    said.published++;
    said.version = head.version;
    said.pruned += (await prune(store, { keepVersions: 2, pinned: [], graceMs })).length;
    const leftMs = publishEveryMs - (performance.now() - began);
    await sleep(Math.max(0, leftMs), undefined, { signal }).catch(() => {});
  }
}

/** The means of as many parts of samples, of which each is as long. */
function meansOf(samples: readonly (readonly [second: number, bytes: number])[], parts: number) {
  return Array.from({ length: parts }, (_, part) => {
    const [from, to] = [part, part + 1].map((one) => Math.floor((one * samples.length) / parts));
    const some = samples.slice(from, to);
    return some.reduce((sum, [, bytes]) => sum + bytes, 0) / some.length;
  });
}

/** Looks at memory, descriptors and the version that serves, a second after the other. */
async function watch(server: Server, signal: AbortSignal) {
  const samples: [second: number, bytes: number][] = [];
  const versions = new Set<string>();
  let newest = 0;
  let answers = 0;
  let mostDescriptors = 0;
  const began = performance.now();
  while (!signal.aborted) {
    const version = await versionOf(server);
    if (version !== undefined) {
      answers++;
      assert.ok(Number(version) >= newest, `version ${version} serves after ${newest}`);
      newest = Number(version);
      versions.add(version);
    }
    mostDescriptors = Math.max(mostDescriptors, server.descriptors());
    samples.push([(performance.now() - began) / 1000, server.rss()]);
    await sleep(1_000, undefined, { signal }).catch(() => {});
  }
  return { samples, versions, refused: samples.length - answers, mostDescriptors };
}

async function untilServed(server: Server, least: string): Promise<void> {
  for (let i = 0; Number((await versionOf(server)) ?? 0) < Number(least); i++) {
    assert.ok(i < 600, `version ${least} does not serve`);
    await sleep(100);
  }
}

/** The version that serves; undefined when the question is refused, as it is while there is none. */
function versionOf({ port }: Server): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    // Over a connection of its own, which does not stay.
    const asked = get({ port, host: '127.0.0.1', path: '/api/model', agent: false });
    asked.on('error', reject);
    asked.on('response', (answer) => {
      json(answer).then((body) => {
        resolve((body as { version?: string }).version);
      }, reject);
    });
  });
}
