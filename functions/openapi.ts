/** `make openapi`: writes the OpenAPI document of each function, from the schemas of its routes. */
import { writeFile } from 'node:fs/promises';
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import fastify from 'fastify';
import type { App } from '../shared/server.ts';
import { addRoutes as addRecommend } from './recommend/routes.ts';
import { addRoutes as addRetrain } from './retrain/routes.ts';
import { uploadOptions } from './upload/app.ts';
import { addRoutes as addUpload } from './upload/routes.ts';

/** The functions, by their folders. */
export const functionNames = ['recommend', 'retrain', 'upload'] as const;

interface Described {
  description: string;
  addRoutes(app: App): void;
  /** Who may ask. */
  access: Partial<FastifyDynamicSwaggerOptions['openapi']>;
}

/** recommend tells everybody the same. */
const open = { security: [] };

// Nobody asks these apps anything.
const nowhere = { STORE: '.', DATASETS: '.', K_SINK: 'http://localhost' };
const functions: Record<(typeof functionNames)[number], Described> = {
  recommend: {
    description: 'Songs in, recommended songs with their reasons out.',
    addRoutes: (app) => addRecommend(app, process.abort, '', process.abort),
    access: open,
  },
  retrain: {
    description: 'CloudEvents in that tell of data sets, models trained on them published.',
    addRoutes: (app) => addRetrain(app, process.abort),
    // Events are signed: their sender is nobody whom HTTP knows.
    access: open,
  },
  upload: {
    description: 'Data sets in, events that ask for trainings out; runs and models told of.',
    addRoutes: (app) => addUpload(app, uploadOptions(nowhere), AbortSignal.abort(), process.abort),
    access: {
      security: [{ token: [] }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
  },
};

/** The OpenAPI document of a function: made when Segue is built, never at start. */
export async function describeApi(name: (typeof functionNames)[number]): Promise<string> {
  const { description, addRoutes, access } = functions[name];
  const app = fastify();
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: `Segue ${name}`, description, version: '1' },
      // Wherever it is asked for.
      servers: [{ url: '/' }],
      ...access,
    },
    // The document does not describe itself.
    transform: ({ schema, url }) => ({ schema: { ...schema, hide: url === '/openapi.json' }, url }),
    hideUntagged: false,
    exposeHeadRoutes: false,
  });
  addRoutes(app as unknown as App);
  await app.ready();
  return `${JSON.stringify(app.swagger(), null, 2)}\n`;
}

if (import.meta.main) {
  for (const name of functionNames) {
    await writeFile(new URL(`${name}/openapi.json`, import.meta.url), await describeApi(name));
  }
}
