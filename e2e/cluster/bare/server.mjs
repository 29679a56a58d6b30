import { createServer } from 'node:http';

const server = createServer((_request, response) => response.end('ok'));
server.listen(process.env.PORT ?? 8080);
process.once('SIGTERM', () => server.close());
