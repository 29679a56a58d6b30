import type { KeyObject } from 'node:crypto';
/** Routes for people who look into a model: bounded pages, and answers go first. */
import type { FastifyReply } from 'fastify';
import { problem } from '../../shared/problems.ts';
import type { App } from '../../shared/server.ts';
import type { Model } from './model.ts';
import { oneAfterAnother } from './rules/turns.ts';
import {
  DifferenceAnswer,
  DifferencePath,
  DifferenceQuery,
  ModelsAnswer,
  ModelsQuery,
  problems,
  RulesAnswer,
  RulesQuery,
} from './schemas.ts';

/**
 * Adds the routes that tell of versions and rules. What they need is imported with the first
 * request: a function that wakes up for one answer has no use for it.
 * @param model The model that serves now; it throws while there is none.
 */
export function addExploration(
  app: App,
  model: () => Model,
  store: string,
  publicKey: KeyObject | undefined,
): void {
  const inTurn = oneAfterAnother();
  app.get(
    '/api/models',
    {
      schema: {
        operationId: 'listModels',
        summary: 'The versions that served, the newest first',
        querystring: ModelsQuery,
        response: { 200: ModelsAnswer, ...problems },
      },
    },
    async (request) => {
      const { listVersions } = await import('./versions.ts');
      let serving: Model | undefined;
      try {
        serving = model();
      } catch {
        // Without a model there is a list still: it may say why.
      }
      return listVersions(store, serving, request.query, publicKey);
    },
  );
  app.get(
    '/api/models/:a/diff/:b',
    {
      schema: {
        operationId: 'compareModels',
        summary: 'Rules that one version has gained, lost or changed against another',
        params: DifferencePath,
        querystring: DifferenceQuery,
        response: { 200: DifferenceAnswer, ...problems },
      },
    },
    async (request, reply) => {
      const { compareModels } = await import('./rules/difference.ts');
      const { loadVersion } = await import('./versions.ts');
      const { a, b } = request.params;
      const begin = async () => {
        const serving = model();
        const before = await loadVersion(store, a, serving, publicKey);
        return compareModels(
          before,
          await loadVersion(store, b, serving, publicKey),
          request.query,
        );
      };
      return inTurn(begin, untilGone(reply));
    },
  );
  app.get(
    '/api/rules',
    {
      schema: {
        operationId: 'listRules',
        summary: 'Rules of the model that answers, the best first',
        querystring: RulesQuery,
        response: { 200: RulesAnswer, ...problems },
      },
    },
    async (request, reply) => {
      const { pageOfRules } = await import('./rules/page.ts');
      return inTurn(async () => pageOfRules(model(), request.query), untilGone(reply));
    },
  );
}

/** Aborted when the client closes its connection: nobody waits for the answer then. */
function untilGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort(problem('client-gone')));
  return gone.signal;
}
