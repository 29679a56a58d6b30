import { Readable } from 'node:stream';
import t from 'tap';
import { buildApp } from './app.ts';
import { answerLines, mostLines } from './batch.ts';
import { modelOf, playlists, publishSample } from './sample.ts';

const store = t.testdir({});
await publishSample(store, playlists);
const options = { pinned: undefined, pollMs: 86_400_000, maxWaitMs: 60_000, uploadUrl: undefined };
const app = await buildApp({ ...options, store, logLevel: 'silent' });
t.teardown(async () => app.close());

/** The lines of an answer. */
interface Line {
  id?: unknown;
  recommendations: { track: string; artist: string; score: number }[];
  unmatched: string[];
  fallback?: string;
  line?: number;
  problem?: { code: string; detail: string };
}

function ask(lines: readonly string[], type = 'application/x-ndjson', to = app) {
  const headers = { 'content-type': type };
  return to.inject({
    ...{ method: 'POST', url: '/api/recommend/batch', headers },
    payload: lines.join('\n'),
  });
}

const linesIn = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

t.test('each line is answered as a request of its own would be, in order', async (t) => {
  const requests = [
    { id: 7, songs: ['Yesterday'], limit: 2 },
    { id: 'b', songs: [{ track: 'Hello', artist: 'Adele' }, 'xyzzy'], exclude: ['Skyfall'] },
    { songs: ['nothing known'] },
  ];
  const { statusCode, headers, payload } = await ask(requests.map((one) => JSON.stringify(one)));
  t.equal(statusCode, 200);
  t.equal(headers['content-type'], 'application/x-ndjson');
  const answers = linesIn(payload);
  for (const [i, { id, ...request }] of requests.entries()) {
    const single = await app.inject({ method: 'POST', url: '/api/recommend', payload: request });
    const { recommendations, unmatched, fallback } = single.json();
    const expected = recommendations.map(
      ({ track, artist, score }: Line['recommendations'][0]) => ({
        ...{ track, artist, score },
      }),
    );
    t.strictSame(answers[i], {
      ...(id !== undefined && { id }),
      ...{ recommendations: expected, unmatched },
      ...(fallback && { fallback }),
    });
  }
});

t.test('a line that is wrong is answered with its problem, and those after it go on', async (t) => {
  const { payload } = await ask([
    '',
    '{"songs": []}',
    '{',
    '{"id": 1, "songs": ["Yesterday"]}',
    '',
  ]);
  const [empty, broken, good] = linesIn(payload);
  t.match(empty, { line: 2, problem: { code: 'bad-request', detail: /songs/ } });
  t.match(broken, { line: 3, problem: { code: 'bad-request', detail: /JSON/ } });
  t.equal(good.id, 1);
  t.ok(good.recommendations.length > 0);
});

t.test(
  'a body of another type, a store without a model and a third batch are refused',
  async (t) => {
    const refused = await ask(['{"songs": ["Yesterday"]}'], 'application/json');
    t.equal(refused.statusCode, 415);
    t.match(refused.json().detail, /Send application\/x-ndjson/);
    const untyped = await app.inject({ method: 'POST', url: '/api/recommend/batch' });
    t.equal(untyped.statusCode, 415);

    const empty = await buildApp({ ...options, store: t.testdir({}), logLevel: 'silent' });
    t.teardown(async () => empty.close());
    const none = await ask(['{"songs": ["Yesterday"]}'], undefined, empty);
    t.match(none.json(), { status: 503, code: 'no-model' });

    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    const headers = { 'content-type': 'application/x-ndjson' };
    const open = () => {
      let end = () => {};
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"songs": ["Yesterday"]}\n'));
          end = () => controller.close();
        },
      });
      const init = { method: 'POST', headers, body, duplex: 'half' };
      return { end, answer: fetch(`${address}/api/recommend/batch`, init as RequestInit) };
    };
    const first = open();
    const second = open();
    const third = open();
    const statuses = [first, second, third].map(async ({ answer }) => (await answer).status);
    const [refusal] = await Promise.all([
      Promise.any(
        statuses.map(async (status) => ((await status) === 503 ? 503 : Promise.reject())),
      ),
    ]);
    t.equal(refusal, 503);
    for (const { end } of [first, second, third]) end();
    const all = await Promise.all(statuses);
    t.same(all.toSorted(), [200, 200, 503]);
    for (const { answer } of [first, second, third]) await (await answer).text();
    t.equal(
      (await ask(['{"songs": ["Yesterday"]}'])).statusCode,
      200,
      'their places are free again',
    );
  },
);

t.test('a batch that is too long, or a line, is answered as far as it may go', async (t) => {
  const model = await modelOf(playlists);
  const answersTo = async (body: Iterable<string>) => {
    let text = '';
    let answered = 0;
    const counting = () => {
      answered++;
    };
    for await (const chunk of answerLines(Readable.from(body), () => model, counting))
      text += chunk;
    return { answered, lines: linesIn(text) };
  };
  const line = '{"songs": ["Yesterday"], "limit": 1}\n';
  const many = await answersTo(Array.from({ length: mostLines + 5 }, () => line));
  t.equal(many.answered, mostLines);
  t.equal(many.lines.length, mostLines + 1);
  t.match(many.lines.at(-1), { line: mostLines + 1, problem: { code: 'batch-too-long' } });

  const long = await answersTo([
    line,
    ...Array.from({ length: 40 }, () => 'x'.repeat(10_000)),
    line,
  ]);
  t.equal(long.answered, 1);
  t.match(long.lines.at(-1), { line: 2, problem: { code: 'too-large' } });
  t.equal(long.lines.length, 2);
});
