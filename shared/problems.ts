import { inspect } from 'node:util';

/**
 * Every error that a person can meet, in one table: a stable code, the HTTP status of RFC 9457's
 * problem+json, the exit code of the shell (BSD sysexits), and a sentence that says what to do.
 */
const table = {
  // Requests
  'bad-request': row(400, 64, 'The request is not valid', (v: { reason: string }) =>
    sentence(v.reason),
  ),
  'not-found': row(
    404,
    64,
    'There is nothing at this address',
    (v: { method: string; url: string }) =>
      `${v.method} ${v.url} is no route. /openapi.json lists those that exist.`,
  ),
  unauthorized: row(
    401,
    77,
    'A token is needed',
    () => 'Send the header "Authorization: Bearer <token>" with the value of UPLOAD_TOKEN.',
  ),
  'too-large': row(
    413,
    65,
    'The body is too large',
    (v: { limitBytes: number }) => `At most ${v.limitBytes} bytes are taken. Send less at once.`,
  ),
  'batch-too-long': row(
    413,
    65,
    'The batch is too long',
    (v: { mostLines: number }) =>
      `At most ${v.mostLines} lines are answered. Send the rest as another batch.`,
  ),
  'unsupported-media-type': row(
    415,
    64,
    'The body is of a type that is not understood',
    (v: { type: string; wanted?: string }) =>
      `Send ${v.wanted ?? 'application/json'} instead of "${v.type}".`,
  ),
  'too-many-requests': row(
    429,
    75,
    'Too many requests of one client',
    (v: { max: number; after: string }) =>
      `A client gets ${v.max} answers a minute. Ask again after ${v.after}.`,
  ),
  internal: row(
    500,
    70,
    'Something unexpected went wrong',
    (v: { reason: string }) => `This is a defect in Segue: ${sentence(v.reason)} The log has more.`,
  ),

  // The shell and the settings
  usage: row(400, 64, 'The command is not valid', (v: { reason: string }) => sentence(v.reason)),
  configuration: row(
    500,
    78,
    'The settings are not valid',
    (v: { mistakes: string[] }) => `Mend these settings: ${v.mistakes.join('; ')}.`,
  ),
  'port-taken': row(
    500,
    69,
    'The port is in use',
    (v: { port: number }) =>
      `Another process listens on port ${v.port}. End it, or choose another with PORT.`,
  ),
  'address-unusable': row(
    500,
    69,
    'The address cannot be listened on',
    (v: { host: string; port: number; reason: string }) =>
      `${v.host || 'All addresses'}, port ${v.port}: ${v.reason}. Choose others with HOST and PORT.`,
  ),
  'address-unreachable': row(
    503,
    75,
    'The address cannot be reached',
    (v: { address: string; reason: string }) =>
      `${v.address}: ${v.reason}. Check it, or try again later.`,
  ),
  'function-ended': row(
    500,
    69,
    'A function ended',
    (v: { name: string }) => `${v.name} ended by itself. What it wrote above says why.`,
  ),

  // Data sets
  'dataset-missing': row(
    404,
    66,
    'There is no such data set',
    (v: { path: string }) => `${v.path} does not exist or cannot be read. Check its name.`,
  ),
  'dataset-empty': row(
    422,
    65,
    'The data set is empty',
    (v: { path: string }) => `${v.path} has no playlist with a song in it.`,
  ),
  'too-few-playlists': row(
    422,
    65,
    'There are too few playlists to hold some out',
    (v: { playlists: number; folds: number; k: number }) =>
      `${v.playlists} playlists cannot be parted into ${v.folds} folds with more than ${v.k} songs to ask for in each. Give more playlists, or smaller values for --k and --folds.`,
  ),
  'dataset-name': row(
    400,
    64,
    'The name of the data set is not valid',
    (v: { name: string }) =>
      `"${v.name}" is not a plain file name. Use letters, digits, ".", "-" and "_", at most 100, not beginning with ".".`,
  ),
  'dataset-format': row(
    422,
    65,
    'The format of the data set is not known',
    (v: { path: string }) =>
      `${v.path} is neither CSV, TSV, JSON, NDJSON, Parquet, Arrow, baskets nor .dat. Name the format by the file's ending.`,
  ),
  'dataset-corrupt': row(
    422,
    65,
    'The data set cannot be read to its end',
    (v: { path: string; reason: string }) =>
      `${v.path}: ${v.reason}. Make the file again; what is left of it is not used.`,
  ),
  'dataset-too-large': row(
    422,
    65,
    'The data set is too large',
    (v: { mostItems: number }) =>
      `It has more than ${v.mostItems} rows, and positions are 32-bit numbers. Train on a part of it.`,
  ),
  'unpacks-too-large': row(
    422,
    65,
    'The data set unpacks to too much',
    (v: { path: string; packed: number; most: number }) =>
      `${v.path} has unpacked to ${v.most} bytes, from ${v.packed} that were read of it, and goes on. Give it uncompressed, or in several files.`,
  ),
  'dataset-digest': row(
    422,
    65,
    'The data set is not the one that was announced',
    (v: { path: string; expected: string; found: string }) =>
      `${v.path} has the SHA-256 ${v.found}, announced was ${v.expected}. Upload it again.`,
  ),
  'dataset-changed': row(
    503,
    75,
    'The data set changed while it was read',
    (v: { path: string }) =>
      `${v.path} is not what it was when its digest was taken. Train when it is written to its end.`,
  ),
  'dataset-address': row(
    422,
    65,
    'The address of the data set is not allowed',
    (v: { address: string; reason: string }) => `${v.address}: ${v.reason}.`,
  ),
  'column-missing': row(
    422,
    65,
    'A column is missing',
    (v: { path: string; role: string; found: string[] }) =>
      `${v.path} has no column for the ${v.role} among ${v.found.map((name) => `"${name}"`).join(', ') || 'none'}. Name it with --columns ${v.role}=NAME.`,
  ),
  'too-many-rejected': row(
    422,
    65,
    'Too many rows were rejected',
    (v: { rejected: number; read: number; limit: string; reason: string }) =>
      `${v.rejected} of ${v.read} rows were rejected, more than ${v.limit}; most often: ${v.reason}. Mend them, or allow more with --max-rejected.`,
  ),
  'report-unwritable': row(
    500,
    73,
    'The report of rejected rows cannot be written',
    (v: { path: string; reason: string }) =>
      `${v.path}: ${v.reason}. Name a file that can be written, or do without the report.`,
  ),
  'rules-invalid': row(
    422,
    65,
    'The rules cannot be imported',
    (v: { path: string; reason: string }) =>
      `${v.path}: ${v.reason}. Write them as CSV with mlxtend, arules or segue rules.`,
  ),
  'output-unwritable': row(
    500,
    73,
    'The output cannot be written',
    (v: { path: string; reason: string }) =>
      `${v.path}: ${v.reason}. Name a file that can be written.`,
  ),
  'song-unknown': row(
    404,
    66,
    'A song is not known',
    (v: { songs: string[] }) =>
      `The model has no ${v.songs.map((song) => `"${song}"`).join(', ')}. Give the title as the data set has it, or "Title - Artist".`,
  ),
  'batch-missing': row(
    404,
    66,
    'The file of the batch cannot be read',
    (v: { path: string; reason: string }) => `${v.path}: ${v.reason}. Check its name.`,
  ),
  'batch-line': row(
    422,
    65,
    'A line of the batch cannot be answered',
    (v: { path: string; line: number; reason: string }) =>
      `${v.path}, line ${v.line}: ${sentence(v.reason)} The lines before it are answered.`,
  ),

  // Mining
  'support-invalid': row(
    422,
    64,
    'The minimum support is not valid',
    (v: { given: string }) =>
      `"${v.given}" is neither a count (a whole number from 1) nor a share (above 0%, at most 100%).`,
  ),
  'too-many-itemsets': row(
    422,
    65,
    'There are too many frequent itemsets',
    (v: { limit: number; minSupport: number }) =>
      `More than ${v.limit} itemsets have a support of ${v.minSupport} or more. Raise --min-support, lower --max-length, or raise --max-itemsets.`,
  ),
  'too-little-memory': row(
    422,
    65,
    'There is too little memory for mining',
    (v: { reason: string }) =>
      `${v.reason} Raise --min-support, lower --max-length, or give it more memory.`,
  ),

  // Snapshots and the store
  'snapshot-invalid': row(
    500,
    65,
    'The snapshot cannot be used',
    (v: { path: string; reason: string }) =>
      `${v.path}: ${v.reason}. Train again, or roll back to a version that verifies.`,
  ),
  'head-unsigned': row(
    500,
    65,
    'The head is not signed as it must be',
    (v: { path: string }) =>
      `${v.path} is not signed with the key to PUBLIC_KEY_FILE, or was changed since. Let retrain publish again with SIGNING_KEY_FILE, or find out who wrote it.`,
  ),
  'no-model': row(
    503,
    66,
    'There is no model yet',
    (v: { store: string }) =>
      `${v.store} holds no published model. Train one with "segue train DATASET --store ${v.store}" or upload a data set.`,
  ),
  'model-not-loaded': row(
    503,
    75,
    'The model is not loaded',
    (v: { reason: string }) => `The published model could not be loaded. ${sentence(v.reason)}`,
  ),
  'store-behind': row(
    503,
    74,
    'The volume is older than the model that serves',
    (v: { seq: number }) =>
      `Head ${v.seq} serves, and the volume has neither it nor a newer one: it was restored from a backup, or shows an old state. The model serves on; restart recommend to serve what is there.`,
  ),
  'version-unknown': row(
    404,
    66,
    'There is no such version',
    (v: { version: string; known: string[] }) =>
      `Version "${v.version}" is not in the store. It has ${v.known.length === 0 ? 'none' : v.known.join(', ')}.`,
  ),
  'version-unsigned': row(
    409,
    65,
    'The version is not signed as it must be',
    (v: { version: string }) =>
      `Version ${v.version} is not signed with the key that is asked for now, so it would not serve. Upload its data set again, which trains it and signs it.`,
  ),
  'store-unusable': row(
    503,
    74,
    'The store cannot be used',
    (v: { path: string; reason: string }) =>
      `${v.path}: ${v.reason}. Check that the volume is mounted, writable and not full.`,
  ),

  // Training by event
  'dataset-refused': row(422, 65, 'The data set can never work', (v: { reason: string }) =>
    sentence(v.reason),
  ),
  'event-unsigned': row(
    403,
    77,
    'Who sent the event is not known',
    () =>
      'It is not signed with a token that counts here. Give who sends it the same UPLOAD_TOKEN, or UPLOAD_TOKEN_FILE, as retrain has.',
  ),
  'no-token': row(
    503,
    75,
    'There is no token yet',
    () => 'UPLOAD_TOKEN_FILE names a file that has none. Make the Secret, then try again.',
  ),
  'event-invalid': row(
    400,
    64,
    'This is not an event that retrain knows',
    (v: { reason: string }) => sentence(v.reason),
  ),
  'cursor-stale': row(
    410,
    64,
    'The list is not the same any more',
    () => 'The model has changed since the page before, or the cursor is none. Begin without it.',
  ),
  'client-gone': row(499, 75, 'Nobody waits for the answer', () => 'The connection was closed.'),
  overloaded: row(
    503,
    75,
    'Too many requests at once',
    () => 'More is asked than one process can answer in time. Try again after Retry-After seconds.',
  ),
  busy: row(
    503,
    75,
    'Another training is running',
    (v: { until: string }) => `It holds the lease until ${v.until}. Send the event again later.`,
  ),
  'training-failed': row(
    500,
    75,
    'The training did not finish',
    (v: { reason: string }) => `${sentence(v.reason)} Send the event again.`,
  ),
  'training-ended': row(
    500,
    75,
    'The training was ended',
    (v: { reason: string }) =>
      `${sentence(v.reason)} If nobody did, the system did for want of memory: give it more, or set --max-memory.`,
  ),
  'too-many-dead-letters': row(
    503,
    75,
    'There is no room for another dead letter',
    (v: { folder: string; limit: number }) =>
      `${v.folder} has ${v.limit} events that could not be delivered. Look at them and remove them.`,
  ),
  'run-unknown': row(
    404,
    66,
    'There is no such run',
    (v: { id: string }) =>
      `No training with the event or key "${v.id}" has begun. If the event was sent just now, ask again in a moment.`,
  ),
  'sink-unreachable': row(
    503,
    75,
    'The event could not be sent',
    (v: { sink: string; reason: string }) =>
      `The data set is stored, but ${v.sink} did not take the event: ${v.reason}. Upload it again.`,
  ),
} as const;

/** The stable name of an error. */
export type ProblemCode = keyof typeof table;

type Values<Code extends ProblemCode> = Parameters<(typeof table)[Code]['detail']>;

/** An error out of the table; every other error that reaches a person is a defect. */
export class Problem extends Error {
  readonly code: ProblemCode;
  /** HTTP status. */
  readonly status: number;
  /** Exit code of the shell. */
  readonly exitCode: number;
  /** What is wrong, the same for every occurrence; `message` says what to do about this one. */
  readonly title: string;

  constructor(code: ProblemCode, detail: string) {
    super(detail);
    const { status, exitCode, title } = table[code];
    this.name = 'Problem';
    this.code = code;
    this.status = status;
    this.exitCode = exitCode;
    this.title = title;
  }
}

/**
 * Makes the error with this code.
 * @param values What its sentence speaks of, as the table's row asks.
 * @example throw problem('dataset-missing', { path });
 */
export function problem<Code extends ProblemCode>(code: Code, ...values: Values<Code>): Problem {
  const detail = table[code].detail as (...values: Values<Code>) => string;
  return new Problem(code, detail(...values));
}

/** The body of an answer with the media type application/problem+json (RFC 9457). */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ProblemCode;
}

/** A problem as a client receives it. */
export function problemBody({ code, title, status, message }: Problem): ProblemBody {
  return { type: `urn:segue:problem:${code}`, title, status, detail: message, code };
}

/** Any thrown value as a problem: what is not from the table becomes `internal`. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const reason = error instanceof Error ? error.message : inspect(error);
  const internal = problem('internal', { reason });
  internal.cause = error;
  return internal;
}

/** One line that ends in a full stop: what others report ends as it likes. */
function sentence(reason: string): string {
  const line = reason.trim().replace(/\s*\n\s*/g, ' ');
  return line.endsWith('.') ? line : `${line}.`;
}

function row<Detail extends (...values: never[]) => string>(
  status: number,
  exitCode: number,
  title: string,
  detail: Detail,
): { status: number; exitCode: number; title: string; detail: Detail } {
  return { status, exitCode, title, detail };
}
