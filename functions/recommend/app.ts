import { readFile } from 'node:fs/promises';
import { Counter, Gauge } from 'prom-client';
import { configure } from '../../shared/configuration.ts';
import { type App, createApp } from '../../shared/server.ts';
import { type Follower, follow } from './follow.ts';
import { artistOf, titleOf } from './model.ts';
import { describe, recommend } from './recommend.ts';
import {
  ModelAnswer,
  ProblemAnswer,
  RecommendAnswer,
  RecommendRequest,
  SongsAnswer,
  SongsQuery,
} from './schemas.ts';
import { suggest } from './suggest.ts';

/** Settings of recommend. */
export interface RecommendOptions {
  store: string;
  /** Version to serve; absent: the newest. */
  pinned: string | undefined;
  pollMs: number;
  logLevel: string;
}

/** What is sent as it is: address, file beside this one, media type. */
const files = [
  ['/', 'page/index.html', 'text/html; charset=utf-8'],
  ['/page.css', 'page/page.css', 'text/css; charset=utf-8'],
  ['/page.js', 'page/page.js', 'text/javascript; charset=utf-8'],
  ['/openapi.json', 'openapi.json', 'application/json'],
] as const;

/** Settings of recommend from its environment. @throws `configuration` */
export function recommendOptions(environment: NodeJS.ProcessEnv): RecommendOptions {
  const settings = configure(environment, ['STORE', 'SNAPSHOT', 'POLL_MS', 'LOG_LEVEL']);
  return {
    store: settings.STORE,
    pinned: settings.SNAPSHOT,
    pollMs: settings.POLL_MS,
    logLevel: settings.LOG_LEVEL,
  };
}

/** The recommend function: an app that follows the store. It is ready to be listened with. */
export async function buildApp(options: RecommendOptions): Promise<App> {
  let follower: Follower;
  const { app, metrics } = createApp({
    logLevel: options.logLevel,
    bodyLimitBytes: 256 * 1024,
    unready: () => follower.unready(),
  });
  const created = new Gauge({
    name: 'segue_model_created_seconds',
    help: 'When the model that serves was made, in seconds since 1970',
    labelNames: ['version'],
    registers: [metrics],
  });
  const requests = new Counter({
    name: 'segue_recommendations_total',
    help: 'Answers, by what they rest on: rules, or popularity when no rule fired',
    labelNames: ['basis'],
    registers: [metrics],
  });
  const unmatched = new Counter({
    name: 'segue_unmatched_songs_total',
    help: 'Songs asked for that the model does not know',
    registers: [metrics],
  });
  follower = await follow({
    ...options,
    onSwap({ head }) {
      created.reset();
      created.set({ version: head.version }, Date.parse(head.created) / 1000);
      app.log.info({ seq: head.seq, version: head.version, cause: head.cause }, 'model loaded');
    },
    onFault: (fault) => app.log.error({ code: fault.code }, fault.message),
  });
  app.addHook('onClose', async () => follower.close());

  const answers = { '4xx': ProblemAnswer, '5xx': ProblemAnswer };
  for (const url of ['/api/recommend', '/api/recommender']) {
    const schema = {
      summary: 'Recommend songs for songs, with reasons',
      body: RecommendRequest,
      response: { 200: RecommendAnswer, ...answers },
    };
    app.post(url, { schema }, async (request) => {
      const { songs, limit } = request.body;
      const answer = recommend(follower.model(), songs, limit);
      requests.inc({ basis: answer.fallback ?? 'rules' });
      unmatched.inc(answer.unmatched.length);
      return answer;
    });
  }
  app.get(
    '/api/songs',
    {
      schema: {
        summary: 'Songs by the beginning of their title or artist',
        querystring: SongsQuery,
        response: { 200: SongsAnswer, ...answers },
      },
    },
    async (request) => {
      const model = follower.model();
      const songs = suggest(model, request.query.q, request.query.limit).map((song) => ({
        track: titleOf(model, song),
        artist: artistOf(model, song),
        support: model.snapshot.supports[song],
      }));
      return { songs };
    },
  );
  app.get(
    '/api/model',
    {
      schema: {
        summary: 'What the model that answers was made from and how',
        response: { 200: ModelAnswer, ...answers },
      },
    },
    async () => describe(follower.model()),
  );
  for (const [url, file, type] of files) {
    app.get(url, async (_request, reply) => {
      reply.header('content-security-policy', "default-src 'self'; base-uri 'none'").type(type);
      return readFile(new URL(file, import.meta.url));
    });
  }
  return app;
}
