import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import t from 'tap';
import { keepDeadLetter } from './deadLetters.ts';

const headers = {
  'ce-id': '1',
  'ce-source': '/x',
  'ce-knativeerrordest': 'http://retrain/',
  'ce-knativeerrorcode': '422',
};
const body = (text: string) => Readable.from([Buffer.from(text)]);
const keep = (store: string, changes: object = {}, text = '{}') =>
  keepDeadLetter(store, { ...headers, ...changes }, body(text));
const letters = (store: string) => readdirSync(join(store, 'runs/dead-letters'));

t.test('a letter is kept once, as it came, with why it came', async (t) => {
  const store = t.testdir();
  t.equal(await keep(store), '1');
  t.equal(await keep(store), '1');
  await keep(store, { 'ce-source': '/y' });
  await keep(store, { 'ce-id': '../../2' });
  t.equal(letters(store).length, 3);
  t.ok(letters(store).every((name) => /^[0-9a-f]{64}\.json$/.test(name)));
  const texts = letters(store).map((name) =>
    JSON.parse(readFileSync(join(store, 'runs/dead-letters', name), 'utf8')),
  );
  t.match(
    texts.find((letter) => letter.headers['ce-source'] === '/y'),
    { headers: { ...headers, 'ce-source': '/y' }, body: '{}' },
  );
});

t.test('what no broker gave up on is refused', async (t) => {
  const store = t.testdir();
  for (const changes of [{ 'ce-id': undefined }, { 'ce-id': ['1', '2'] }]) {
    await t.rejects(keep(store, changes), { code: 'event-invalid', status: 400 });
  }
  await t.rejects(keepDeadLetter(store, { 'ce-id': '1' }, body('')), { code: 'event-invalid' });
  t.strictSame(readdirSync(store), []);
});

t.test('a flood does not fill the volume', async (t) => {
  const store = t.testdir();
  await t.rejects(keep(store, {}, 'x'.repeat(64 * 1024 + 1)), { code: 'too-large' });
  t.strictSame(letters(store), []);
  await keep(store, {}, 'x'.repeat(64 * 1024));
  for (let i = 0; i < 999; i++) writeFileSync(join(store, 'runs/dead-letters', `${i}.json`), '');
  await t.rejects(keep(store, { 'ce-id': '2' }), { code: 'too-many-dead-letters', status: 503 });
  t.equal(await keep(store), '1', 'one that is kept already');
  t.equal(letters(store).length, 1000);
});
