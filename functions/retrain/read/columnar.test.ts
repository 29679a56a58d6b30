import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdCompressSync } from 'node:zlib';
import {
  CompressionType,
  compressionRegistry,
  Field,
  Int32,
  List,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Struct,
  Table,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import type { SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import t from 'tap';
import { findPython, runPython } from '../../../datasets/python.ts';
import { checkRows, openColumnar } from './columnar.ts';
import { areDat, read, recognise } from './read.ts';
import { endlessParquet, gather } from './sample.ts';

const folder = t.testdir({});
const at = (name: string) => join(folder, name);

const pids = [1, 1, 2, 3];
const titles = ['Yesterday', 'Hello', 'Ünï "quoted"', 'Alone'];
const artists = ['The Beatles', 'Adele', null, 'Heart'];
const expected = [
  ['1', 'Yesterday', 'The Beatles'],
  ['1', 'Hello', 'Adele'],
  ['2', 'Ünï "quoted"', ''],
  ['3', 'Alone', 'Heart'],
];

const bytesOfArrow = (Writer: typeof RecordBatchFileWriter, table: Table) =>
  Writer.writeAll(table).toUint8Array(true);

function writeAll(): void {
  const columns = {
    playlist_id: vectorFromArray(pids, new Int32()),
    track_name: vectorFromArray(titles, new Utf8()),
    artist_name: vectorFromArray(artists, new Utf8()),
  };
  const table = new Table(columns);
  writeFileSync(at('a.arrow'), bytesOfArrow(RecordBatchFileWriter, table));
  const stream = RecordBatchStreamWriter as typeof RecordBatchFileWriter;
  writeFileSync(at('a.arrows'), bytesOfArrow(stream, table));
  writeFileSync(at('no-ending'), bytesOfArrow(RecordBatchFileWriter, table));
  const columnData = [
    { name: 'playlist_id', data: pids.map(BigInt), type: 'INT64' as const },
    { name: 'track_name', data: titles, type: 'STRING' as const },
    { name: 'artist_name', data: artists, type: 'STRING' as const },
    { name: 'other', data: [1.5, 2, 3, 4], type: 'DOUBLE' as const },
  ];
  writeFileSync(at('a.parquet'), Buffer.from(parquetWriteBuffer({ columnData, rowGroupSize: 2 })));
}
writeAll();

t.test('the rows of a file of columns, whatever its ending', async (t) => {
  for (const name of ['a.arrow', 'a.arrows', 'no-ending', 'a.parquet']) {
    const { rows, rejected } = await gather(read([at(name)]));
    t.same(rows, expected, name);
    t.same(rejected, []);
  }
});

t.test('a file is read whatever compresses it', async (t) => {
  compressionRegistry.set(CompressionType.ZSTD, { encode: (bytes) => zstdCompressSync(bytes) });
  compressionRegistry.set(CompressionType.LZ4_FRAME, { encode: frameOf });
  const ids = Array(500).fill(0);
  const table = new Table({
    playlist_id: vectorFromArray(ids, new Int32()),
    track_name: vectorFromArray(
      ids.map((_, i) => `song ${i % 7}`),
      new Utf8(),
    ),
  });
  for (const compressionType of [CompressionType.ZSTD, CompressionType.LZ4_FRAME]) {
    const writer = new RecordBatchFileWriter({ compressionType });
    writer.write(table);
    writeFileSync(at('packed.arrow'), writer.finish().toUint8Array(true));
    const { rows, rejected } = await gather(read([at('packed.arrow')]));
    t.same(
      rows,
      ids.map((_, i) => ['0', `song ${i % 7}`, '']),
    );
    t.same(rejected, []);
  }
});

/**
 * A frame of LZ4 with one block of at most 64 KiB: many equal bytes are one, a match with it and five
 * more; others stand in it as they are, which Arrow finds too long and takes without a frame.
 */
function frameOf(bytes: Uint8Array): Uint8Array {
  const longer = bytes.length - 25;
  const isRun = longer >= 0 && bytes.every((byte) => byte === bytes[0]);
  const lengths = [...Array(Math.max(0, Math.floor(longer / 255))).fill(255), longer % 255];
  const last = bytes.subarray(0, 5);
  const block = isRun ? [0x1f, bytes[0], 1, 0, ...lengths, 0x50, ...last] : [...bytes];
  const size = Buffer.alloc(4);
  size.writeUInt32LE((isRun ? 0 : 0x8000_0000) + block.length);
  const header = Buffer.from('04224d18604082', 'hex');
  return Buffer.concat([header, size, Buffer.from(block), Buffer.alloc(4)]);
}

t.test('how often is a column, and no song is heard 0 times', async (t) => {
  const columnData = [
    { name: 'user', data: ['u', 'u'], type: 'STRING' as const },
    { name: 'track', data: ['a', 'b'], type: 'STRING' as const },
    { name: 'plays', data: [0, 3], type: 'INT32' as const },
  ];
  writeFileSync(at('plays.parquet'), Buffer.from(parquetWriteBuffer({ columnData })));
  const { rows, rejected } = await gather(read([at('plays.parquet')]));
  t.same(rows, [['u', 'b', '']]);
  t.match(rejected, [{ line: 1, row: 'u,a,0' }]);
});

t.test('no file of columns is taken for numbers', async (t) => {
  t.notOk(await areDat([at('a.parquet')]));
});

t.test('what is recognised is told', async (t) => {
  const { format, certainty, columns, header } = await recognise(at('a.parquet'));
  t.same([format, certainty], ['parquet', 'content']);
  t.same(header, ['playlist_id', 'track_name', 'artist_name', 'other']);
  t.same(columns, { transaction: 'playlist_id', item: 'track_name', artist: 'artist_name' });
  t.equal((await recognise(at('a.arrow'))).format, 'arrow');
});

t.test('columns can be named', async (t) => {
  const columns = { transaction: 'track_name', item: 'other' };
  const { rows } = await gather(read([at('a.parquet')], { columns }));
  t.same(rows[0], ['Yesterday', '1.5', 'The Beatles']);
  await t.rejects(gather(read([at('a.parquet')], { columns: { item: 'none' } })), {
    code: 'column-missing',
  });
});

t.test('a column of lists has whole playlists', async (t) => {
  const lists = [['a', 'b'], ['b'], null, []];
  const list = new List(new Field('item', new Utf8()));
  const items = vectorFromArray(lists, list);
  const bare = new Table({ n: vectorFromArray([1, 2, 3, 4], new Int32()), items });
  writeFileSync(at('lists.arrow'), bytesOfArrow(RecordBatchFileWriter, bare));
  const read1 = await gather(read([at('lists.arrow')]));
  const file = at('lists.arrow');
  t.same(read1.rows, [
    [`${file}:1`, 'a', ''],
    [`${file}:1`, 'b', ''],
    [`${file}:2`, 'b', ''],
  ]);
  t.match(read1.rejected, [
    { line: 3, reason: 'tracks' },
    { line: 4, reason: 'tracks' },
  ]);

  const track = new Struct([new Field('title', new Utf8()), new Field('artist', new Utf8())]);
  const tracks = vectorFromArray(
    [[{ title: 'Hello', artist: 'Adele' }], [{ title: 'Easy', artist: 'Commodores' }]],
    new List(new Field('item', track)),
  );
  const named = new Table({ pid: vectorFromArray(['x', 'y'], new Utf8()), tracks });
  writeFileSync(at('structs.arrow'), bytesOfArrow(RecordBatchFileWriter, named));
  t.same((await gather(read([at('structs.arrow')]))).rows, [
    ['x', 'Hello', 'Adele'],
    ['y', 'Easy', 'Commodores'],
  ]);
  await t.rejects(gather(read([file], { columns: { transaction: 'none' } })), {
    code: 'column-missing',
  });
});

t.test('of several lists the one with a known name is meant, or a person says which', async (t) => {
  const list = new List(new Field('item', new Utf8()));
  const genres = vectorFromArray([['pop'], ['rock']], list);
  const song = vectorFromArray([['a'], ['b']], list);
  const table = new Table({ pid: vectorFromArray([1, 2], new Int32()), genres, song });
  writeFileSync(at('two.arrow'), bytesOfArrow(RecordBatchFileWriter, table));
  const songs = await gather(read([at('two.arrow')]));
  t.same(songs.rows, [
    ['1', 'a', ''],
    ['2', 'b', ''],
  ]);
  const columns = { item: 'genres' };
  const others = await gather(read([at('two.arrow')], { columns }));
  t.same(
    others.rows.map(([, item]) => item),
    ['pop', 'rock'],
  );
});

t.test('a whole playlist needs its id where there is a column for it', async (t) => {
  const tracks = vectorFromArray([['a'], ['b']], new List(new Field('item', new Utf8())));
  const table = new Table({ pid: vectorFromArray(['x', null], new Utf8()), tracks });
  writeFileSync(at('ids.arrow'), bytesOfArrow(RecordBatchFileWriter, table));
  const { rows, rejected } = await gather(read([at('ids.arrow')]));
  t.same(rows, [['x', 'a', '']]);
  t.match(rejected, [{ line: 2, reason: 'transaction-empty' }]);
});

t.test('rows that are wrong are rejected with their number', async (t) => {
  const columnData = [
    { name: 'pid', data: [1, null, 3], type: 'INT32' as const },
    { name: 'title', data: ['a', 'b', null], type: 'STRING' as const },
  ];
  writeFileSync(at('wrong.parquet'), Buffer.from(parquetWriteBuffer({ columnData })));
  const { rows, rejected } = await gather(read([at('wrong.parquet')]));
  t.same(rows, [['1', 'a', '']]);
  t.match(rejected, [
    { line: 2, reason: 'transaction-empty', row: ',b' },
    { line: 3, reason: 'title-empty', row: '3,' },
  ]);
});

const listOfStructs: SchemaElement[] = [
  { name: 'root', num_children: 1 },
  { name: 'tracks', num_children: 1, converted_type: 'LIST', repetition_type: 'OPTIONAL' },
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  { name: 'element', num_children: 1, repetition_type: 'OPTIONAL' },
  { name: 'title', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
];

t.test('values of other types become text', async (t) => {
  const day = new Date('2026-01-02T03:04:05.000Z');
  const columnData = [
    { name: 'pid', data: [day, day], type: 'TIMESTAMP' as const },
    { name: 'title', data: [1.5, Number.NaN], type: 'DOUBLE' as const },
  ];
  writeFileSync(at('types.parquet'), Buffer.from(parquetWriteBuffer({ columnData })));
  const { rows, rejected } = await gather(read([at('types.parquet')]));
  t.same(rows, [['2026-01-02T03:04:05.000Z', '1.5', '']]);
  t.match(rejected, [{ line: 2, reason: 'title-empty' }]);

  const tracks = [{ name: 'tracks', data: [[{ title: 'a' }, { title: 'b' }]] }];
  const bytes = parquetWriteBuffer({ columnData: tracks, schema: listOfStructs });
  writeFileSync(at('structs.parquet'), Buffer.from(bytes));
  const file = at('structs.parquet');
  t.same((await gather(read([file]))).rows, [
    [`${file}:1`, 'a', ''],
    [`${file}:1`, 'b', ''],
  ]);
});

t.test('many rows come in batches', async (t) => {
  const data = Array.from({ length: 10_000 }, (_, i) => i);
  const columnData = [
    { name: 'pid', data, type: 'INT32' as const },
    { name: 'title', data: data.map(String), type: 'STRING' as const },
  ];
  writeFileSync(at('many.parquet'), Buffer.from(parquetWriteBuffer({ columnData })));
  const sizes: number[] = [];
  for await (const batch of read([at('many.parquet')])) sizes.push(batch.read);
  t.same(sizes, [4096, 4096, 1808]);
  const abort = AbortSignal.abort(new Error('enough'));
  await t.rejects(gather(read([at('many.parquet')], { signal: abort })), /enough/);
});

t.test('what is damaged is a problem that says so', async (t) => {
  const whole = readFileSync(at('a.parquet'));
  writeFileSync(at('cut.parquet'), whole.subarray(0, whole.length - 9));
  writeFileSync(at('text.parquet'), 'pid,title\n1,a\n');
  const arrow = readFileSync(at('a.arrow'));
  writeFileSync(at('cut.arrow'), arrow.subarray(0, 60));
  const broken = Buffer.from(whole);
  broken.fill(0xff, 4, 40);
  writeFileSync(at('broken.parquet'), broken);
  for (const name of ['cut.parquet', 'text.parquet', 'cut.arrow', 'broken.parquet']) {
    await t.rejects(gather(read([at(name)])), { code: 'dataset-corrupt' }, name);
  }
  await t.rejects(gather(read([at('none.parquet')])), { code: 'dataset-missing' });
});

t.test(
  'what says more of itself than it can have is refused before memory is taken for it',
  async (t) => {
    const columnData = [
      { name: 'pid', data: pids, type: 'INT32' as const },
      { name: 'title', data: titles, type: 'STRING' as const },
    ];
    const whole = Buffer.from(parquetWriteBuffer({ columnData, codec: 'SNAPPY' }));
    // The header of the first page: its type, what it unpacks to, its bytes; numbers twice as large.
    t.strictSame([whole[4], whole[6], whole[8]], [0x15, 0x15, 0x15]);
    // As the other number becomes longer by four bytes.
    whole[9] -= 8;
    const halfGibibyte = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x04]);
    const page = Buffer.concat([whole.subarray(0, 7), halfGibibyte, whole.subarray(8)]);
    writeFileSync(at('page.parquet'), page);
    await t.rejects(gather(read([at('page.parquet')])), /a page of 536870910 bytes is too large/);
    // The footer stays, and what it refers to is gone.
    const metadata = whole.readUInt32LE(whole.length - 8);
    const footer = whole.subarray(whole.length - 8 - metadata);
    writeFileSync(at('footer.parquet'), Buffer.concat([whole.subarray(0, 4), footer]));
    await t.rejects(gather(read([at('footer.parquet')])), { code: 'dataset-corrupt' });
    checkRows(4, whole.length);
    for (const rows of [-1, 1e9]) t.throws(() => checkRows(rows, whole.length), /cannot have/);
  },
);

t.test('a thread stays for the next file, not for ever', async (t) => {
  const threads = () => readdirSync('/proc/self/task').length;
  await gather(read([at('a.parquet')]));
  const before = threads();
  await gather(read([at('a.arrow'), at('a.parquet')]));
  t.equal(threads(), before);
  while (threads() >= before) await sleep(50);
});

t.test('what would be read for ever is ended, and who reads next does not notice', async (t) => {
  writeFileSync(at('endless.parquet'), endlessParquet());
  const began = process.cpuUsage();
  await t.rejects(gather(read([at('endless.parquet')])), {
    code: 'dataset-corrupt',
    message: /takes longer than any file of its size/,
  });
  const { user, system } = process.cpuUsage(began);
  t.comment(`after ${Math.round((user + system) / 1000)} ms of the processor`);
  const hurried = read([at('endless.parquet')], { patienceMs: 300 });
  await t.rejects(gather(hurried), { code: 'dataset-corrupt', message: /for 0\.3 seconds/ });
  await t.rejects(gather(read([at('a.parquet'), at('endless.parquet')], { patienceMs: 300 })));
  t.same((await gather(read([at('a.parquet')]))).rows, expected);
  const ended = AbortSignal.timeout(100);
  const aborted = gather(read([at('endless.parquet')], { signal: ended }));
  await t.rejects(aborted, { name: 'TimeoutError' });
});

t.test('a value that a file refers to often is not copied all at once', async (t) => {
  const long = 'x'.repeat(100_000);
  const columnData = [
    { name: 'pid', data: Array(100).fill(1), type: 'INT32' as const },
    { name: 'title', data: Array(100).fill(long), type: 'STRING' as const },
  ];
  writeFileSync(at('often.parquet'), Buffer.from(parquetWriteBuffer({ columnData })));
  t.ok(statSync(at('often.parquet')).size < 200_000, 'the file has it once');
  const file = (await openColumnar(at('often.parquet')))!;
  const rows: number[] = [];
  for await (const [pids, titles] of file.batches(['pid', 'title'])) {
    t.equal(pids.length, titles.length);
    rows.push(pids.length);
  }
  await file.close();
  t.equal(
    rows.reduce((sum, count) => sum + count),
    100,
  );
  t.ok(Math.max(...rows) < 50, `${rows}`);

  const tracks = [{ name: 'tracks', data: [Array(700).fill({ title: long })] }];
  const bytes = parquetWriteBuffer({ columnData: tracks, schema: listOfStructs });
  writeFileSync(at('large.parquet'), Buffer.from(bytes));
  t.ok(statSync(at('large.parquet')).size < 200_000);
  const large = { code: 'dataset-corrupt', message: /row 0 is too large/ };
  await t.rejects(gather(read([at('large.parquet')])), large);
});

const found = findPython('pyarrow');
t.test('what pyarrow writes', { skip: 'skip' in found && found.skip }, async (t) => {
  const script = `
import json, sys
import pyarrow as pa
from pyarrow import feather, parquet
folder = sys.argv[1]
pids = [i // 3 for i in range(3000)]
titles = ["Song %d" % (i * i % 977) for i in range(3000)]
table = pa.table({
    "playlist_id": pa.array(pids, pa.int64()),
    "track_name": pa.array(titles).dictionary_encode(),
    "artist_name": pa.array([None if i % 5 == 0 else "A%d" % (i % 7) for i in range(3000)]),
    "added": pa.array(range(3000), pa.timestamp("us")),
})
names = []
for codec in "none", "snappy", "gzip", "brotli", "zstd", "lz4":
    names.append(codec + ".parquet")
    parquet.write_table(table, folder + "/" + names[-1], compression=codec, row_group_size=1000)
for codec in "uncompressed", "lz4", "zstd":
    names.append(codec + ".feather")
    feather.write_feather(table, folder + "/" + names[-1], compression=codec, chunksize=700)
with pa.OSFile(folder + "/stream.arrows", "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
    writer.write_table(table, max_chunksize=900)
names.append("stream.arrows")
lists = pa.table({"items": pa.array([["a", "b"], ["c"]])})
parquet.write_table(lists, folder + "/lists.parquet")
print(json.dumps(names))`;
  const { python } = found as { python: string };
  const names = runPython(python, script, [folder]) as string[];
  const rows = Array.from({ length: 3000 }, (_, i) => [
    String(Math.floor(i / 3)),
    `Song ${(i * i) % 977}`,
    i % 5 === 0 ? '' : `A${i % 7}`,
  ]);
  for (const name of names) t.same((await gather(read([at(name)]))).rows, rows, name);
  t.equal(names.length, 10);
  const lists = await gather(read([at('lists.parquet')]));
  t.same(
    lists.rows.map(([, item]) => item),
    ['a', 'b', 'c'],
  );
});
