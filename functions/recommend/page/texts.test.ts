import t from 'tap';
import { grouped, moment, percent, ruleSentence, sentence, short, texts } from './texts.ts';

t.test('a reason is a sentence that a person can check', async (t) => {
  const rule = { kind: 'rule', songs: ['Yesterday'], together: 31, given: 74, share: 0.8 } as const;
  t.equal(
    sentence({ ...rule, lift: 11.3 }, 'Hey Jude'),
    '31 of 74 playlists with Yesterday also have Hey Jude, 11 times as often as by chance.',
  );
  t.equal(
    sentence({ ...rule, songs: ['A', 'B'], together: 1, given: 1, lift: 1.26 }, 'C'),
    '1 of 1 playlist with A and B also has C, 1.3 times as often as by chance.',
  );
  t.equal(
    sentence({ kind: 'artist', artist: 'Abba', together: 2, given: 9, share: 1 }, 'C'),
    '2 of 9 playlists with Abba also have C.',
  );
  t.equal(
    sentence({ kind: 'artist', artist: 'Abba', together: 1, given: 9, share: 1 }, 'C'),
    '1 of 9 playlists with Abba also has C.',
  );
  t.equal(sentence({ kind: 'popular', support: 1 }, 'C'), 'C is in one playlist.');
  t.equal(sentence({ kind: 'popular', support: 5 }, 'C'), 'C is in 5 playlists.');
});

t.test('numbers and nouns agree', async (t) => {
  t.strictSame([0, 1, 2].map(texts.search.found), [
    'No song begins like that.',
    'One song.',
    '2 songs.',
  ]);
  t.strictSame([1, 2].map(texts.search.support), ['in 1 playlist', 'in 2 playlists']);
  t.strictSame([1, 2].map(texts.found), ['One song.', '2 songs.']);
  t.match(texts.homonyms('X', 1), /one other song has/);
  t.match(texts.homonyms('X', 2), /2 other songs have/);
});

t.test('a text with gaps shows what is put into them', async (t) => {
  const check = (name: string, text: unknown): void => {
    if (typeof text === 'function') {
      const put = Array.from({ length: text.length }, (_, i) => `«${i}»`);
      const shown: string = text(...put);
      for (const one of put) t.ok(shown.includes(one), `${name}: ${shown}`);
    } else if (typeof text === 'object' && text !== null) {
      for (const [key, one] of Object.entries(text)) check(`${name}.${key}`, one);
    } else t.ok(typeof text === 'string' && text !== '', name);
  };
  check('texts', texts);
});

t.test('figures are short', async (t) => {
  t.strictSame([1234.5, 45.67, 1.234, 0.12345, 0].map(short), [
    '1,235',
    '45.7',
    '1.23',
    '0.123',
    '0',
  ]);
  t.strictSame([Number.NaN, null, undefined].map(short), ['–', '–', '–']);
  t.equal(percent(0.1234), '12.3\u00a0%');
  t.equal(grouped(21_761), '21,761');
  t.equal(moment('2026-01-02T03:04:05.678Z'), '2026-01-02 03:04');
  t.strictSame(
    [1, 2000].map((count) => texts.model.rules.playlists(count, '1 %')),
    ['1 playlist (1 %)', '2,000 playlists (1 %)'],
  );
});

t.test('a rule is a sentence, whatever is known of it', async (t) => {
  const figures = { confidence: 0.5, lift: 2, support: 0.1 };
  t.equal(
    ruleSentence(['A', 'B'], 'C', { ...figures, together: 3, given: 6 }),
    '3 of 6 playlists with A and B also have C, 2.0 times as often as by chance.',
  );
  t.equal(
    ruleSentence(['A'], 'C', { ...figures, lift: Number.NaN }),
    '50\u00a0% of the playlists with A also have C.',
  );
  t.equal(
    ruleSentence(['A'], 'C', { ...figures, together: 1, given: 2 }),
    '1 of 2 playlists with A also has C, 2.0 times as often as by chance.',
  );
});

t.test('the texts of the model’s view are whole', async (t) => {
  const { model } = texts;
  t.match(model.rules.found('5', '5'), /^5 rules\.$/);
  t.match(model.rules.found('1', '1'), 'One rule.');
  t.match(model.rules.found('5', '9'), /^9 rules; the best 5 are shown\.$/);
  t.equal(model.graph.title(undefined), 'Songs that go together');
  t.equal(model.graph.title('X'), 'Around X');
});
