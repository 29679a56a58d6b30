import fc from 'fast-check';
import t from 'tap';
import { canonicalArtist, canonicalTitle, nameHash, songKey } from './song.ts';

t.test('spellings of one title are one', (t) => {
  const same: [string, string][] = [
    ['Yesterday', 'YESTERDAY '],
    ['Yesterday', 'Yesterday - Remastered 2009'],
    ['Yesterday', 'Yesterday - 2009 Remaster'],
    ['Yesterday', 'Yesterday (Mono)'],
    ['Yesterday', 'Yesterday [2015 Stereo Mix]'],
    ["Don't Stop", 'Dont Stop'],
    ['Don’t Stop', "don't stop"],
    ['Empire State of Mind', 'Empire State Of Mind (feat. Alicia Keys)'],
    ['Empire State of Mind', 'Empire State Of Mind ft. Alicia Keys'],
    ['Rock & Roll', 'Rock and Roll'],
    ['Café', 'Cafe\u0301'],
    ['Ｗｉｄｅ', 'wide'],
    ['Creep', 'Creep - Radio Edit'],
  ];
  for (const [one, other] of same) t.equal(canonicalTitle(other), canonicalTitle(one), other);
  t.end();
});

t.test('other songs stay other songs', (t) => {
  const different: [string, string][] = [
    ['Creep', 'Creep - Acoustic'],
    ['Hello', 'Hello, Goodbye'],
    ['Pt. 1', 'Pt. 2'],
    ['???', '!!!'],
    ['Café', 'Cafe'],
    ['(I Can’t Get No) Satisfaction', 'Satisfaction'],
  ];
  for (const [one, other] of different) {
    t.not(canonicalTitle(other), canonicalTitle(one), `${one} / ${other}`);
  }
  t.end();
});

t.test('what is nothing but a note or signs keeps a name', (t) => {
  t.equal(canonicalTitle('(Remastered)'), 'remastered');
  t.equal(canonicalTitle('feat. nobody'), 'feat nobody');
  t.equal(canonicalTitle('???'), '???');
  t.equal(canonicalArtist('!!!'), '!!!');
  t.equal(canonicalArtist(''), '');
  t.equal(canonicalArtist('The The'), 'the');
  t.end();
});

t.test('spellings of one artist are one', (t) => {
  t.equal(canonicalArtist('The Beatles'), canonicalArtist('Beatles'));
  t.equal(canonicalArtist('Simon & Garfunkel'), canonicalArtist('SIMON AND GARFUNKEL'));
  t.not(canonicalArtist('Beyoncé'), canonicalArtist('Beyonc'));
  t.end();
});

t.test('a title that is not blank keeps a name, without blanks around it', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (title) => {
      const canonical = canonicalTitle(title);
      t.equal(canonical === '', title.normalize('NFKC').trim() === '', title);
      t.equal(canonical, canonical.trim());
    }),
    { numRuns: 300 },
  );
  t.end();
});

t.test('title and artist cannot run into each other', (t) => {
  t.not(songKey('a b', 'c'), songKey('a', 'b c'));
  t.not(songKey('||', ''), songKey('|', '|'));
  t.equal(songKey('Let It Be', 'The Beatles'), 'let it be\u0000beatles');
  t.end();
});

t.test('the hash is FNV-1a', (t) => {
  // Published test vectors of 32-bit FNV-1a.
  t.equal(nameHash(''), 0x811c9dc5);
  t.equal(nameHash('a'), 0xe40c292c);
  t.equal(nameHash('foobar'), 0xbf9cf968);
  t.end();
});
