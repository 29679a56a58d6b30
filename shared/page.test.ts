import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { addPage } from './page.ts';
import { createApp } from './server.ts';

const folder = new URL('../functions/recommend/page/dist/', import.meta.url);

function pageOf(t: Test, data?: Record<string, string>) {
  const { app } = createApp({ logLevel: 'silent', bodyLimitBytes: 1024, unready: () => undefined });
  addPage(app, folder, data);
  t.teardown(() => app.close());
  return app;
}

t.test(
  'each file of the page comes with its type, and may load nothing from elsewhere',
  async (t) => {
    const app = pageOf(t);
    for (const [url, type] of [
      ['/', 'text/html; charset=utf-8'],
      ['/page/main.js', 'text/javascript; charset=utf-8'],
      ['/page/base.css', 'text/css; charset=utf-8'],
    ] as const) {
      const answer = await app.inject(url);
      t.equal(answer.statusCode, 200, url);
      t.equal(answer.headers['content-type'], type);
      t.match(answer.headers['content-security-policy'], /default-src 'self'/);
      t.notMatch(answer.headers['content-security-policy'], /unsafe/);
      t.equal(answer.headers['x-content-type-options'], 'nosniff');
      const packed = await app.inject({ url, headers: { 'accept-encoding': 'br, gzip' } });
      t.equal(packed.headers['content-encoding'], 'gzip');
      t.equal(gunzipSync(packed.rawPayload).toString(), answer.body, 'the same, compressed');
    }
  },
);

t.test('what a visitor loads first is below 60 KB, and has no plots', async (t) => {
  const app = pageOf(t);
  const first = new Set(['/', '/page/main.js', '/page/base.css', '/page/model.css']);
  let bytes = 0;
  // A set goes on to what is added meanwhile: modules that a module cannot begin without.
  for (const url of first) {
    const { rawPayload } = await app.inject({ url, headers: { 'accept-encoding': 'gzip' } });
    bytes += rawPayload.length;
    const text = gunzipSync(rawPayload).toString();
    t.notMatch(text, /echarts/i, url);
    for (const [, name] of text.matchAll(/(?:from|import) ?"\.\/(chunk-\w+\.js)"/g)) {
      first.add(`/page/${name}`);
    }
  }
  t.ok(first.size > 4, 'chunks are found');
  t.ok(bytes < 60_000, `${bytes} bytes`);
});

t.test('nothing but the files of the page is given', async (t) => {
  const app = pageOf(t);
  for (const name of [
    'nothing.js',
    '..%2fapp.ts',
    '%2e%2e%2fpage.ts',
    'main.tsx',
    '.js',
    'a%00.js',
  ]) {
    const answer = await app.inject(`/page/${name}`);
    t.equal(answer.statusCode, 404, name);
    t.equal(answer.json().code, 'not-found');
  }
});

t.test('the address of upload stands in the page as text, whatever it is', async (t) => {
  const address = 'https://upload.example/?a="><script>&b$&';
  const { body } = await pageOf(t, { upload: address }).inject('/');
  t.match(body, 'data-upload="https://upload.example/?a=&quot;><script>&amp;b$&amp;"');
  t.match((await pageOf(t).inject('/')).body, 'data-upload=""');
});

t.test(
  'a file whose name has its digest is kept by browsers, any other is asked for',
  async (t) => {
    const own = t.testdir({ 'index.html': '<p>', 'main.js': '1', 'chunk-AB12CD34.js': '2' });
    const { app } = createApp({
      logLevel: 'silent',
      bodyLimitBytes: 1024,
      unready: () => undefined,
    });
    addPage(app, pathToFileURL(`${own}/`));
    t.teardown(() => app.close());
    for (const [url, expected] of [
      ['/page/chunk-AB12CD34.js', /immutable/],
      ['/page/main.js', /^no-cache$/],
      ['/', /^no-cache$/],
    ] as const) {
      t.match((await app.inject(url)).headers['cache-control'], expected, url);
    }
  },
);
