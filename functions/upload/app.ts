import { type Columns, configure } from '../../shared/configuration.ts';
import { addPage } from '../../shared/page.ts';
import { problem } from '../../shared/problems.ts';
import { type App, createApp } from '../../shared/server.ts';
import { isOneOf, readTokens } from '../../shared/tokens.ts';
import { removeLeftovers } from './datasets.ts';
import { addRoutes } from './routes.ts';
import { deliveryDelaysMs } from './send.ts';

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
  /** Key of those who must have signed what serves, where recommend asks for it; else ours. */
  publicKeyFile?: string | undefined;
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
    'PUBLIC_KEY_FILE',
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
    publicKeyFile: settings.PUBLIC_KEY_FILE,
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

/** The upload function: takes data sets to the volume, sends events, shows runs and models. */
export async function buildApp(options: UploadOptions): Promise<App> {
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
  await removeLeftovers(options.datasets, leftoverMs);
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
  addRoutes(app, options, stopping.signal, () => {
    deadLetters++;
  });
  return app;
}

/** @throws `unauthorized` */
function checkToken(authorization: string | undefined, tokens: readonly string[]): void {
  const given = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
  if (given === undefined || !isOneOf(given, tokens)) throw problem('unauthorized');
}
