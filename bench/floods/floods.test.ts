import { join } from 'node:path';
import t from 'tap';
import { playlists, publishSample } from '../../functions/recommend/sample.ts';
import { startSink } from '../../functions/upload/sample.ts';
import { floodRecommend } from './recommend.ts';
import { startServer } from './server.ts';
import { floodUpload } from './upload.ts';

t.test('recommend answers who asks rightly, whatever others do', async (t) => {
  const store = t.testdir({});
  await publishSample(store, playlists);
  const server = await startServer('recommend', { STORE: store });
  t.teardown(() => server.stop());
  const rows = await floodRecommend(server, {
    ...{ idle: 300, slow: 40, slowSeconds: 1, pipelined: 300, oversized: 2, largest: 50 },
  });
  for (const row of rows) t.comment(row.join(': '));
  t.equal(await server.stop(), 0);
});

t.test('upload keeps whole data sets and nothing else', async (t) => {
  const folder = t.testdir({ store: {}, datasets: {} });
  const [store, datasets] = [join(folder, 'store'), join(folder, 'datasets')];
  const token = 'a token for these floods';
  const sink = await startSink([202]);
  t.teardown(sink.close);
  const server = await startServer('upload', {
    ...{ STORE: store, DATASETS: datasets, K_SINK: sink.url, UPLOAD_TOKEN: token },
    MAX_UPLOAD_BYTES: '1000000',
  });
  t.teardown(() => server.stop());
  const rows = await floodUpload(
    server,
    { token, datasets },
    {
      ...{ limitBytes: 1_000_000, leaving: 60, atOnce: 20, bombBytes: 30_000_000 },
    },
  );
  for (const row of rows) t.comment(row.join(': '));
  t.equal(await server.stop(), 0);
});
