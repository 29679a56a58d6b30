import { readFile } from 'node:fs/promises';
import type { App } from '../../shared/server.ts';
import { addExploration } from './explore.ts';
import { artistOf, type Model, titleOf } from './model.ts';
import { describe, recommend } from './recommend.ts';
import { checkRequest } from './request.ts';
import {
  ModelAnswer,
  ProblemAnswer,
  RecommendAnswer,
  RecommendRequest,
  SongsAnswer,
  SongsQuery,
} from './schemas.ts';
import { suggest } from './suggest.ts';

/** What may go wrong with any request. */
const problems = { '4xx': ProblemAnswer, '5xx': ProblemAnswer };

/**
 * Adds the routes of recommend to an app.
 * @param model The model that serves now; it throws while there is none.
 * @param store Where the other versions are.
 * @param onAnswer Told of each answer, for the metrics.
 */
export function addRoutes(
  app: App,
  model: () => Model,
  store: string,
  onAnswer: (answer: RecommendAnswer) => void,
): void {
  for (const url of ['/api/recommend', '/api/recommender']) {
    const schema = {
      summary: 'Recommend songs for songs, with reasons',
      body: RecommendRequest,
      response: { 200: RecommendAnswer, ...problems },
    };
    const validatorCompiler = () => checkBody;
    app.post(url, { schema, validatorCompiler }, async (request) => {
      const answer = recommend(model(), request.body);
      onAnswer(answer);
      return answer;
    });
  }
  app.get(
    '/api/songs',
    {
      schema: {
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
        summary: 'What the model that answers was made from and how',
        response: { 200: ModelAnswer, ...problems },
      },
    },
    async () => describe(model()),
  );
  addExploration(app, model, store);
  app.get('/openapi.json', async (_request, reply) => {
    reply.type('application/json');
    return readFile(new URL('openapi.json', import.meta.url));
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
