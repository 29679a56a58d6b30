/** `make floods`: what too many, too slow and too large requests do. Writes its part of reliability.md. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { playlists, publishSample } from '../../functions/recommend/sample.ts';
import { startSink } from '../../functions/upload/sample.ts';
import { count, report } from '../reliability.ts';
import { floodRecommend, type Row } from './recommend.ts';
import { startServer } from './server.ts';
import { floodUpload } from './upload.ts';

const folder = await mkdtemp(join(tmpdir(), 'segue-floods-'));
const [store, datasets] = [join(folder, 'store'), join(folder, 'datasets')];
await mkdir(datasets);
await publishSample(store, playlists);

const recommend = await startServer('recommend', { STORE: store });
const asked = await floodRecommend(recommend, {
  ...{
    idle: 10_000,
    slow: 1_000,
    slowSeconds: 170,
    pipelined: 10_000,
    oversized: 50,
    largest: 5_000,
  },
});
await recommend.stop();

const token = 'a token for these floods';
const limitBytes = 16 * 2 ** 20;
const sink = await startSink([202]);
const upload = await startServer('upload', {
  ...{ STORE: store, DATASETS: datasets, K_SINK: sink.url, UPLOAD_TOKEN: token },
  MAX_UPLOAD_BYTES: `${limitBytes}`,
});
const sent = await floodUpload(
  upload,
  { token, datasets },
  {
    ...{ limitBytes, leaving: 1_000, atOnce: 20, bombBytes: 2 ** 30 },
  },
);
await upload.stop();
await sink.close();
await rm(folder, { recursive: true });

const table = (rows: Row[]) =>
  rows.map(([what, times, outcome]) => `| ${what} | ${count(times)} | ${outcome} |`).join('\n');
await report(
  'Floods',
  `\`make floods\`: processes on loopback, with clients beside them that ask as they should and are
answered.

| to recommend | how often | outcome |
| --- | --: | --- |
${table(asked)}

| to upload | how often | outcome |
| --- | --: | --- |
${table(sent)}`,
);
