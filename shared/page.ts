import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { problem } from './problems.ts';
import type { App } from './server.ts';

const mediaTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** Nothing but files of this server, and no markup from elsewhere runs here. */
const headers = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

interface PageFile {
  type: string;
  plain: Buffer;
  packed: Buffer;
}

/**
 * Adds a page: `/` and its files below `/page/`, from the folder where `npm run page` puts them.
 * They are read and compressed when first asked for: a function that wakes up for one answer has
 * no use for them.
 * @param data Values of the page's `data-` attributes, by name; they are empty in the file.
 */
export function addPage(app: App, folder: URL, data: Readonly<Record<string, string>> = {}): void {
  const files = new Map<string, Promise<PageFile>>();
  const fileNamed = (name: string): Promise<PageFile> => {
    const known = files.get(name);
    if (known !== undefined) return known;
    const reading = readPageFile(new URL(name, folder), name, data);
    files.set(name, reading);
    // What is not there is not remembered: names are anybody's to make up.
    reading.catch(() => files.delete(name));
    return reading;
  };
  for (const url of ['/', '/page/:file']) {
    app.get(url, async (request, reply) => {
      const { file = 'index.html' } = request.params as { file?: string };
      const { type, plain, packed } = await fileNamed(file).catch((cause) => {
        throw Object.assign(problem('not-found', { method: 'GET', url: request.url }), { cause });
      });
      const zipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
      reply
        .headers(headers)
        // A chunk's name has the hash of what is in it.
        .header('cache-control', /^chunk-/.test(file) ? 'max-age=31536000, immutable' : 'no-cache')
        .header('vary', 'accept-encoding')
        .type(type);
      if (zipped) reply.header('content-encoding', 'gzip');
      return zipped ? packed : plain;
    });
  }
}

async function readPageFile(
  path: URL,
  name: string,
  data: Readonly<Record<string, string>>,
): Promise<PageFile> {
  const [, ending] = /^[\w-]+\.(html|css|js)$/.exec(name) ?? [];
  if (ending === undefined) throw new Error('The page has no file of this name.');
  let plain = await readFile(path);
  for (const [key, value] of Object.entries(ending === 'html' ? data : {})) {
    const filled = plain
      .toString()
      .replace(`data-${key}=""`, () => `data-${key}="${attribute(value)}"`);
    plain = Buffer.from(filled);
  }
  const { gzip } = await import('node:zlib');
  return { type: mediaTypes[ending], plain, packed: await promisify(gzip)(plain) };
}

/** A text as the value of an attribute in double quotes. */
function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
}
