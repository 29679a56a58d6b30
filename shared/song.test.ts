import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { canonicalArtist, canonicalTitle, nameHash, songKey } from './song.ts';

/** The rules by example: a title as it may be spelled, and its canonical form. */
const table: [string, string][] = [
  // Case, blanks, signs, and what Unicode writes in two ways.
  ['YESTERDAY ', 'yesterday'],
  ['Don’t Stop', 'dont stop'],
  ["Don't Stop", 'dont stop'],
  ['Rock & Roll', 'rock and roll'],
  ['10,000 Reasons', '10 000 reasons'],
  ['Ｗｉｄｅ', 'wide'],
  ['Cafe\u0301', 'cafe'],
  // Accents of Latin letters go, letters of other scripts are as they are.
  ['Déjame', 'dejame'],
  ['İstanbul', 'istanbul'],
  ['Ça plane pour moi', 'ca plane pour moi'],
  ['ガガ', 'ガガ'],
  ['カカ', 'カカ'],
  ['夜に駆ける', '夜に駆ける'],
  ['ﾖﾙﾆ', 'ヨルニ'],
  ['Й', 'й'],
  ['حبيبي', 'حبيبي'],
  ['🔥 Fire', 'fire'],
  ['🔥', '🔥'],
  ['???', '???'],
  ['÷ (Deluxe)', 'deluxe'],
  // Who else is heard.
  ['Empire State Of Mind (feat. Alicia Keys)', 'empire state of mind'],
  ['Empire State Of Mind ft. Alicia Keys', 'empire state of mind'],
  ['Empire State Of Mind - feat. Alicia Keys', 'empire state of mind'],
  ['No Vacancy (with Sebastián Yatra)', 'no vacancy'],
  ['Mi Gente feat. Beyoncé - Remix', 'mi gente remix'],
  ['Defeat', 'defeat'],
  // Issued again, cut or mixed for a release.
  ['Yesterday - Remastered 2009', 'yesterday'],
  ['Yesterday - 2009 - Remaster', 'yesterday 2009'],
  ['Yesterday - 2009 Digital Remaster', 'yesterday'],
  ['Yesterday (Remasterizado 2016)', 'yesterday'],
  ['Yesterday [2015 Stereo Mix]', 'yesterday'],
  ['Creep - Radio Edit', 'creep'],
  ['Creep - Single Version', 'creep'],
  ['Creep (Album Version) [Explicit]', 'creep'],
  ['Creep (Bonus Track)', 'creep'],
  ['Creep (Official Music Video)', 'creep'],
  ['Immortals - From "Big Hero 6"', 'immortals'],
  ['Creep – Mono', 'creep'],
  // Recorded live: another song, and one for all nights.
  ['Creep (Live)', 'creep live'],
  ['Creep - Live at Wembley, 1994', 'creep live'],
  ['Creep - Live/Remastered', 'creep live'],
  ['Oye - En Vivo', 'oye live'],
  ['Live and Let Die', 'live and let die'],
  ['Song (Live Forever)', 'song live forever'],
  // Another recording, or a part of the title.
  ['Creep - Acoustic', 'creep acoustic'],
  ['Creep - Acoustic / Live', 'creep acoustic live'],
  ['Creep (Somebody Remix)', 'creep somebody remix'],
  ['Creep (Somebody Remix) [Radio Edit]', 'creep somebody remix'],
  ["Style (Taylor's Version)", 'style taylors version'],
  ['(I Can’t Get No) Satisfaction', 'i cant get no satisfaction'],
  ['Pt. 2', 'pt 2'],
  ['Intro - Outro', 'intro outro'],
  ['Unclosed (feat. somebody', 'unclosed'],
];

t.test('each spelling has its canonical form, which is its own', (t) => {
  for (const [title, canonical] of table) {
    t.equal(canonicalTitle(title), canonical, title);
    t.equal(canonicalTitle(canonical), canonical);
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
  t.equal(canonicalArtist('Beyoncé'), canonicalArtist('BEYONCE'));
  t.not(canonicalArtist('Beyoncé'), canonicalArtist('Beyonc'));
  t.end();
});

t.test('a title that is not blank keeps a name, without blanks around it', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (title) => {
      const canonical = canonicalTitle(title);
      assert.equal(canonical === '', title.normalize('NFKC').trim() === '');
      assert.equal(canonical, canonical.trim());
    }),
    { numRuns: 300 },
  );
  t.end();
});

t.test('what is ASCII has the form that it has among other letters', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
      // A letter before it, so that no rule for beginnings or for signs alone speaks.
      assert.equal(canonicalArtist(`x${text} ж`), `${canonicalArtist(`x${text}`)} ж`);
    }),
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

t.test('plain titles are taken as they are, and as any other is', async () => {
  const word = fc.oneof(
    fc.constantFrom('feat', 'ft', 'featuring', 'Fete', 'live', 'remix', 'LIVE', 'a'),
    fc.string({ unit: fc.constantFrom('a', 'f', 't', 'Z', '0'), minLength: 1, maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      const title = words.join(' ');
      // A sign is no part of a title, and has it looked at for notes and guests.
      assert.equal(canonicalTitle(title), canonicalTitle(`¡${title}`));
    }),
  );
});
