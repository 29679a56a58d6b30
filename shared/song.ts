/**
 * Who is meant: one identity for the spellings of a song. It is written into snapshots (the title
 * index), so a change here is a new format version of the snapshot.
 */

/** What is added to a title by the release it is on, and does not make it another song. */
const releaseNote =
  /\b(?:remaster(?:ed)?|re-?issue|mono|stereo|(?:radio|single|album|original|lp) (?:edit|mix|version)|bonus track)\b/u;

/** `(feat. X)`, `[ft. X]`, ` feat. X` and the like: artists of the recording, not of the title. */
const featuring =
  /\s*[([]\s*(?:feat|ft|featuring|with)\b\.?[^)\]]*[)\]]|\s+(?:feat|ft|featuring)\b\.?.*$/u;

/**
 * The form of a song's title under which its spellings are one: Unicode NFKC without case, without
 * guests ("feat. X") and notes of the release ("- Remastered 2009", "(Mono)"), letters and digits
 * only. A title of signs alone ("???") keeps them.
 *
 * @example canonicalTitle('Yesterday - Remastered 2009') === canonicalTitle('YESTERDAY')
 */
export function canonicalTitle(title: string): string {
  const folded = title.normalize('NFKC').toLowerCase();
  const plain = folded
    .replace(featuring, '')
    .replace(/\s*[([]([^)\]]*)[)\]]/gu, (whole, inner) => (releaseNote.test(inner) ? '' : whole))
    .replace(/\s+[-–—]\s+(.*)$/u, (whole, rest) => (releaseNote.test(rest) ? '' : whole));
  return letters(plain) || letters(folded) || folded.trim();
}

/** The form of an artist's name under which its spellings are one. "" stays "". */
export function canonicalArtist(artist: string): string {
  const folded = artist.normalize('NFKC').toLowerCase();
  return letters(folded.replace(/^the\s+(?=\S)/u, '')) || folded.trim();
}

/** The identity of a song: canonical title and artist, joined by a sign that no name has. */
export function songKey(title: string, artist: string): string {
  return `${canonicalTitle(title)}\u0000${canonicalArtist(artist)}`;
}

/**
 * A 32-bit hash (FNV-1a over UTF-16 code units, http://www.isthe.com/chongo/tech/comp/fnv/) of a
 * canonical name, by which the snapshot's indexes are sorted.
 */
export function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}

/** Letters, digits and their marks, words parted by one blank; apostrophes join ("don't"). */
function letters(text: string): string {
  return text
    .replace(/['’`´]/gu, '')
    .replace(/&/gu, ' and ')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
}
