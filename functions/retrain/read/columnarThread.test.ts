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
  const other = await openInThread(next, { path, format, bytes: 100 }, {});
  await other.close();
  await next.terminate();
  const last = await takeThread();
  t.not(last, next, 'nor one that was ended');
  await Promise.all([last.terminate(), thread.terminate()]);
});

t.test('a thread that ends while it is asked is noticed at once', async (t) => {
  const path = join(t.testdir({}), 'endless.parquet');
  writeFileSync(path, endlessParquet());
  const thread = await takeThread();
  const file = await openInThread(thread, { path, format: 'parquet', bytes: 2 ** 30 }, {});
  const rows = file.batches(['pid', 'title']).next();
  await Promise.all([thread.terminate(), t.rejects(rows, /the thread that decodes it has ended/)]);
  await file.close();
});
