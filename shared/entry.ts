import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
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

/** Loads a part of a function that few need: a module in a checkout, a bundle beside the bundle. */
export async function importEntry(base: string, source: string, bundle: string): Promise<unknown> {
  const url = new URL(source, base);
  return existsSync(url) ? import(url.href) : createRequire(base)(bundle);
}
