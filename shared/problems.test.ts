import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { asProblem, Problem, type ProblemCode, problem, problemBody } from './problems.ts';

const path = '/data/songs.csv';
const reason = 'it has no end';

/** What the sentence of each row speaks of; the type holds this list to the table. */
const values: { [Code in ProblemCode]: Parameters<typeof problem<Code>>[1] } = {
  'bad-request': { reason },
  'not-found': { method: 'GET', url: '/nowhere' },
  unauthorized: undefined,
  'too-large': { limitBytes: 1024 },
  'batch-too-long': { mostLines: 20_000 },
  'unsupported-media-type': { type: 'text/plain' },
  internal: { reason },
  overloaded: undefined,
  'too-many-requests': { max: 60, after: '1 minute' },
  'cursor-stale': undefined,
  'client-gone': undefined,
  usage: { reason },
  configuration: { mistakes: ['STORE is missing', 'PORT must be a whole number'] },
  'port-taken': { port: 8080 },
  'address-unusable': { host: '192.0.2.1', port: 80, reason },
  'function-ended': { name: 'recommend' },
  'dataset-missing': { path },
  'dataset-empty': { path },
  'too-few-playlists': { playlists: 3, folds: 5, k: 1 },
  'dataset-name': { name: '../x' },
  'dataset-format': { path },
  'dataset-corrupt': { path, reason },
  'dataset-too-large': { mostItems: 9 },
  'unpacks-too-large': { path, packed: 1, most: 200 },
  'dataset-digest': { path, expected: 'a', found: 'b' },
  'dataset-changed': { path },
  'address-unreachable': { address: 'http://x', reason },
  'dataset-address': { address: 'ftp://x', reason },
  'column-missing': { path, role: 'item', found: ['pid', 'name'] },
  'too-many-rejected': { rejected: 5, read: 9, limit: '5%', reason },
  'report-unwritable': { path, reason },
  'support-invalid': { given: '0' },
  'too-many-itemsets': { limit: 10, minSupport: 2 },
  'too-little-memory': { reason: 'Mining needs more than the 2 MiB that it may take.' },
  'snapshot-invalid': { path, reason },
  'head-unsigned': { path },
  'no-model': { store: '/store' },
  'model-not-loaded': { reason },
  'store-behind': { seq: 9 },
  'version-unsigned': { version: '7' },
  'version-unknown': { version: '7', known: [] },
  'store-unusable': { path, reason },
  'dataset-refused': { reason },
  'event-invalid': { reason },
  'event-unsigned': undefined,
  'no-token': undefined,
  busy: { until: '2026-11-24T00:00:00.000Z' },
  'training-failed': { reason },
  'training-ended': { reason },
  'too-many-dead-letters': { folder: '/store/runs', limit: 10 },
  'run-unknown': { id: 'x' },
  'rules-invalid': { path, reason },
  'output-unwritable': { path, reason },
  'song-unknown': { songs: ['Yesterday'] },
  'batch-missing': { path, reason },
  'batch-line': { path, line: 3, reason },
  'sink-unreachable': { sink: 'http://broker', reason },
};
const make = problem as (code: ProblemCode, values: unknown) => Problem;
const all = Object.entries(values).map(([code, value]) => make(code as ProblemCode, value));

t.test('every row has a stable code, a status, an exit code, and a sentence', async (t) => {
  for (const { code, status, exitCode, title, message } of all) {
    t.match(code, /^[a-z]+(-[a-z]+)*$/);
    t.ok(Number.isInteger(status) && status >= 400 && status < 600, `${code}: ${status}`);
    t.ok(Number.isInteger(exitCode) && exitCode >= 64 && exitCode <= 78, `${code}: ${exitCode}`);
    t.match(title, /^[A-Z].*[^.]$/, `${code}: ${title}`);
    t.match(message, /^\S.*\S[^.]\.$/, `${code}: ${message}`);
    t.notMatch(message, /undefined|NaN|\[object|\n/, code);
  }
});

t.test('no two rows have the same title', async (t) => {
  t.equal(new Set(all.map(({ title }) => title)).size, all.length);
});

t.test('the sentence speaks of what it is given', async (t) => {
  const { message } = problem('version-unknown', { version: '7', known: ['1', '2'] });
  t.match(message, /"7".*1, 2\.$/);
  t.match(problem('version-unknown', { version: '7', known: [] }).message, /none\.$/);
  t.match(problem('dataset-missing', { path }).message, path);
  const mistakes = ['STORE is missing', 'PORT must be a number'];
  for (const mistake of mistakes) t.match(problem('configuration', { mistakes }).message, mistake);
});

t.test('a sentence of others ends in one full stop, on one line', async (t) => {
  t.equal(problem('usage', { reason: 'Give songs.' }).message, 'Give songs.');
  t.equal(problem('bad-request', { reason: 'no\n  songs' }).message, 'no songs.');
  t.equal(
    problem('training-failed', { reason: 'It was full.' }).message,
    'It was full. Send the event again.',
  );
});

t.test('a client receives problem+json of RFC 9457', async (t) => {
  t.strictSame(problemBody(problem('too-large', { limitBytes: 10 })), {
    type: 'urn:segue:problem:too-large',
    title: 'The body is too large',
    status: 413,
    detail: 'At most 10 bytes are taken. Send less at once.',
    code: 'too-large',
  });
});

t.test('whatever is thrown becomes a problem, and a problem stays what it is', async (t) => {
  for (const one of all) t.equal(asProblem(one), one);
  const error = new Error('it broke');
  t.match(asProblem(error), { code: 'internal', status: 500, exitCode: 70, cause: error });
  t.match(asProblem(error).message, /it broke\. The log has more\.$/);
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true, withSparseArray: true }), (thrown) => {
      const { code, cause, message } = asProblem(thrown);
      assert.equal(code, 'internal');
      assert.equal(cause, thrown);
      assert.match(message, /^.*\.$/);
    }),
  );
  t.ok(asProblem(undefined) instanceof Problem);
});
