import fastify from 'fastify';

/**
 * The least that a function of Fastify's takes to start: one route, no schema, no model. It is
 * bundled as recommend is, and its code is kept.
 */
const app = fastify({
  schemaController: {
    // Nothing is compiled, and so nothing loaded that would.
    compilersFactory: {
      // @ts-expect-error -- With no schema there is nothing that it would have to give.
      buildValidator: () => () => () => true,
      buildSerializer: () => () => JSON.stringify,
    },
  },
});
app.route({ method: ['GET', 'POST'], url: '/*', handler: async () => ({}) });
process.once('SIGTERM', () => void app.close());
void app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
