import type { FastifyServerOptions } from 'fastify';

/**
 * Validators that were compiled when the function was bundled: the build puts them in the place of
 * this module (see `functions/build.ts`). A checkout has none, and compiles its own at start.
 */
export const precompiled: NonNullable<
  FastifyServerOptions['schemaController']
>['compilersFactory'] = {};
