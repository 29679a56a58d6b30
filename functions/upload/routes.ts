import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { decodeTime, monotonicFactory } from 'ulid';
import { sequencePattern } from '../../shared/events.ts';
import { problems } from '../../shared/problemAnswer.ts';
import { problem } from '../../shared/problems.ts';
import { findRun, readRuns } from '../../shared/runs.ts';
import type { App } from '../../shared/server.ts';
import { isSigned, publicKeyOf, readKey } from '../../shared/signature.ts';
import { readHeads } from '../../shared/store/heads.ts';
import { rollback } from '../../shared/store/publish.ts';
import { readTokens } from '../../shared/tokens.ts';
import { newTrace, traceFields, traceOf } from '../../shared/trace.ts';
import { account, emptyCounts } from '../retrain/read/account.ts';
import { read } from '../retrain/read/read.ts';
import type { UploadOptions } from './app.ts';
import {
  checkName,
  datasetPath,
  listDatasets,
  openDataset,
  removeDataset,
  storeDataset,
} from './datasets.ts';
import { keepDeadLetter } from './deadLetters.ts';
import {
  ActivateAnswer,
  DatasetsAnswer,
  DeadLetterHeaders,
  IdInPath,
  ModelsAnswer,
  NameInPath,
  RunAnswer,
  RunsAnswer,
  UploadAnswer,
  VersionInPath,
} from './schemas.ts';
import { sendEvent, uploadedEvent } from './send.ts';
import { takeTurns } from './turns.ts';

/** Uploads that are taken at once: each holds a connection, a file, and room on the volume. */
const mostUploads = 32;

/** Any bytes. */
const bytes = {
  content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
};
const nothing = (description: string) => ({ 204: { type: 'null', description } });

/**
 * Adds the routes of upload to an app that gives bodies as streams.
 * @param stopping Ends deliveries that go on behind their answers.
 * @param onDeadLetter Told of each event that no broker could deliver.
 */
export function addRoutes(
  app: App,
  options: UploadOptions,
  stopping: AbortSignal,
  onDeadLetter: () => void,
): void {
  addDatasets(app, options, stopping);
  addRuns(app, options);
  addModels(app, options);
  const described = {
    operationId: 'keepDeadLetter',
    summary: 'Keep an event that the broker could not deliver',
    security: [],
    headers: DeadLetterHeaders,
    body: bytes,
    response: { ...nothing('It is kept'), ...problems },
  };
  app.post('/dead-letters', { schema: described, ...unchecked }, async (request, reply) => {
    const event = await keepDeadLetter(options.store, request.headers, bodyOf(request));
    onDeadLetter();
    const trace = traceFields(traceOf(request.headers));
    request.log.error({ event, ...trace }, 'event undeliverable, kept');
    return reply.code(204).send();
  });
}

/** What is in addresses and bodies is checked by what reads it, which says more of what is wrong. */
const unchecked = { validatorCompiler: () => () => true };

function addDatasets(app: App, options: UploadOptions, stopping: AbortSignal): void {
  const { datasets } = options;
  const uploads = takeTurns(mostUploads);
  const sequences = sequencesAbove(options.store);
  const stored = {
    operationId: 'storeDataset',
    summary: 'Store a data set and have a model trained on it',
    description: 'The ending of its name says what the format is.',
    params: NameInPath,
    body: bytes,
    response: { 202: UploadAnswer, ...problems },
  };
  app.put('/datasets/:name', { schema: stored, ...unchecked }, async (request, reply) => {
    const name = checkName(request.params.name);
    // Who announces too much need not be heard out.
    if (Number(request.headers['content-length'] ?? 0) > options.maxBytes) {
      throw problem('too-large', { limitBytes: options.maxBytes });
    }
    // Read one after the other: together they would take no less time, and the memory of all.
    const { dataset, checked } = await uploads.within(() =>
      storeDataset(datasets, name, bodyOf(request), options.maxBytes, (path) =>
        uploads.alone(() => countRows(path, options)),
      ),
    );
    const sequence = await sequences.next();
    const trace = traceOf(request.headers) ?? newTrace();
    const log = request.log.child({ event: sequence, ...traceFields(trace) });
    log.info({ dataset, rows: checked }, 'data set stored');
    const pointer = {
      path: datasetPath(dataset),
      sha256: dataset.sha256,
      bytes: dataset.bytes,
    };
    const [token] = await readTokens(options);
    await sendEvent(uploadedEvent({ datasets: [pointer], sequence }, trace, token), {
      sink: options.sink,
      patienceMs: options.patienceMs,
      retryDelaysMs: options.retryDelaysMs,
      signal: stopping,
      onEnd: (end) => {
        if ('error' in end) log.error({ err: end.error }, 'event not delivered');
        else log.info(end, 'the sink has answered');
      },
    });
    const run = `/runs/${sequence}`;
    return reply
      .code(202)
      .header('location', run)
      .send({ ...dataset, rows: checked, event: sequence, run });
  });

  const listed = {
    operationId: 'listDatasets',
    summary: 'The data sets on the volume, the newest first',
    response: { 200: DatasetsAnswer, ...problems },
  };
  app.get('/datasets', { schema: listed }, async () => ({
    datasets: await listDatasets(datasets),
  }));

  const read = {
    operationId: 'readDataset',
    summary: 'The newest data set of a name, as it came',
    params: NameInPath,
    response: { 200: bytes, ...problems },
  };
  app.get('/datasets/:name', { schema: read, ...unchecked }, async (request, reply) => {
    const { dataset, stream } = await openDataset(datasets, checkName(request.params.name));
    reply
      .header('etag', `"${dataset.sha256}"`)
      .header('content-length', dataset.bytes)
      .type('application/octet-stream');
    return reply.send(stream);
  });

  const removed = {
    operationId: 'removeDataset',
    summary: 'Remove every data set of a name',
    params: NameInPath,
    response: { ...nothing('They are removed'), ...problems },
  };
  app.delete('/datasets/:name', { schema: removed, ...unchecked }, async (request, reply) => {
    await removeDataset(datasets, checkName(request.params.name));
    return reply.code(204).send();
  });
}

/**
 * ULIDs above those of the uploads that are decided and of those before, whatever the clock: one that
 * has gone back would have the newest data superseded by older data.
 */
function sequencesAbove(store: string): { next(): Promise<string> } {
  const monotonic = monotonicFactory();
  return {
    async next() {
      const decided = (await readHeads(store)).at(-1)?.sequence ?? '';
      const above = new RegExp(sequencePattern).test(decided) ? decodeTime(decided) + 1 : 0;
      return monotonic(Math.max(Date.now(), above));
    },
  };
}

function addRuns(app: App, { store }: UploadOptions): void {
  const listed = {
    operationId: 'listRuns',
    summary: 'What trainings came to, the one that changed last first',
    response: { 200: RunsAnswer, ...problems },
  };
  app.get('/runs', { schema: listed }, async () => ({ runs: await readRuns(store) }));

  const read = {
    operationId: 'readRun',
    summary: "A training by its key, or by an upload's event",
    params: IdInPath,
    response: { 200: RunAnswer, ...problems },
  };
  app.get('/runs/:id', { schema: read }, async (request) => {
    const { id } = request.params;
    const run = await findRun(store, id);
    if (run === undefined) throw problem('run-unknown', { id });
    return run;
  });
}

function addModels(app: App, { store, signingKeyFile, publicKeyFile }: UploadOptions): void {
  /** Read anew each time: keys are changed while this runs. */
  const readKeys = async () => {
    const signingKey = await readKey('SIGNING_KEY_FILE', signingKeyFile);
    const publicKey = await readKey('PUBLIC_KEY_FILE', publicKeyFile);
    return { signingKey, publicKey: publicKey ?? publicKeyOf(signingKey) };
  };
  const listed = {
    operationId: 'listModels',
    summary: 'The versions in the store, the newest first',
    response: { 200: ModelsAnswer, ...problems },
  };
  app.get('/models', { schema: listed }, async () => {
    const { publicKey } = await readKeys();
    const heads = await readHeads(store);
    // Who asks for signatures passes over heads that have none.
    const right = heads.filter((head) => publicKey === undefined || isSigned(head, publicKey));
    const serving = right.at(-1)?.version;
    const versions = new Map(heads.map((head) => [head.version, head]));
    const models = [...versions.values()].map((head) => ({
      version: head.version,
      created: head.created,
      sha256: head.sha256,
      bytes: head.bytes,
      key: head.key,
      serving: head.version === serving,
      ...(publicKey && { signed: right.some(({ version }) => version === head.version) }),
    }));
    return { models: models.sort((a, b) => Number(b.version) - Number(a.version)) };
  });

  const activated = {
    operationId: 'activateModel',
    summary: 'Let an older version serve again',
    params: VersionInPath,
    response: { 200: ActivateAnswer, ...problems },
  };
  app.post('/models/:version/activate', { schema: activated }, async (request) => {
    const { signingKey, publicKey } = await readKeys();
    if (publicKey !== undefined && !publicKeyOf(signingKey)?.equals(publicKey)) {
      const mistake = 'SIGNING_KEY_FILE must name the key to PUBLIC_KEY_FILE, or nothing serves';
      throw problem('configuration', { mistakes: [mistake] });
    }
    const { outcome, head } = await rollback(store, request.params.version, signingKey);
    request.log.info({ outcome, head }, 'version activated');
    return { version: head.version, seq: head.seq, outcome };
  });
}

/** Reads a data set to its end. @throws when it is one that can never be trained on. */
async function countRows(
  path: string,
  { columns, timed = false, maxRejectedShare }: UploadOptions,
): Promise<{ read: number; accepted: number; rejected: number }> {
  const counts = emptyCounts();
  const batches = account(read([path], { columns, timed }), { counts, maxRejectedShare });
  for await (const _ of batches);
  const { read: rows, accepted, rejected } = counts;
  return { read: rows, accepted, rejected };
}

/** The bytes of a request, none when it has no body. */
function bodyOf(request: FastifyRequest): Readable {
  return (request.body as Readable | null | undefined) ?? Readable.from([]);
}
