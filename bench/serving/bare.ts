import { readFileSync } from 'node:fs';
import fastify from 'fastify';
import { RecommendRequest } from '../../functions/recommend/schemas.ts';

/**
 * What the framework costs: a route that parses and validates the same body, and sends the same
 * bytes whatever is asked. ANSWER names the file that has them.
 */
const answer = readFileSync(process.env.ANSWER ?? '', 'utf8');
const app = fastify();
app.post('/api/recommend', { schema: { body: RecommendRequest } }, async (_request, reply) => {
  reply.type('application/json');
  return answer;
});
process.once('SIGTERM', () => void app.close());
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
