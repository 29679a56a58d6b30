import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { root } from '../segue.ts';
import type { ClusterSettings } from './settings.ts';

/** A web server of this test, which pods fetch data sets from. */
export interface DataServer {
  /** Digests of `/two.csv` and `/sample.csv.gz`. */
  sha256: string;
  sampleSha256: string;
  address(path: string): string;
  close(): void;
}

/** Serves data sets to the cluster, as any web server would; one of them never ends. */
export async function dataServer({ address }: ClusterSettings): Promise<DataServer> {
  const sample = readFileSync(join(root, 'datasets/sample.csv.gz'));
  const two = generated(2_000, 7);
  const files: Record<string, Buffer> = { '/sample.csv.gz': sample, '/two.csv': two };
  const server = createServer((request, response) => {
    const file = files[request.url ?? ''];
    if (file !== undefined) response.end(file);
    else response.write('track_name,artist_name\n');
  }).listen(0, '0.0.0.0');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  return {
    sha256: sha256Of(two),
    sampleSha256: sha256Of(sample),
    close() {
      server.close();
      server.closeAllConnections();
    },
    address: (path) => `http://${address}:${port}${path}`,
  };
}

/** Playlists of the project's generator, as CSV. */
export function generated(playlists: number, seed: number): Buffer {
  const generator = join(root, 'datasets/generate.ts');
  const parameters = ['--playlists', String(playlists), '--seed', String(seed)];
  return execFileSync(process.execPath, [generator, ...parameters], { maxBuffer: 2 ** 28 });
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
