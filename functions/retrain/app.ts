import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { configure } from '../../shared/configuration.ts';
import type { Answer } from '../../shared/runs.ts';
import { type App, createApp } from '../../shared/server.ts';
import type { TraceContext } from '../../shared/trace.ts';
import { type DecideOptions, decide } from './decide.ts';
import { addRoutes } from './routes.ts';
import { trainSettings } from './settings.ts';
import type { StepDone } from './train.ts';

/** Settings of retrain. */
export interface RetrainOptions extends DecideOptions {
  logLevel: string;
}

/** Settings of retrain from its environment. @throws `configuration` */
export function retrainOptions(environment: NodeJS.ProcessEnv): RetrainOptions {
  // KEEP_VERSIONS, FORCE and PINNED are the training process's, but a mistake must show before the first.
  const settings = configure(environment, [
    'STORE',
    'DATASETS',
    'LOG_LEVEL',
    'KEEP_VERSIONS',
    'FORCE',
    'PINNED',
    'SIGNING_KEY_FILE',
    'UPLOAD_TOKEN',
    'UPLOAD_TOKEN_FILE',
  ]);
  return {
    store: settings.STORE,
    datasets: settings.DATASETS,
    token: settings.UPLOAD_TOKEN,
    tokenFile: settings.UPLOAD_TOKEN_FILE,
    settings: trainSettings(environment),
    environment,
    leaseTermMs: 30_000,
    logLevel: settings.LOG_LEVEL,
  };
}

/** Every outcome from the start: a rate needs a 0 to begin with. */
const noOutcome: Record<Answer['outcome'], number> = {
  ...{ published: 0, again: 0, superseded: 0, rejected: 0, refused: 0, failed: 0 },
};

/**
 * The retrain function: takes CloudEvents at `/`, trains, and answers when that is decided, so
 * that a broker knows whether to deliver again.
 */
export async function buildApp(options: RetrainOptions): Promise<App> {
  const { app, metrics } = createApp({
    logLevel: options.logLevel,
    bodyLimitBytes: 64 * 1024,
    unready: () => undefined,
  });
  const outcomes = { ...noOutcome };
  const seconds = new Map<string, number>();
  metrics.push(
    {
      name: 'segue_trainings_total',
      help: 'Events that were decided, by what they came to',
      type: 'counter',
      samples: () =>
        Object.entries(outcomes).map(([outcome, value]) => ({ labels: { outcome }, value })),
    },
    {
      name: 'segue_training_step_seconds_total',
      help: 'Time that trainings took, by step',
      type: 'counter',
      samples: () => [...seconds].map(([step, value]) => ({ labels: { step }, value })),
    },
  );
  const stopping = new AbortController();
  app.addHook('preClose', async () => stopping.abort());
  // The event is read from the bytes as they came, whatever their media type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  addRoutes(app, async (event, log) => {
    log.info({ datasets: event.data.datasets }, 'training asked for');
    const decision = await decide(event, options, stopping.signal, {
      onStep(done) {
        seconds.set(done.step, (seconds.get(done.step) ?? 0) + done.ms / 1000);
        tellStep(event.trace, done);
      },
      onFault: (error) =>
        log.error({ err: error }, 'the lease or the record of the run could not be kept up'),
    });
    outcomes[decision.outcome]++;
    log.info(decision, 'training decided');
    return decision;
  });
  return app;
}

/** A span for a step that is done; none where no telemetry listens. */
function tellStep(parent: TraceContext | undefined, { step, ms, counts }: StepDone): void {
  const end = Date.now();
  const context = parent && trace.setSpanContext(ROOT_CONTEXT, parent);
  const options = { startTime: end - ms, attributes: counts };
  trace.getTracer('segue').startSpan(step, options, context).end(end);
}
