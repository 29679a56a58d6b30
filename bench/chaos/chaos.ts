/**
 * `make chaos`: what the store promises, held against every fault at every call, random schedules
 * and kill -9 at random moments. Writes reliability.md.
 *
 *   node bench/chaos/chaos.ts [--seed N] [--schedules 10000] [--kills 800] [--trainings 100] [--uploads 100]
 *
 * `--seed N --schedules 1 --kills 0 --trainings 0 --uploads 0` repeats one schedule.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startSink } from '../../functions/upload/sample.ts';
import { seededRandom } from '../../shared/random.ts';
import { count, report } from '../reliability.ts';
import { checkRecovered, killPublisher, killTraining, killUpload } from './kills.ts';
import { faultKinds, runSchedule, type Tally, tryEveryCall } from './schedule.ts';

/** After every ULID of a training. */
const lastSequence = 'Z'.repeat(26);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: `${Math.floor(Math.random() * 2 ** 31)}` },
      schedules: { type: 'string', default: '10000' },
      kills: { type: 'string', default: '800' },
      trainings: { type: 'string', default: '100' },
      uploads: { type: 'string', default: '100' },
    },
  });
  const seed = Number(values.seed);
  const schedules = Number(values.schedules);
  const [kills, trainings] = [values.kills, values.trainings].map(Number);
  const uploads = Number(values.uploads);
  process.stderr.write(`seed ${seed}\n`);
  const everywhere = await tryEveryCall(faultKinds);
  process.stderr.write(`${everywhere.faults} faults, each alone: the promises hold\n`);

  // Two lanes at once: the schedules are this process, the processes that are killed are others.
  const [total, killed] = await Promise.all([
    runSchedules(schedules, seed),
    killAll({ kills, trainings, uploads }, seededRandom(seed)),
  ]);
  if (schedules > 1) {
    await report('Faults', table({ seed, everywhere, schedules, total, killed }));
  }
}

async function runSchedules(schedules: number, seed: number): Promise<Tally> {
  const total: Tally = { calls: 0, faults: 0, published: 0, read: 0 };
  for (let i = 0; i < schedules; i++) {
    try {
      const tally = await runSchedule(seed + i);
      for (const name of Object.keys(total) as (keyof Tally)[]) total[name] += tally[name];
    } catch (error) {
      throw new Error(`--seed ${seed + i} --schedules 1`, { cause: error });
    }
    if ((i + 1) % 1000 === 0) process.stderr.write(`${i + 1} schedules\n`);
  }
  return total;
}

/** How many processes are killed, and what they had told of until then. */
interface Killed {
  kills: number;
  trainings: number;
  uploads: number;
  heads: number;
  datasets: number;
}

async function killAll(
  { kills, trainings, uploads }: Pick<Killed, 'kills' | 'trainings' | 'uploads'>,
  random: () => number,
): Promise<Killed> {
  // Compiled once for all the processes that are started to be killed.
  const compiled = await mkdtemp(join(tmpdir(), 'segue-chaos-'));
  process.env.NODE_COMPILE_CACHE = compiled;
  try {
    const heads = await killMany(kills, random);
    process.stderr.write(`${kills} publishers killed\n`);
    await killTrainings(trainings, random);
    process.stderr.write(`${trainings} trainings killed\n`);
    const datasets = await killUploads(uploads, random);
    process.stderr.write(`${uploads} uploads killed\n`);
    return { kills, trainings, uploads, heads, datasets };
  } finally {
    await rm(compiled, { recursive: true });
  }
}

async function killMany(kills: number, random: () => number): Promise<number> {
  const store = await mkdtemp(join(tmpdir(), 'segue-chaos-'));
  let told = 0;
  for (let i = 0; i < kills; i++) told = Math.max(told, await killPublisher(store, random));
  if (kills > 0) await checkRecovered(store, lastSequence);
  await rm(store, { recursive: true });
  return told;
}

/** @returns Data sets that are there in the end. */
async function killUploads(uploads: number, random: () => number): Promise<number> {
  const sink = await startSink([202]);
  const volume = await mkdtemp(join(tmpdir(), 'segue-chaos-'));
  for (const folder of ['store', 'datasets']) await mkdir(join(volume, folder));
  let kept = 0;
  for (let i = 0; i < uploads; i++) kept = await killUpload(volume, sink.url, random);
  await rm(volume, { recursive: true });
  await sink.close();
  return kept;
}

async function killTrainings(trainings: number, random: () => number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'segue-chaos-'));
  const store = join(folder, 'store');
  const dataset = join(folder, 'mine.csv');
  // The first one goes on to its end and tells how long that takes.
  let spanMs = Infinity;
  for (let i = 0; trainings > 0 && i <= trainings; i++) {
    // Another data set each time, so that there is something to train.
    const rows = Array.from(
      { length: 400 },
      (_, row) => `${row % 80},song ${(row * 7 + i) % 90},X`,
    );
    await writeFile(dataset, `pid,track_name,artist_name\n${rows.join('\n')}\n`);
    const began = performance.now();
    await killTraining(store, dataset, i === 0 ? 60_000 : random() * spanMs);
    if (i === 0) spanMs = performance.now() - began;
  }
  if (trainings > 0) await checkRecovered(store, lastSequence);
  await rm(folder, { recursive: true });
}

interface Results {
  seed: number;
  everywhere: Tally;
  schedules: number;
  total: Tally;
  killed: Killed;
}

function table({ seed, everywhere, schedules, total, killed }: Results): string {
  return `\`make chaos\`, seed ${seed}.

| what was done | how often | faults |
| --- | --: | --: |
| one fault (power failure, kill, EIO, ENOSPC, ESTALE, EROFS, an answer lost, a late read) at each call of writing, publishing, pruning and reading | ${count(everywhere.calls)} calls | ${count(everywhere.faults)} |
| random schedules of 1 to 4 writers, readers, pruners and one who rolls back | ${count(schedules)}, ${count(total.calls)} calls, ${count(total.published)} models published, ${count(total.read)} reads | ${count(total.faults)} |
| kill -9 of a process that publishes, at a random moment, on a real disk | ${count(killed.heads)} heads told of | ${count(killed.kills)} |
| kill -9 of \`segue train\` at a random moment of its time | | ${count(killed.trainings)} |
| kill -9 of upload while two clients send data sets | ${count(killed.datasets)} data sets kept, all whole, and all that were answered | ${count(killed.uploads)} |
`;
}

await main();
