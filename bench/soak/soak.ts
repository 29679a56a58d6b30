/**
 * `make soak`: half an hour of requests while a new model is published every five seconds. Writes its
 * part of reliability.md. MINUTES makes it shorter; what is written says how long it was.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readLatest } from '../../shared/store/versions.ts';
import { startServer } from '../floods/server.ts';
import { count, report } from '../reliability.ts';
import { imageStart } from '../serving/image.ts';
import { dataFolder, servingModel } from '../serving/model.ts';
import { drawRequests } from '../serving/requests.ts';
import { type SoakOptions, soak } from './run.ts';

const mebibyte = 2 ** 20;
const minutes = Number(process.env.MINUTES ?? 30);
const options: SoakOptions = {
  seconds: minutes * 60,
  warmUpSeconds: Math.min(300, minutes * 20),
  measureSeconds: 20,
  share: 0.7,
  leastPerSecond: 100,
  connections: 16,
  mostConnections: 256,
  publishEveryMs: 5_000,
  graceMs: 30_000,
  // A twentieth of what a pod has.
  mostGrowth: (512 * mebibyte) / 20,
};

const { snapshot } = await servingModel();
const folder = await mkdtemp(join(tmpdir(), 'segue-soak-'));
const store = join(folder, 'store');
// A volume is there before a function is.
await mkdir(store);
const image = await imageStart('recommend');
const settings = { ...image.environment, STORE: store, MAX_WAIT_MS: '2000' };
const server = await startServer('recommend', settings, image.flags);
try {
  const models = [snapshot, await smallerModel()];
  const requests = drawRequests(snapshot, { count: 1000, sizes: [1, 25], seed: 3 });
  const found = await soak(server, store, models, requests, options);
  const mib = (bytes: number) => (bytes / mebibyte).toFixed(0);
  const anHour = (perSecond: number) => ((perSecond * 3600) / mebibyte).toFixed(1);
  const { load, memory, descriptors } = found;
  const times = load.fromDue['200'];
  const ms = (time: number) => time.toFixed(1);
  await report(
    'Soak',
    `\`make soak\`: ${minutes} minutes at ${options.share * 100} % of what one process holds on a machine that others use, too (closed
loop, ${options.connections} connections, models coming and going: ${count(Math.round(found.perSecond))} requests a second). Requests arrive at
random (Poisson). Memory is set as the image sets it. A run below ${count(options.leastPerSecond)} a second would not count. Every ${options.publishEveryMs / 1000} seconds a new model is published, in turn of ${models.map(({ facts }) => `${(facts.counts.rules / 1e6).toFixed(2)} million`).join(' and ')} pair rules,
and older ones are pruned.

| what | measured | bound |
| --- | --: | --: |
| requests a second, asked for and answered | ${count(found.rate)}, ${count(Math.round(times.count / options.seconds))} | at least ${count(options.leastPerSecond)} |
| requests answered with 200 | ${count(times.count)} | |
| all others, and connections that broke | ${load.asked - times.count} | 0 |
| models published, of which seen serving by who looked once a second | ${found.published}, ${found.served} | each is newer |
| files pruned | ${count(found.pruned)} | |
| time to answer, from when it was due: p50, p99, most | ${ms(times.p50)}, ${ms(times.p99)}, ${ms(times.max)} ms | |
| resident memory: mean, most | ${mib(memory.mean)}, ${mib(found.peakRss)} MiB | 512 MiB |
| its mean in each sixth of the time | ${found.sixths.map(mib).join(', ')} MiB | |
| its slope after ${Math.round(options.warmUpSeconds / 60)} minutes | ${anHour(memory.slope)} ± ${anHour(memory.slopeError)} MiB an hour | ${mib(options.mostGrowth)} MiB in the run |
| file descriptors: before, most, after | ${descriptors.before}, ${descriptors.most}, ${descriptors.after} | as before |`,
  );
} finally {
  await server.stop();
  await rm(folder, { recursive: true });
}

/** A second model of the same playlists. */
async function smallerModel() {
  const trained = join(folder, 'smaller');
  const segue = join(import.meta.dirname, '../../functions/cli.ts');
  const parameters = ['train', join(dataFolder, 'serving.csv'), '--store', trained];
  parameters.push('--min-support', '8', '--tuning-fits', '0');
  await promisify(execFile)(process.execPath, [segue, ...parameters]);
  const { found } = await readLatest(trained, 0);
  if (found === undefined) throw new Error('There is no model after the training.');
  return found.snapshot;
}
