import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The file that another process is started with: its source in a checkout, its bundle beside the
 * bundle that asks.
 * @param base `import.meta.url` of the module that asks.
 * @param source Path from that module to the source.
 * @param bundle Name of the bundle.
 */
export function entryPath(base: string, source: string, bundle: string): string {
  const path = fileURLToPath(new URL(source, base));
  return existsSync(path) ? path : fileURLToPath(new URL(bundle, base));
}
