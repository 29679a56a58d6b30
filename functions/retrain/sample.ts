/** What the tests of the pipeline share: rows and how to run steps of the pipeline on them. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { CloudEvent, type CloudEventV1, HTTP } from 'cloudevents';
import fc from 'fast-check';
import { eventTypes, type Uploaded } from '../../shared/events.ts';
import { seededRandom } from '../../shared/random.ts';
import { sha256Of } from '../../shared/snapshot.ts';
import type { RowBatch } from './read/row.ts';
import { type Row, tableOf } from './read/sample.ts';
import { type TrainSettings, trainSettings } from './settings.ts';
import { tabulate } from './table.ts';
import { type TransactionSet, toTransactions } from './transactions.ts';

/** Shared data sets, where there are any. */
export const sharedPlaylists = join(import.meta.dirname, '../../../shared/data/playlists');

/** Rows in which spellings, homonyms, repeats and names that objects have for themselves occur. */
export const spelledRows: fc.Arbitrary<Row[]> = fc.array(
  fc.tuple(
    fc.constantFrom('1', '2', '3', 'toString', 'a b', '__proto__'),
    fc.constantFrom(
      ...['Yesterday', 'YESTERDAY', 'Yesterday - Remastered 2009', 'Let It Be', 'let it be'],
      ...['Hey Jude', '__proto__', 'constructor', '???', 'a|b', 'a b'],
    ),
    fc.constantFrom('', 'The Beatles', 'Beatles', 'BEATLES', 'constructor', '__proto__', 'ABBA'),
  ),
  { maxLength: 60 },
);

/** Rows as reading gives them, a few a batch. */
export async function* batchesOf(rows: readonly Row[], size = 7): AsyncGenerator<RowBatch> {
  for (let i = 0; i < rows.length; i += size) {
    const some = rows.slice(i, i + size);
    yield {
      file: 'sample.csv',
      read: some.length,
      transactions: some.map(([id]) => id),
      titles: some.map(([, title]) => title),
      artists: some.map(([, , artist]) => artist),
      rejected: [],
    };
  }
}

/** Rows as transactions. */
export async function setOf(rows: readonly Row[]): Promise<TransactionSet> {
  return toTransactions(await tabulate(batchesOf(rows)));
}

/** The songs of each transaction. */
export function rowsOf({ transactions: { offsets, items } }: TransactionSet): number[][] {
  return [...offsets.subarray(1)].map((end, row) => [...items.subarray(offsets[row], end)]);
}

/** Playlists of one title: every song of `songs` is in each of `playlists` playlists. */
export function together(songs: readonly string[], playlists = 3): Row[] {
  return Array.from({ length: playlists }, (_, i) =>
    songs.map((song): Row => [String(i), song, 'Somebody']),
  ).flat();
}

/** Playlists of songs dealt out by chance: nothing goes with anything, and the gate rejects it. */
export function chance(playlists: number): Row[] {
  const random = seededRandom(1);
  return Array.from({ length: playlists }, (_, i) =>
    [0, 1, 2, 3].map((): Row => [String(i), `song ${Math.floor(random() * 9)}`, '']),
  ).flat();
}

/** As many different songs, in playlists of ten, of two songs an artist. */
export function manyNames(songs: number): Row[] {
  return Array.from(
    { length: songs },
    (_, i): Row => [String(i % Math.ceil(songs / 10)), `song number ${i}`, `artist ${i >> 1}`],
  );
}

/** Settings as an empty environment gives them, but for some. */
export function settingsWith(changes: Partial<TrainSettings> = {}): TrainSettings {
  return { ...trainSettings({}), ...changes };
}

/** A data set in a folder, as an event points to it. */
export function writeDataset(
  folder: string,
  name: string,
  content: readonly Row[] | string,
): { path: string; sha256: string; bytes: number } {
  const bytes = Buffer.from(typeof content === 'string' ? content : tableOf(content));
  writeFileSync(join(folder, name), bytes);
  return { path: name, sha256: sha256Of(bytes), bytes: bytes.length };
}

/** A ULID; of two, that of the greater number is newer. */
export function sequence(number: number): string {
  return `01K${String(number).padStart(23, '0')}`;
}

/** A CloudEvent that asks for a training, as an HTTP request. */
export function asking(
  datasets: Uploaded['datasets'],
  number: number,
  attributes: Partial<CloudEventV1<unknown>> = {},
): { headers: Record<string, string>; payload: string } {
  const { headers, body } = HTTP.binary(
    new CloudEvent({
      type: eventTypes.uploaded,
      source: '/segue/upload',
      id: sequence(number),
      datacontenttype: 'application/json',
      data: { datasets, sequence: sequence(number) },
      ...attributes,
    }),
  );
  return { headers: headers as Record<string, string>, payload: body as string };
}

/** A training process that waits before it begins. */
export interface Held {
  environment: NodeJS.ProcessEnv;
  /** Waits until the process is there. */
  pid(): Promise<number>;
  /** Lets it begin. */
  letGo(): void;
}

/**
 * An environment in which training processes wait: what happens meanwhile is the test's choice.
 * @param parameter What they are started with, where others are not to wait.
 */
export function hold(folder: string, parameter = ''): Held {
  const path = join(folder, 'held');
  const preload = join(folder, 'hold.mjs');
  writeFileSync(
    preload,
    `import { existsSync, writeFileSync } from 'node:fs';
    const waits = process.argv.join(' ').includes(${JSON.stringify(parameter)});
    if (waits) writeFileSync(${JSON.stringify(path)}, String(process.pid), { flag: 'wx' });
    while (waits && existsSync(${JSON.stringify(path)})) await new Promise((done) => setTimeout(done, 10));`,
  );
  const options = [process.env.NODE_OPTIONS, `--import=${pathToFileURL(preload)}`].join(' ');
  return {
    environment: { ...process.env, NODE_OPTIONS: options },
    async pid() {
      const read = () => (existsSync(path) ? readFileSync(path, 'utf8') : '');
      while (read() === '') await sleep(10);
      return Number(read());
    },
    letGo: () => rmSync(path),
  };
}
