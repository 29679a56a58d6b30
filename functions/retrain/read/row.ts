/**
 * What every format shares: the rules that a row must pass, and the batch that it becomes a part
 * of.
 */

/** Why a row is rejected, and what would mend it. */
const mends = {
  fields: 'Give the row as many fields as the header has; quote a field with a delimiter in it.',
  quotes: 'Close every quoted field, and double the quotes inside of it.',
  json: 'Write one complete JSON value a line.',
  tracks: 'Give the playlist an array "tracks" with at least one song, or leave it out.',
  number: 'Write items as whole numbers from 0 to 4294967295, parted by blanks.',
  'transaction-empty': 'Fill in the playlist that the song belongs to.',
  'transaction-inexact': 'Write an id beyond 9007199254740991 as a string.',
  count: 'Write how often as a number above 0, or leave the row out.',
  time: 'Write the time as ISO 8601, or as seconds or milliseconds since 1970.',
  'title-empty': "Fill in the song's title.",
  'too-long': 'Shorten the name to 512 characters.',
  encoding: 'Save the file as UTF-8; a character of this row was damaged.',
} as const;

/** The stable name of what is wrong with a row. */
export type RejectionReason = keyof typeof mends;

/** All reasons, in a fixed order. */
export const rejectionReasons = Object.keys(mends) as RejectionReason[];

/** A row that was read and not taken. */
export interface RejectedRow {
  file: string;
  /**
   * Where the row is, counted from 1: the line it begins on; in a JSON document, which often is one
   * line, the number of its playlist.
   */
  line: number;
  reason: RejectionReason;
  /** What would make the row acceptable. */
  mend: string;
  /** What stood there, cut to 200 characters. */
  row: string;
}

/**
 * Some rows of one file. `transactions`, `titles` and `artists` have one entry for each accepted
 * row. `titles.length + rejected.length === read`.
 */
export interface RowBatch {
  file: string;
  /** Rows read, accepted or not. */
  read: number;
  transactions: string[];
  titles: string[];
  /** '' where the artist is not known. */
  artists: string[];
  /** Milliseconds since 1970; only where times were asked for. */
  times?: number[];
  rejected: RejectedRow[];
}

/** What a row says besides its names: as text, or as JSON has it. */
export interface RowExtras {
  /** How often; empty says nothing. */
  count?: unknown;
  time?: unknown;
}

/** Characters that a name can have. */
const longestName = 512;
/** Characters of a rejected row that are kept. */
const longestExcerpt = 200;
/** Rows from which on a batch is handed over. */
const fullBatch = 4096;

/** A batch of this file with nothing in it. */
export function emptyBatch(file: string): RowBatch {
  return { file, read: 0, transactions: [], titles: [], artists: [], rejected: [] };
}

/** Whether the batch is large enough to be handed over. */
export function isFull(batch: RowBatch): boolean {
  return batch.read >= fullBatch;
}

/**
 * Adds a row to the batch, accepted or rejected. U+0000 and the white space around a name are
 * removed; apart from that Unicode stays as it is. A name with U+FFFD or a lone surrogate is what a
 * broken encoding leaves behind, and such a row is rejected.
 *
 * @param line As in {@link RejectedRow}.
 * @param source The row as it stood in the file: text, or the value that JSON text stands for.
 */
export function addRow(
  batch: RowBatch,
  line: number,
  transactionText: string,
  titleText: string,
  artistText: string,
  source: unknown,
  extras?: RowExtras,
): void {
  const transaction = cleaned(transactionText);
  const title = cleaned(titleText);
  const artist = cleaned(artistText);
  const reason = reasonAgainst(transaction, title, artist);
  if (reason !== undefined) {
    reject(batch, line, reason, source);
    return;
  }
  if (extras !== undefined) {
    const { count, time } = extras;
    if (count !== undefined && count !== '' && count !== null && !(Number(count) > 0)) {
      reject(batch, line, 'count', source);
      return;
    }
    if (time !== undefined) {
      const ms = millisecondsOf(time);
      if (Number.isNaN(ms)) {
        reject(batch, line, 'time', source);
        return;
      }
      batch.times ??= [];
      batch.times.push(ms);
    }
  }
  batch.read++;
  batch.transactions.push(transaction);
  batch.titles.push(title);
  batch.artists.push(artist);
}

/** Adds a rejected row to the batch; the parameters are those of {@link addRow}. */
export function reject(
  batch: RowBatch,
  line: number,
  reason: RejectionReason,
  source: unknown,
): void {
  // Every value that comes from JSON text has a JSON text again.
  const text = typeof source === 'string' ? source : JSON.stringify(source);
  const row = text.slice(0, longestExcerpt).toWellFormed();
  batch.read++;
  batch.rejected.push({ file: batch.file, line, reason, mend: mends[reason], row });
}

/** The text without U+0000 and without white space around it. */
export function cleaned(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '') : text).trim();
}

function reasonAgainst(
  transaction: string,
  title: string,
  artist: string,
): RejectionReason | undefined {
  if (transaction === '') return 'transaction-empty';
  if (title === '') return 'title-empty';
  if (Math.max(transaction.length, title.length, artist.length) > longestName) return 'too-long';
  if (isDamaged(transaction) || isDamaged(title) || isDamaged(artist)) return 'encoding';
  return undefined;
}

function isDamaged(name: string): boolean {
  return name.includes('\uFFFD') || !name.isWellFormed();
}

/** Seconds since 1970 stay below this until the year 5138; what is above is milliseconds. */
const leastMilliseconds = 1e11;

/** A time in milliseconds since 1970, NaN for what is none; without a zone it is taken for UTC. */
function millisecondsOf(time: unknown): number {
  const text = String(time ?? '').trim();
  if (/^\d+(\.\d+)?$/.test(text)) {
    const value = Number(text);
    return value < leastMilliseconds ? value * 1000 : value;
  }
  const hasNoZone = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text);
  return Date.parse(hasNoZone ? `${text.replace(' ', 'T')}Z` : text);
}
