/**
 * `make schemathesis`: holds each function to its OpenAPI document, with what Schemathesis makes of
 * that. What follows the name of a function is given to Schemathesis.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { playlists, publishSample } from '../../functions/recommend/sample.ts';
import { startSink } from '../../functions/upload/sample.ts';
import { startServer } from '../floods/server.ts';

const here = import.meta.dirname;
const root = join(here, '../..');
const token = 'a token for this check';
const [only, ...parameters] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'segue-api-'));
const store = join(folder, 'store');
const datasets = join(folder, 'datasets');
await mkdir(datasets);
await publishSample(store, playlists);
await publishSample(store, [...playlists, ['Hello - Adele', 'Easy - Commodores']]);
const sink = await startSink([202]);
const environment = { STORE: store, DATASETS: datasets, MAX_WAIT_MS: '60000', K_SINK: sink.url };

let isClean = true;
for (const name of ['recommend', 'retrain', 'upload'] as const) {
  if (only !== undefined && only !== name) continue;
  const asked = name === 'upload' ? { UPLOAD_TOKEN: token } : {};
  const server = await startServer(name, { ...environment, ...asked });
  const { status } = spawnSync(
    join(here, '.venv/bin/schemathesis'),
    [
      ...['--config-file', join(here, 'schemathesis.toml'), 'run'],
      join(root, 'functions', name, 'openapi.json'),
      ...['--url', `http://127.0.0.1:${server.port}`],
      ...(name === 'upload' ? ['--header', `Authorization: Bearer ${token}`] : []),
      ...parameters,
    ],
    { stdio: 'inherit', env: { ...process.env, SCHEMATHESIS_HOOKS: join(here, 'hooks.py') } },
  );
  await server.stop();
  // An event that no broker could deliver is logged as an error, too, but is none of ours.
  const defects = server.errors.filter((line) => line.includes('"msg":"internal"'));
  for (const line of defects) process.stderr.write(`${line}\n`);
  isClean &&= status === 0 && defects.length === 0;
}
await sink.close();
await rm(folder, { recursive: true });
process.exitCode = isClean ? 0 : 1;
