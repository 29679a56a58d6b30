/**
 * Who is meant: one identity for the spellings of a song. Snapshots hold names in this form, so a
 * change here is a new format version of the snapshot.
 */

/** What a note on a title, in brackets or after a dash, says about the song. */
interface NoteRule {
  says: string;
  /** Found anywhere in the note, which is in lower case. */
  pattern: RegExp;
  /** What the note becomes; absent: it stays, as a part of the title. */
  becomes?: string;
}

/**
 * The first rule that fits a note is its own; a note that none fits is a part of the title ("(I
 * Can't Get No)", "Pt. 2"). A live recording is another song than the studio's, because who adds it
 * means that one; all live recordings of a song by an artist are one, because playlists are few.
 */
const noteRules: readonly NoteRule[] = [
  {
    says: 'another recording, whatever else it is',
    pattern: /\b(?:remix|acoustic|unplugged|demo|instrumental|karaoke|cover|reprise|taylor's)\b/u,
  },
  {
    says: 'recorded live',
    pattern:
      /(?:^|[\s/,])live(?:$|[/,]| (?:\d|at|in|from|on|version|session|recording|performance))|\b(?:en vivo|ao vivo|en directo)\b/u,
    becomes: ' live',
  },
  {
    says: 'who else is heard',
    pattern: /^(?:feat|ft|featuring|with)\b/u,
    becomes: '',
  },
  {
    says: 'remastered, or issued again',
    pattern: /\b(?:re-?master(?:ed|ing|izado)?|re-?issued?|mono|stereo)\b/u,
    becomes: '',
  },
  {
    says: 'cut or mixed for a release',
    pattern:
      /\b(?:radio|single|album|original|lp|main|explicit|clean|soundtrack) (?:edit|mix|version)\b|^(?:explicit|single|edit|edited|soundtrack)$/u,
    becomes: '',
  },
  {
    says: 'the release that it is on',
    pattern: /^bonus\b|\bbonus track\b|\b(?:deluxe|anniversary|expanded) (?:edition|version)\b/u,
    becomes: '',
  },
  {
    says: 'the film or show that it was made for',
    pattern: /^(?:music )?from (?:the\b|["“'‘])/u,
    becomes: '',
  },
  {
    says: 'that it is a video',
    pattern: /\b(?:official|lyrics?) (?:music )?(?:video|audio)\b/u,
    becomes: '',
  },
];

/** Words of letters and digits: all of a title, unless guests are among them. */
const plain = /^[a-z0-9]+(?: [a-z0-9]+)*$/i;
/** Guests without brackets, up to the next note. */
const guests = /\s(?:feat|ft|featuring)\b(?:(?!\s[-–—]\s)[^([])*/gu;
const bracketed = /[([]([^)\]]*)(?:[)\]]|$)/gu;
const dash = /\s+[-–—]\s+/u;

/**
 * The form of a song's title under which its spellings are one: without case, accents of Latin
 * letters, guests and notes that make no other song of it (see `noteRules`); letters and digits
 * only, words parted by one blank. A title of signs alone ("???") keeps them.
 *
 * @example canonicalTitle('Yesterday - Remastered 2009') === canonicalTitle('YESTERDAY')
 */
export function canonicalTitle(title: string): string {
  const isPlain = plain.test(title);
  const folded = isPlain ? title.toLowerCase() : fold(title);
  if (isPlain && !folded.includes(' f')) return folded;
  return letters(withoutNotes(folded)) || letters(folded) || folded.trim();
}

/** The form of an artist's name under which its spellings are one. "" stays "". */
export function canonicalArtist(artist: string): string {
  const folded = fold(artist);
  return letters(folded.replace(/^the\s+(?=\S)/u, '')) || folded.trim();
}

/** The identity of a song: canonical title and artist, joined by a sign that no name has. */
export function songKey(title: string, artist: string): string {
  return `${canonicalTitle(title)}\u0000${canonicalArtist(artist)}`;
}

/**
 * A 32-bit hash (FNV-1a over UTF-16 code units, http://www.isthe.com/chongo/tech/comp/fnv/): the
 * same on every machine.
 */
export function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/**
 * Unicode NFKC in lower case. Accents are left out of Latin letters, which people type without
 * them, and of no others: in Japanese they make another letter.
 */
function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  const bare = text.normalize('NFKD').replace(/(\p{Script=Latin})\p{M}+/gu, '$1');
  return bare.normalize('NFKC').toLowerCase();
}

/** A title in lower case without its guests, each note replaced by what its rule makes of it. */
function withoutNotes(title: string): string {
  const [head, ...notes] = title
    .replace(guests, '')
    .replace(bracketed, (whole, note) => becomes(note) ?? whole)
    .split(dash);
  return notes.reduce((text, note) => text + (becomes(note) ?? ` ${note}`), head);
}

function becomes(note: string): string | undefined {
  return noteRules.find(({ pattern }) => pattern.test(note))?.becomes;
}

/** Letters, digits and their marks, words parted by one blank; apostrophes join ("don't"). */
function letters(text: string): string {
  const spoken = text.replace(/['’`´]/gu, '').replace(/&/gu, ' and ');
  // The same for ASCII: classes of Unicode take 5 ms to compile, which a cold start need not wait for.
  const others = isAscii(spoken) ? /[^a-z\d]+/g : /[^\p{L}\p{N}\p{M}]+/gu;
  return spoken.replace(others, ' ').trim();
}

function isAscii(text: string): boolean {
  return /^[ -~]*$/u.test(text);
}
