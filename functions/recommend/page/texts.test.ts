import t from 'tap';
import { sentence, texts } from './texts.ts';

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
