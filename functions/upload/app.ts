import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ulid } from 'ulid';
import { type Columns, configure } from '../../shared/configuration.ts';
import { addPage } from '../../shared/page.ts';
import { problem } from '../../shared/problems.ts';
import { findRun, readRuns } from '../../shared/runs.ts';
import { type App, createApp } from '../../shared/server.ts';
import { readKey } from '../../shared/signature.ts';
import { readHeads } from '../../shared/store/heads.ts';
import { rollback } from '../../shared/store/publish.ts';
import { isOneOf, readTokens } from '../../shared/tokens.ts';
import { newTrace, traceFields, traceOf } from '../../shared/trace.ts';
import { account, emptyCounts } from '../retrain/read/account.ts';
import { read } from '../retrain/read/read.ts';
import {
  checkName,
  datasetPath,
  listDatasets,
  openDataset,
  removeDataset,
  removeLeftovers,
  storeDataset,
} from './datasets.ts';
import { keepDeadLetter } from './deadLetters.ts';
import { deliveryDelaysMs, sendEvent, uploadedEvent } from './send.ts';

/** Settings of upload. */
export interface UploadOptions {
  store: string;
  /** Folder of the data sets. */
  datasets: string;
  sink: string;
  /** Absent, and no file: nobody is let in. */
  token: string | undefined;
  tokenFile?: string | undefined;
  /** Key that an activated version is signed with. */
  signingKeyFile?: string | undefined;
  maxBytes: number;
  columns: Columns;
  /** Whether each row needs a time, as sessions do. */
  timed?: boolean;
  maxRejectedShare: number;
  /** How long upload watches whether the sink takes an event before it answers. */
  patienceMs: number;
  /** Pauses between deliveries while retrain is busy. */
  retryDelaysMs: readonly number[];
  logLevel: string;
}

/** Settings of upload from its environment. @throws `configuration` */
export function uploadOptions(environment: NodeJS.ProcessEnv): UploadOptions {
  const settings = configure(environment, [
    'STORE',
    'DATASETS',
    'K_SINK',
    'UPLOAD_TOKEN',
    'UPLOAD_TOKEN_FILE',
    'SIGNING_KEY_FILE',
    'MAX_UPLOAD_BYTES',
    'COLUMNS',
    'SESSION_GAP',
    'MAX_REJECTED',
    'LOG_LEVEL',
  ]);
  return {
    store: settings.STORE,
    datasets: settings.DATASETS,
    sink: settings.K_SINK,
    token: settings.UPLOAD_TOKEN,
    tokenFile: settings.UPLOAD_TOKEN_FILE,
    signingKeyFile: settings.SIGNING_KEY_FILE,
    maxBytes: settings.MAX_UPLOAD_BYTES,
    columns: settings.COLUMNS,
    timed: settings.SESSION_GAP !== undefined,
    maxRejectedShare: settings.MAX_REJECTED,
    patienceMs: 1_000,
    retryDelaysMs: deliveryDelaysMs,
    logLevel: settings.LOG_LEVEL,
  };
}

/** Longer than any upload takes: what is unfinished since then will stay so. */
const leftoverMs = 24 * 3_600_000;

/**
 * Routes that probes, scrapers and the broker call, who have no token; and the page, which asks a
 * person for it.
 */
const openRoutes = new Set([
  ...['/healthz', '/readyz', '/metrics', '/dead-letters'],
  ...['/', '/page/:file'],
]);

const NameInPath = Type.Object({ name: Type.String() });
const IdInPath = Type.Object({ id: Type.String() });
const VersionInPath = Type.Object({ version: Type.String() });

/** The upload function: takes data sets to the volume, sends events, shows runs and models. */
export async function buildApp(options: UploadOptions): Promise<App> {
  const { store, datasets } = options;
  const { app, metrics } = createApp({
    logLevel: options.logLevel,
    bodyLimitBytes: 64 * 1024,
    // As long as Knative gives a request: a data set may come slowly.
    requestTimeoutMs: 600_000,
    unready: () => undefined,
  });
  let deadLetters = 0;
  metrics.push({
    name: 'segue_dead_letters_total',
    help: 'Events that the broker could not deliver and brought here',
    type: 'counter',
    samples: () => [{ labels: {}, value: deadLetters }],
  });
  await removeLeftovers(datasets, leftoverMs);
  const stopping = new AbortController();
  app.addHook('onClose', async () => stopping.abort());
  if ((await readTokens(options)).length === 0) {
    app.log.warn('there is no token yet: every request is refused');
  }
  app.addHook('onRequest', async (request) => {
    if (!openRoutes.has(request.routeOptions.url ?? '')) {
      checkToken(request.headers.authorization, await readTokens(options));
    }
  });
  // A body is a data set, whatever its media type: it is streamed to the volume, never held.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, body, done) => done(null, body));

  addPage(app, new URL('operator/dist/', import.meta.url));
  app.put('/datasets/:name', { schema: { params: NameInPath } }, async (request, reply) => {
    const name = checkName(request.params.name);
    // Who announces too much need not be heard out.
    if (Number(request.headers['content-length'] ?? 0) > options.maxBytes) {
      throw problem('too-large', { limitBytes: options.maxBytes });
    }
    const { dataset, checked } = await storeDataset(
      datasets,
      name,
      bodyOf(request),
      options.maxBytes,
      (path) => countRows(path, options),
    );
    const { sha256, bytes } = dataset;
    const sequence = ulid();
    const trace = traceOf(request.headers) ?? newTrace();
    const log = request.log.child({ event: sequence, ...traceFields(trace) });
    log.info({ dataset, rows: checked }, 'data set stored');
    const pointer = { path: datasetPath(dataset), sha256, bytes };
    const [token] = await readTokens(options);
    await sendEvent(uploadedEvent({ datasets: [pointer], sequence }, trace, token), {
      sink: options.sink,
      patienceMs: options.patienceMs,
      retryDelaysMs: options.retryDelaysMs,
      signal: stopping.signal,
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
  app.get('/datasets', async () => ({ datasets: await listDatasets(datasets) }));
  app.get('/datasets/:name', { schema: { params: NameInPath } }, async (request, reply) => {
    const { dataset, stream } = await openDataset(datasets, checkName(request.params.name));
    return reply
      .header('etag', `"${dataset.sha256}"`)
      .header('content-length', dataset.bytes)
      .type('application/octet-stream')
      .send(stream);
  });
  app.delete('/datasets/:name', { schema: { params: NameInPath } }, async (request, reply) => {
    await removeDataset(datasets, checkName(request.params.name));
    return reply.code(204).send();
  });

  app.post('/dead-letters', async (request, reply) => {
    const event = await keepDeadLetter(store, request.headers, bodyOf(request));
    deadLetters++;
    const trace = traceFields(traceOf(request.headers));
    request.log.error({ event, ...trace }, 'event undeliverable, kept');
    return reply.code(204).send();
  });

  app.get('/runs', async () => ({ runs: await readRuns(store) }));
  app.get('/runs/:id', { schema: { params: IdInPath } }, async (request) => {
    const { id } = request.params;
    const run = await findRun(store, id);
    if (run === undefined) throw problem('run-unknown', { id });
    return run;
  });

  app.get('/models', async () => {
    const heads = await readHeads(store);
    const serving = heads.at(-1)?.version;
    const versions = new Map(heads.map((head) => [head.version, head]));
    const models = [...versions.values()].map(({ version, created, sha256, bytes, key }) => ({
      version,
      created,
      sha256,
      bytes,
      key,
      serving: version === serving,
    }));
    return { models: models.sort((a, b) => Number(b.version) - Number(a.version)) };
  });
  app.post('/models/:version/activate', { schema: { params: VersionInPath } }, async (request) => {
    const signingKey = await readKey('SIGNING_KEY_FILE', options.signingKeyFile);
    const { outcome, head } = await rollback(store, request.params.version, signingKey);
    request.log.info({ outcome, head }, 'version activated');
    return { version: head.version, seq: head.seq, outcome };
  });
  return app;
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

/** @throws `unauthorized` */
function checkToken(authorization: string | undefined, tokens: readonly string[]): void {
  const given = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
  if (given === undefined || !isOneOf(given, tokens)) throw problem('unauthorized');
}
