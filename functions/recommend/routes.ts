import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { problem } from '../../shared/problems.ts';
import type { App } from '../../shared/server.ts';
import { answerLines, mostLines } from './batch.ts';
import { addExploration } from './explore.ts';
import { artistOf, type Model, titleOf } from './model.ts';
import { newOutbox } from './outbox.ts';
import { describe, findSongs } from './recommend.ts';
import { checkRequest } from './request.ts';
import {
  BatchAnswer,
  BatchRequest,
  type BriefAnswer,
  ModelAnswer,
  problems,
  RecommendAnswer,
  RecommendRequest,
  SongsAnswer,
  SongsQuery,
} from './schemas.ts';
import { suggest } from './suggest.ts';
import { writeAnswer } from './write.ts';

/**
 * Adds the routes of recommend to an app.
 * @param model The model that serves now; it throws while there is none.
 * @param store Where the other versions are.
 * @param onAnswer Told of each answer, for the metrics.
 * @param publicKey Who must have signed those; absent: nobody.
 */
export function addRoutes(
  app: App,
  model: () => Model,
  store: string,
  onAnswer: (answer: Pick<BriefAnswer, 'fallback' | 'unmatched'>) => void,
  publicKey?: KeyObject,
): void {
  const outbox = newOutbox();
  for (const [url, operationId] of [
    ['/api/recommend', 'recommend'],
    ['/api/recommender', 'recommender'],
  ] as const) {
    const schema = {
      operationId,
      summary: 'Recommend songs for songs, with reasons',
      body: RecommendRequest,
      response: { 200: RecommendAnswer, ...problems },
    };
    const validatorCompiler = () => checkBody;
    app.post(url, { schema, validatorCompiler }, (request, reply) => {
      outbox.answer(reply, (allocate) => {
        const serving = model();
        const found = findSongs(serving, request.body);
        onAnswer(found);
        reply.type('application/json; charset=utf-8');
        return writeAnswer(serving, found, allocate);
      });
    });
  }
  addBatch(app, model, onAnswer);
  app.get(
    '/api/songs',
    {
      schema: {
        operationId: 'findSongs',
        summary: 'Songs by the beginning of their title or artist',
        querystring: SongsQuery,
        response: { 200: SongsAnswer, ...problems },
      },
    },
    async (request) => {
      const serving = model();
      const songs = suggest(serving, request.query.q, request.query.limit).map((song) => ({
        track: titleOf(serving, song),
        artist: artistOf(serving, song),
        support: serving.snapshot.supports[song],
      }));
      return { songs };
    },
  );
  app.get(
    '/api/model',
    {
      schema: {
        operationId: 'describeModel',
        summary: 'What the model that answers was made from and how',
        response: { 200: ModelAnswer, ...problems },
      },
    },
    async () => describe(model()),
  );
  addExploration(app, model, store, publicKey);
  app.get('/openapi.json', async (_request, reply) => {
    reply.type('application/json');
    return readFile(new URL('openapi.json', import.meta.url));
  });
}

/** Batches that are answered at once: each takes its turn between two requests. */
const mostBatches = 2;

/**
 * How long who asked for one may neither send nor take anything: others wait for his place. Node looks
 * twice where something is on its way to him, so that it can take a minute.
 */
const stalledMs = 30_000;

/** Adds the route for many requests at once, a line each. */
function addBatch(
  app: App,
  model: () => Model,
  onAnswer: (answer: Pick<BriefAnswer, 'fallback' | 'unmatched'>) => void,
): void {
  const type = 'application/x-ndjson';
  let running = 0;
  // Only this route takes such a body, and it reads it itself.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.post(
      '/api/recommend/batch',
      {
        schema: {
          operationId: 'recommendBatch',
          summary: 'Recommend songs for each line, without reasons, line by line',
          description: `At most ${mostLines} lines; a line that is wrong is answered with its problem.`,
          consumes: [type],
          body: { content: { [type]: { schema: BatchRequest } } },
          response: { 200: { content: { [type]: { schema: BatchAnswer } } }, ...problems },
        },
        validatorCompiler: () => () => true,
      },
      async (request, reply) => {
        if (running === mostBatches) throw problem('overloaded');
        const given = request.headers['content-type'] ?? 'none';
        if (!given.startsWith(type)) {
          throw problem('unsupported-media-type', { type: given, wanted: type });
        }
        // Says so at once when there is none.
        model();
        running++;
        /* c8 ignore next -- what a minute without a byte ends. */
        const stalled = () => reply.raw.destroy();
        reply.raw.once('close', () => running--).setTimeout(stalledMs, stalled);
        reply.type(type);
        return Readable.from(answerLines(request.body as Readable, model, onAnswer));
      },
    );
  });
}

/** `checkRequest` in the form that Fastify asks for. */
function checkBody(body: unknown): { value: unknown } | { error: Error } {
  try {
    return { value: checkRequest(body) };
  } catch (error) {
    return { error: error as Error };
  }
}
