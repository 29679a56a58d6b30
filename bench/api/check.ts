/** `make schemathesis`: holds recommend to its OpenAPI document, with what Schemathesis makes of that. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { playlists, publishSample } from '../../functions/recommend/sample.ts';
import { startServer } from '../floods/server.ts';

const here = import.meta.dirname;
const store = await mkdtemp(join(tmpdir(), 'segue-api-'));
await publishSample(store, playlists);
await publishSample(store, [...playlists, ['Hello - Adele', 'Easy - Commodores']]);
const server = await startServer('recommend', { STORE: store, MAX_WAIT_MS: '60000' });
const url = `http://127.0.0.1:${server.port}`;
const parameters = ['run', `${url}/openapi.json`, '--url', url, ...process.argv.slice(2)];
const { status } = spawnSync(
  join(here, '.venv/bin/schemathesis'),
  ['--config-file', join(here, 'schemathesis.toml'), ...parameters],
  { stdio: 'inherit', env: { ...process.env, SCHEMATHESIS_HOOKS: join(here, 'hooks.py') } },
);
await server.stop();
await rm(store, { recursive: true });
for (const line of server.errors) process.stderr.write(`${line}\n`);
process.exitCode = server.errors.length > 0 ? 1 : (status ?? 1);
