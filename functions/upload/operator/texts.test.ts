import t from 'tap';
import { checkName } from '../datasets.ts';
import { plainName } from './api.ts';
import { count, duration, moment, size, texts } from './texts.ts';

t.test('any file can be uploaded under a name like its own', async (t) => {
  for (const [given, name] of [
    ['mine.csv.gz', 'mine.csv.gz'],
    ['My playlists (2).csv', 'My-playlists-2-.csv'],
    ['../../etc/passwd', '-..-etc-passwd'],
    ['.hidden', 'hidden'],
    ['プレイリスト', '-'],
    ['...', 'dataset'],
    [`${'x'.repeat(200)}.csv`, `${'x'.repeat(96)}.csv`],
    [`${'x'.repeat(50)}.${'y'.repeat(99)}`, `-${'y'.repeat(99)}`],
  ] as const) {
    t.equal(plainName(given), name, given);
    t.equal(checkName(plainName(given)), name, 'a name that upload takes');
  }
});

t.test('figures are written for people', async (t) => {
  t.strictSame(
    [0, 1, 1234].map((number) => count(number, 'row')),
    ['0 rows', '1 row', '1,234 rows'],
  );
  t.strictSame([1, 1536, 2 ** 31, 2 ** 42].map(size), [
    '1 byte',
    '1.5 KiB',
    '2.0 GiB',
    '4096.0 GiB',
  ]);
  t.strictSame([12.4, 1234].map(duration), ['12 ms', '1.2 s']);
  t.match(moment('2026-11-23T10:00:00.000Z'), /^2026-11-2[234] \d\d:\d\d:00$/);
});

t.test('each end of a training says what it came to', async (t) => {
  const { outcomes, running } = texts.runs;
  t.match(outcomes.published('7'), /published as version 7/);
  t.match(outcomes.again('7'), /version 7 serves again/);
  t.match(outcomes.superseded('7'), /superseded: version 7/);
  t.match(outcomes.rejected('worse'), /rejected by the gate: worse/);
  t.match(outcomes.refused('no column'), /refused: no column/);
  t.match(outcomes.failed('memory'), /failed: memory/);
  t.equal(running('fit'), 'at work: fit');
  t.match(texts.upload.stored(1, 2), /1 row read, 2 rejected/);
  t.match(texts.models.activate('3') + texts.models.activated('3'), /Activate version 3.*3 serves/);
  t.match(
    texts.datasets.really('a') + texts.datasets.removed('a') + texts.datasets.remove('a'),
    /a/,
  );
  t.match(texts.upload.sending('a.csv'), /a\.csv/);
  t.strictSame([true, false].map(texts.models.signature), ['signed', 'not signed']);
  t.match(texts.models.cannotServe, /upload its data set again/);
});
