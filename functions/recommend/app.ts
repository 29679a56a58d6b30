import { configure } from '../../shared/configuration.ts';
import { importEntry } from '../../shared/entry.ts';
import { addPage } from '../../shared/page.ts';
import { type App, createApp } from '../../shared/server.ts';
import { readKey } from '../../shared/signature.ts';
import { parseTrace, traceFields } from '../../shared/trace.ts';
import { type Follower, follow } from './follow.ts';
import type { GateOptions } from './gate.ts';
import type { Model } from './model.ts';
import { refuseUnderPressure } from './pressure.ts';
import { addRoutes } from './routes.ts';

/** Settings of recommend. */
export interface RecommendOptions extends Partial<GateOptions> {
  store: string;
  /** Version to serve; absent: the newest. */
  pinned: string | undefined;
  pollMs: number;
  /** Milliseconds that a request may have waited for its turn before it is refused. */
  maxWaitMs: number;
  /** Address of the operator's page; absent: no link to it. */
  uploadUrl: string | undefined;
  logLevel: string;
  /** Networks of the proxies whose word on a client's address counts; none: nobody's. */
  trustedProxies?: readonly string[];
  /** Key of who must have signed what is served; absent: nobody. */
  publicKeyFile?: string | undefined;
}

/** Settings of recommend from its environment. @throws `configuration` */
export function recommendOptions(environment: NodeJS.ProcessEnv): RecommendOptions {
  const settings = configure(environment, [
    'STORE',
    'SNAPSHOT',
    'POLL_MS',
    'MAX_WAIT_MS',
    'UPLOAD_URL',
    'CORS_ORIGINS',
    'RATE_LIMIT',
    'TRUSTED_PROXIES',
    'PUBLIC_KEY_FILE',
    'LOG_LEVEL',
  ]);
  return {
    store: settings.STORE,
    pinned: settings.SNAPSHOT,
    pollMs: settings.POLL_MS,
    maxWaitMs: settings.MAX_WAIT_MS,
    uploadUrl: settings.UPLOAD_URL,
    logLevel: settings.LOG_LEVEL,
    corsOrigins: settings.CORS_ORIGINS,
    rateLimit: settings.RATE_LIMIT,
    trustedProxies: settings.TRUSTED_PROXIES,
    publicKeyFile: settings.PUBLIC_KEY_FILE,
  };
}

/** The recommend function: an app that follows the store. */
export async function buildApp(options: RecommendOptions): Promise<App> {
  let follower: Follower;
  let serving: Model | undefined;
  const { app, metrics } = createApp({
    logLevel: options.logLevel,
    bodyLimitBytes: 256 * 1024,
    unready: () => follower.unready(),
    faults: () => follower.faults(),
    trustedProxies: options.trustedProxies,
  });
  const answers = { rules: 0, artist: 0, popular: 0 };
  let unmatched = 0;
  const publicKey = await readKey('PUBLIC_KEY_FILE', options.publicKeyFile);
  follower = await follow({
    ...options,
    publicKey,
    onSwap(model) {
      serving = model;
      const { head } = model;
      const { seq, version, cause, sequence: event, traceparent } = head;
      app.log.info(
        { seq, version, cause, event, ...traceFields(parseTrace(traceparent)) },
        'model loaded',
      );
    },
    onFault: (fault) => app.log.error({ code: fault.code }, fault.message),
  });
  app.addHook('onClose', async () => follower.close());
  const { uploadUrl: upload, corsOrigins = [], rateLimit } = options;
  if (corsOrigins.length > 0 || rateLimit !== undefined) {
    const gate = await importEntry(import.meta.url, './gate.ts', './gate.cjs');
    await (gate as typeof import('./gate.ts')).addGate(app, { corsOrigins, rateLimit });
  }
  addPage(app, new URL('page/dist/', import.meta.url), upload === undefined ? {} : { upload });
  refuseUnderPressure(app, options.maxWaitMs);
  addRoutes(
    app,
    () => follower.model(),
    options.store,
    (answer) => {
      answers[answer.fallback ?? 'rules']++;
      unmatched += answer.unmatched.length;
    },
    publicKey,
  );
  metrics.push(
    {
      name: 'segue_model_created_seconds',
      help: 'When the model that serves was made, in seconds since 1970',
      type: 'gauge',
      samples: () =>
        serving === undefined
          ? []
          : [
              {
                labels: { version: serving.head.version },
                value: Date.parse(serving.head.created) / 1000,
              },
            ],
    },
    {
      name: 'segue_store_faults',
      help: 'What was wrong when the store was last looked at, by code',
      type: 'gauge',
      samples: () =>
        Object.entries(Object.groupBy(follower.faults(), ({ code }) => code)).map(
          ([code, faults]) => ({ labels: { code }, value: faults.length }),
        ),
    },
    {
      name: 'segue_model_quality',
      help: 'What the training of the model that serves measured on held-out playlists, by figure',
      type: 'gauge',
      samples: () => {
        const figures = { ...serving?.snapshot.facts.metrics, ...serving?.head.gate?.figures };
        return Object.entries(figures).map(([figure, value]) => ({ labels: { figure }, value }));
      },
    },
    {
      name: 'segue_recommendations_total',
      help: 'Answers, by what they rest on: rules, or popularity when no rule fired',
      type: 'counter',
      samples: () =>
        Object.entries(answers).map(([basis, value]) => ({ labels: { basis }, value })),
    },
    {
      name: 'segue_unmatched_songs_total',
      help: 'Songs asked for that the model does not know',
      type: 'counter',
      samples: () => [{ labels: {}, value: unmatched }],
    },
  );
  return app;
}
