/**
 * Parts by which a name is found that is not spelled as it should be (Li, Deng, Wang and Feng,
 * "PASS-JOIN: a partition-based method for similarity joins", 2011). A name is cut into one part
 * more than edits are forgiven: so few edits leave one part as it was, near the place where it was.
 * Two neighbours that are swapped across a cut change two parts at once, but of the one before the
 * cut only its last letter, and that comes next: whoever looks the part up tries this, too.
 *
 * Lengths and places are in UTF-16 code units.
 */

/** Length of a text from which one edit is forgiven: of three letters too little would be left. */
const oneEditFrom = 4;
/** Length of a text from which two edits are forgiven. */
const twoEditsFrom = 15;
/** Length of a name from which a text in which two edits are forgiven may mean it. */
const threeSegmentsFrom = twoEditsFrom - 2;

/** How many edits are forgiven in a text of this length. */
export function forgiven(length: number): number {
  if (length < oneEditFrom) return 0;
  return length < twoEditsFrom ? 1 : 2;
}

/** How many buckets serve so many names: a power of two, one for two to four of them. */
export function bucketsFor(names: number): number {
  return 2 ** Math.max(8, Math.ceil(Math.log2(Math.max(1, names))) - 2);
}

/** The buckets of a name's parts. Different parts may share one: what is found must be looked at. */
export function bucketsOf(name: string, buckets: number): Set<number> {
  const { length } = name;
  const found = new Set<number>();
  for (let segment = 0; segment < segmentsIn(length); segment++) {
    const end = startOf(segment + 1, length);
    const last = name.charCodeAt(end - 1);
    found.add(bucketOf(name, startOf(segment, length), end, last, segment, length) & (buckets - 1));
  }
  return found;
}

/** A bucket that may hold names of a length that are near a text. */
interface LookUp {
  bucket: number;
  length: number;
}

/**
 * Where the names stand that are within as many edits of a text as are forgiven in it. Of the parts
 * of such a name one is left as it was with exactly as many edits before it as there are parts, so
 * it begins in the text at most so many places further or nearer; and the same seen from the end
 * (section 4.2 of the paper). It is one of the first parts, one more than the edits.
 */
export function lookUpsOf(text: string, buckets: number): LookUp[] {
  const most = forgiven(text.length);
  const found: LookUp[] = [];
  for (let length = text.length - most; most > 0 && length <= text.length + most; length++) {
    const longer = text.length - length;
    for (let segment = 0; segment <= most; segment++) {
      const start = startOf(segment, length);
      const end = startOf(segment + 1, length);
      const after = most - segment;
      const from = Math.max(-segment, longer - after, -start);
      const to = Math.min(segment, longer + after, text.length - end);
      for (let shift = from; shift <= to; shift++) {
        // The last letter, or the next one where the two may be swapped.
        for (const at of end < length ? [end - 1, end] : [end - 1]) {
          const last = text.charCodeAt(at + shift);
          if (at === end && last === text.charCodeAt(at + shift - 1)) continue;
          const hash = bucketOf(text, start + shift, end + shift, last, segment, length);
          found.push({ bucket: hash & (buckets - 1), length });
        }
      }
    }
  }
  return found;
}

/**
 * Which letters a name has an odd number of times, in sixteen kinds, a bit for each: an edit changes
 * two of them at most, so names that differ in more than twice the edits are not near (the counting
 * filter of Jokinen, Tarhio and Ukkonen, "A comparison of approximate string matching algorithms",
 * 1996, in two bytes).
 */
export function oddLetters(name: string): number {
  let odd = 0;
  for (let at = 0; at < name.length; at++) odd ^= 1 << (name.charCodeAt(at) & 15);
  return odd;
}

/** How many bits are set. */
export function bitsIn(value: number): number {
  const pairs = value - ((value >>> 1) & 0x5555);
  const fours = (pairs & 0x3333) + ((pairs >>> 2) & 0x3333);
  const eights = (fours + (fours >>> 4)) & 0x0f0f;
  return (eights + (eights >>> 8)) & 31;
}

/** How many parts a name of this length has: none where no text can mean it by mistake. */
function segmentsIn(length: number): number {
  if (length < oneEditFrom - 1) return 0;
  return length < threeSegmentsFrom ? 2 : 3;
}

/** Where a part of a name of this length begins, and the one before it ends. */
function startOf(segment: number, length: number): number {
  return Math.floor((segment * length) / segmentsIn(length));
}

/** A hash of a part of a name of some length: letters of a text, but for the last of them. */
function bucketOf(
  text: string,
  start: number,
  end: number,
  last: number,
  segment: number,
  length: number,
): number {
  let hash = Math.imul(4 * length + segment + 1, 0x9e3779b1);
  for (let at = start; at < end - 1; at++) hash = mix(hash, text.charCodeAt(at));
  hash = Math.imul(mix(hash, last), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** As multiplicative hashes do. */
function mix(hash: number, letter: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) ^ letter;
}
