/** Every decoder of what comes from outside: what it is given, and what it may say of it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import {
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Table,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { CloudEvent, HTTP } from 'cloudevents';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { toModel } from '../../functions/recommend/model.ts';
import { findSongs, recommend } from '../../functions/recommend/recommend.ts';
import { checkRequest } from '../../functions/recommend/request.ts';
import { compareModels } from '../../functions/recommend/rules/difference.ts';
import { pageOfRules } from '../../functions/recommend/rules/page.ts';
import { playlists, snapshotOf } from '../../functions/recommend/sample.ts';
import { suggest } from '../../functions/recommend/suggest.ts';
import { writeAnswer } from '../../functions/recommend/write.ts';
import { parseEvent } from '../../functions/retrain/event.ts';
import { account, emptyCounts } from '../../functions/retrain/read/account.ts';
import { read } from '../../functions/retrain/read/read.ts';
import { eventTypes } from '../../shared/events.ts';
import { memoryFor } from '../../shared/memory.ts';
import { asProblem, problem } from '../../shared/problems.ts';
import {
  decodeFacts,
  decodeSnapshot,
  encodeSnapshot,
  type Snapshot,
  sha256Of,
} from '../../shared/snapshot.ts';
import { noHead } from '../../shared/store/heads.ts';

/** One decoder. */
export interface Decoder {
  name: string;
  /** Inputs that it takes, to be changed. */
  seeds: Buffer[];
  /** Reads an input; throws what it thinks of it. */
  decode(bytes: Buffer, folder: string): Promise<void> | void;
  /** Whether it decodes in a thread, which takes twenty times as long as others: fewer are tried. */
  inThread?: true;
}

const songs = [
  ...['Yesterday', 'Hey Jude', '"Heroes"', 'Für Elise', '夜に駆ける', '__proto__', "Don't, Stop"],
];
const rows = Array.from({ length: 24 }, (_, i) => [
  `${i >> 2}`,
  songs[(i * 5) % songs.length],
  `artist ${i % 4}`,
]);
const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const csv = `pid,track_name,artist_name\n${rows.map((row) => row.map(quoted).join(',')).join('\n')}\n`;
const tsv = `pid\ttrack_name\tartist_name\r\n${rows.map((row) => row.join('\t')).join('\r\n')}`;
const lists = Array.from({ length: 6 }, (_, pid) => ({
  pid,
  name: 'a list',
  tracks: rows
    .filter(([id]) => Number(id) === pid)
    .map(([, track_name, artist_name], pos) => ({ pos, track_name, artist_name })),
}));
const json = JSON.stringify({ info: { version: 'v1' }, playlists: lists });
const ndjson = lists.map((one) => JSON.stringify(one)).join('\n');
const dat = '1 2 3\n2 3 5\n1 5 9 12\n\n3\n';
const baskets = rows.map((row) => row.join(',')).join('\n');

const columnData = ['pid', 'track_name', 'artist_name'].map((name, column) => ({
  ...{ name, type: 'STRING' as const },
  data: rows.map((row) => row[column]),
}));
const codecs = ['UNCOMPRESSED', 'SNAPPY'] as const;
const parquet = codecs.map((codec) =>
  Buffer.from(parquetWriteBuffer({ columnData, codec, rowGroupSize: 8 })),
);
const table = new Table(
  Object.fromEntries(columnData.map(({ name, data }) => [name, vectorFromArray(data, new Utf8())])),
);
const arrow = [
  Buffer.from(RecordBatchFileWriter.writeAll(table).toUint8Array(true)),
  Buffer.from(RecordBatchStreamWriter.writeAll(table).toUint8Array(true)),
];

/** Reads a data set as an upload does. */
const dataset =
  (ending: string): Decoder['decode'] =>
  async (bytes, folder) => {
    const path = join(folder, `input.${ending}`);
    await writeFile(path, bytes);
    const counts = emptyCounts();
    const batches = account(read([path]), { counts, maxRejectedShare: 0.05 });
    for await (const _ of batches);
    if (counts.accepted + counts.rejected !== counts.read) throw new Error('rows are lost');
  };

const text = (...texts: string[]) => texts.map((one) => Buffer.from(one));

const known = ['Yesterday', { track: 'Let It Be', artist: 'The Beatles' }];
const snapshot = await snapshotOf(playlists);
const snapshotBytes = encodeSnapshot(snapshot);

const sound = toModel(noHead, snapshot);

/**
 * What is taken can be served, whatever it says. Its digest is that of what was read: else nothing but
 * the digest would be tried.
 */
function serve(found: Snapshot, bytes: Buffer): void {
  const model = toModel({ ...noHead, sha256: sha256Of(bytes) }, found);
  const request = { songs: [...known, 'Hello - Adele'], limit: 200 };
  recommend(model, request);
  JSON.parse(String(writeAnswer(model, findSongs(model, request))));
  suggest(model, 'he', 10);
  for (const _ of pageOfRules(model, { cells: true }));
  for (const _ of pageOfRules(model, { song: 'Yesterday', sort: 'fisherExactP' }));
  for (const _ of compareModels(sound, model, {}));
}

const uploaded = HTTP.structured(
  new CloudEvent({
    ...{ type: eventTypes.uploaded, source: '/segue/upload', id: '1' },
    data: {
      datasets: [{ path: 'a/b.csv', sha256: 'a'.repeat(64), bytes: 5 }],
      sequence: `01K${'0'.repeat(23)}`,
    },
  }),
);
const structured = { 'content-type': 'application/cloudevents+json' };
const binary = {
  ...{ 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/x', 'ce-type': eventTypes.uploaded },
  'content-type': 'application/json',
};
const eventData = JSON.stringify(JSON.parse(String(uploaded.body)).data);

/** All of them. */
export const decoders: readonly Decoder[] = [
  { name: 'CSV', seeds: text(csv, tsv.replaceAll('\t', ';')), decode: dataset('csv') },
  { name: 'TSV', seeds: text(tsv), decode: dataset('tsv') },
  { name: 'JSON', seeds: text(json, JSON.stringify(lists)), decode: dataset('json') },
  { name: 'NDJSON', seeds: text(ndjson), decode: dataset('ndjson') },
  { name: '.dat', seeds: text(dat), decode: dataset('dat') },
  { name: 'baskets', seeds: text(baskets), decode: dataset('basket') },
  {
    name: 'gzip and zstd',
    seeds: [gzipSync(csv), zstdCompressSync(csv)],
    decode: dataset('csv'),
  },
  { name: 'Parquet', seeds: parquet, decode: dataset('parquet'), inThread: true },
  { name: 'Arrow', seeds: arrow, decode: dataset('arrow'), inThread: true },
  {
    name: 'snapshot',
    seeds: [snapshotBytes],
    decode: (bytes) => {
      decodeFacts(bytes);
      serve(decodeSnapshot(bytes, 'input', sha256Of(bytes)), bytes);
      // As recommend reads it, where kernels check and answer.
      const memory = memoryFor(bytes.length)!;
      const there = Buffer.from(memory.wasm.buffer, 0, bytes.length);
      bytes.copy(there);
      serve(decodeSnapshot(there, 'input', sha256Of(bytes), undefined, memory), bytes);
    },
  },
  {
    name: 'event',
    seeds: text(String(uploaded.body), eventData),
    decode: (bytes) => {
      const headers = bytes.includes('specversion') ? structured : binary;
      parseEvent(headers, bytes);
    },
  },
  {
    name: 'request',
    seeds: text(
      '{"songs": ["Yesterday", {"track": "Let It Be", "artist": "The Beatles"}], "limit": 20}',
    ),
    decode: (bytes) => {
      let value: unknown;
      try {
        value = JSON.parse(String(bytes));
      } catch {
        throw problem('bad-request', { reason: 'It is not JSON.' });
      }
      checkRequest(value);
    },
  },
];

/** Whether an error is one that somebody is told: everything else is a defect. */
export function isExpected(error: unknown): boolean {
  return asProblem(error).code !== 'internal';
}
