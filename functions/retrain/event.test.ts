import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudEvent, HTTP } from 'cloudevents';
import t from 'tap';
import { eventTypes } from '../../shared/events.ts';
import { signatureAttribute, signatureOf } from '../../shared/tokens.ts';
import { checkSender, datasetPaths, parseEvent, publishedEvent } from './event.ts';
import { sequence } from './sample.ts';

const pointer = { path: `${'a'.repeat(64)}/mine.csv`, sha256: 'a'.repeat(64), bytes: 5 };
const data = { datasets: [pointer], sequence: sequence(1) };
const attributes = {
  specversion: '1.0',
  id: 'é-1',
  source: '/segue/upload',
  type: eventTypes.uploaded,
};
const asked = { source: '/segue/upload', id: 'é-1', data, trace: undefined };
const binary = Object.fromEntries(
  Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]),
);
const json = JSON.stringify(data);
const parse = (headers: Record<string, unknown>, body: string) =>
  parseEvent(headers, Buffer.from(body));
const structured = (event: object, type = 'application/cloudevents+json') =>
  parse({ 'content-type': type }, JSON.stringify(event));
const base64 = Buffer.from(json).toString('base64');

t.test('an event is the same in every form that CloudEvents allow', async (t) => {
  const forms: [string, object][] = [
    ['binary', parse({ ...binary, 'content-type': 'application/json' }, json)],
    ['with a charset', parse({ ...binary, 'content-type': 'Application/JSON; charset=x' }, json)],
    ['no media type', parse(binary, json)],
    ['another one', parse({ ...binary, 'content-type': 'application/octet-stream' }, json)],
    ['structured', structured({ ...attributes, data })],
    ['charset', structured({ ...attributes, data }, 'application/cloudevents+json; charset=UTF-8')],
    ['data as a string', structured({ ...attributes, data: json })],
    ['data_base64', structured({ ...attributes, data_base64: base64 })],
    ['extensions', structured({ ...attributes, data, knativearrivaltime: 'now' })],
  ];
  for (const [name, event] of forms) t.strictSame(event, asked, name);
});

t.test('whatever else comes is refused with what is wrong', async (t) => {
  const withData = (changes: object) => () =>
    structured({ ...attributes, data: { ...data, ...changes } });
  const withPointer = (changes: object) => withData({ datasets: [{ ...pointer, ...changes }] });
  const cases: [string, () => unknown, string | RegExp][] = [
    ['nothing', () => parse({}, ''), 'no CloudEvent 1.0'],
    ['plain JSON', () => parse({ 'content-type': 'application/json' }, json), 'no CloudEvent 1.0'],
    ['no JSON', () => parse({ 'content-type': 'application/cloudevents+json' }, '{'), 'CloudEvent'],
    ['null', () => parse({ 'content-type': 'application/cloudevents+json' }, 'null'), 'CloudEvent'],
    ['an array for one', () => structured([attributes]), 'it has no id'],
    ['no id', () => structured({ ...attributes, id: undefined, data }), 'it has no id'],
    ['no source', () => structured({ ...attributes, source: undefined, data }), 'no CloudEvent'],
    ['version 0.3', () => structured({ ...attributes, specversion: '0.3', data }), '"0.3"'],
    [
      'a batch',
      () => structured([{ ...attributes, data }], 'application/cloudevents-batch+json'),
      'it is a batch',
    ],
    ['another type', () => structured({ ...attributes, type: 'x.y', data }), 'The type is "x.y"'],
    ['no data', () => structured(attributes), 'Its data'],
    ['data that is no JSON', () => parse(binary, '{'), 'Its data is not JSON'],
    ['a sequence that is no ULID', withData({ sequence: '1' }), 'Its data/sequence'],
    ['a ULID past its end', withData({ sequence: `8${'0'.repeat(25)}` }), 'Its data/sequence'],
    ['no data sets', withData({ datasets: [] }), 'Its data/datasets'],
    ['a digest that is none', withPointer({ sha256: 'A'.repeat(64) }), 'datasets/0/sha256'],
    ['no path', withPointer({ path: undefined }), 'datasets/0'],
    ['an empty path', withPointer({ path: '' }), 'datasets/0/path'],
    ['bytes below none', withPointer({ bytes: -1 }), 'datasets/0/bytes'],
  ];
  for (const [name, work, message] of cases) {
    t.throws(work, { code: 'event-invalid', status: 400, message }, name);
  }
});

t.test('paths are below the folder of data sets, or nowhere', async (t) => {
  const paths = async (path: string) =>
    datasetPaths({ ...asked, data: { ...data, datasets: [{ ...pointer, path }] } }, '/data/sets');
  t.strictSame(await paths('ab/mine.csv'), ['/data/sets/ab/mine.csv']);
  t.strictSame(await paths('ab/../cd/mine.csv'), ['/data/sets/cd/mine.csv']);
  t.strictSame(await paths('/data/sets/mine.csv'), ['/data/sets/mine.csv']);
  const outside = [
    '..',
    '.',
    'ab/..',
    '../sets2/x',
    '/etc/passwd',
    'a/../../x',
    '/data/sets2',
    'a\0b',
  ];
  for (const path of outside) await t.rejects(paths(path), { code: 'event-invalid' }, path);
});

t.test('a path does not leave the folder by a link either', async (t) => {
  const top = t.testdir({ sets: { inner: { 'a.csv': 'a' } }, 'secret.csv': 'b' });
  const folder = join(top, 'sets');
  const paths = (path: string, below = folder) =>
    datasetPaths({ ...asked, data: { ...data, datasets: [{ ...pointer, path }] } }, below);
  symlinkSync(join(top, 'secret.csv'), join(folder, 'link.csv'));
  symlinkSync(top, join(folder, 'up'));
  symlinkSync(join(folder, 'inner'), join(folder, 'within'));
  symlinkSync(folder, join(top, 'mounted'));
  for (const path of ['link.csv', 'up', 'up/secret.csv', 'within/../link.csv']) {
    await t.rejects(paths(path), { code: 'event-invalid' }, path);
  }
  t.strictSame(await paths('within/a.csv'), [join(folder, 'within/a.csv')]);
  t.strictSame(await paths('inner/a.csv', join(top, 'mounted')), [
    join(top, 'mounted/inner/a.csv'),
  ]);
  t.strictSame(await paths('inner/a.csv/x'), [join(folder, 'inner/a.csv/x')], 'it is not there');
  const long = 'x'.repeat(300);
  t.strictSame(await paths(long), [join(folder, long)], 'nor can it ever be');
  symlinkSync(join(folder, 'circle'), join(folder, 'circle'));
  await t.rejects(paths('circle'), { code: 'event-invalid' });
});

t.test('who sends an event shows that he has a token, where there are tokens', async (t) => {
  const tokens = ['the first token that counts', 'the second token that counts'];
  const tokenFile = join(t.testdir(), 'token');
  const [source, first, second] = [
    { tokenFile },
    ...tokens.map((token) => ({ ...asked, signature: signatureOf(data, token) })),
  ];
  await checkSender(asked, {});
  await t.rejects(checkSender(first, source), { code: 'no-token', status: 503 });
  writeFileSync(tokenFile, tokens.join('\n'));
  await checkSender(first, source);
  await checkSender(second, source);
  const others = [
    asked,
    { ...asked, signature: '' },
    { ...asked, signature: signatureOf(data, 'another token') },
    { ...first, data: { ...data, sequence: sequence(2) } },
    { ...first, data: { ...data, datasets: [{ ...pointer, path: 'another.csv' }] } },
    { ...first, data: { ...data, datasets: [{ ...pointer, sha256: 'b'.repeat(64) }] } },
    { ...first, data: { ...data, datasets: [pointer, pointer] } },
  ];
  for (const event of others) {
    await t.rejects(checkSender(event, source), { code: 'event-unsigned', status: 403 });
  }
  writeFileSync(tokenFile, tokens[1]);
  await t.rejects(checkSender(first, source), { code: 'event-unsigned' }, 'it counts no more');
  const carried = parse({ ...binary, [`ce-${signatureAttribute}`]: second.signature }, json);
  await checkSender(carried, source);
});

t.test('the reply is an event that any HTTP header can carry', async (t) => {
  const reply = { version: '3', key: 'b'.repeat(64), cause: 'published' as const };
  const sent = (id: string) => publishedEvent({ ...asked, id }, reply);
  const event = HTTP.toEvent(sent('x-1')) as CloudEvent<unknown>;
  t.match(new CloudEvent(event), {
    type: eventTypes.published,
    source: '/segue/retrain',
    subject: '3',
    id: `${reply.key}.x-1`,
    data: reply,
  });
  for (const id of ['é\u{1F3B5}', 'a\r\nb', '\ud800']) {
    t.match(sent(id).headers['ce-id'], /^[!-~]+$/, JSON.stringify(id));
  }
  t.not(sent('a').headers['ce-id'], sent('b').headers['ce-id']);
});
