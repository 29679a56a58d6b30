import { writeFile } from 'node:fs/promises';
import swagger from '@fastify/swagger';
import fastify from 'fastify';
import type { App } from '../../shared/server.ts';
import { addRoutes } from './routes.ts';

/** The OpenAPI document of recommend: made when Segue is built, never at start. */
export async function describeApi(): Promise<string> {
  const app = fastify();
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Segue recommend',
        description: 'Songs in, recommended songs with their reasons out.',
        version: '1',
      },
      // Wherever it is asked for, and by whom: recommend tells everybody the same.
      servers: [{ url: '/' }],
      security: [],
    },
    // The document does not describe itself.
    transform: ({ schema, url }) => ({ schema: { ...schema, hide: url === '/openapi.json' }, url }),
    hideUntagged: false,
    exposeHeadRoutes: false,
  });
  // Nobody asks this app anything.
  addRoutes(app as unknown as App, process.abort, '', process.abort);
  await app.ready();
  return `${JSON.stringify(app.swagger(), null, 2)}\n`;
}

if (import.meta.main)
  await writeFile(new URL('openapi.json', import.meta.url), await describeApi());
