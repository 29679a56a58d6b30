import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import t from 'tap';
import { openInThread, takeThread } from './columnarThread.ts';
import { endlessParquet } from './sample.ts';

t.test('what takes more memory than a thread may have ends nobody else', async (t) => {
  const path = join(t.testdir({}), 'endless.parquet');
  writeFileSync(path, endlessParquet());
  const small = await takeThread(64);
  // As if it were so large that it may take its time.
  const file = await openInThread(small, { path, format: 'parquet', bytes: 2 ** 30 }, {});
  await t.rejects(file.batches(['pid', 'title']).next(), /more than 64 MiB at once; smaller row/);
  await file.close();
});

t.test('a thread that ends by itself is not taken again', async (t) => {
  const path = join(t.testdir({}), 'a.parquet');
  const columnData = [{ name: 'pid', data: [1], type: 'INT32' as const }];
  writeFileSync(path, Buffer.from(parquetWriteBuffer({ columnData })));
  const format = 'parquet';
  const thread = await takeThread();
  const file = await openInThread(thread, { path, format, bytes: 100 }, {});
  await file.close();
  thread.emit('error', new Error('late'));
  const next = await takeThread();
  t.not(next, thread);
  await Promise.all([next.terminate(), thread.terminate()]);
});
