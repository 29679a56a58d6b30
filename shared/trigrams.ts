/**
 * Three letters in a row, by which a name is found that is not spelled as it should be. Each word
 * counts for itself, with two blanks before it and one behind ("it": "  i", " it", "it "), as in
 * PostgreSQL's pg_trgm. One edit (a letter left out, put in, replaced, or swapped with the next one)
 * changes four of them at most, so a name of n different trigrams shares n - 4 with its misspelling.
 */

/**
 * The trigrams of a canonical name, without repeats, as numbers below `buckets`: different ones may
 * share a number, so what is found by them must be looked at.
 * @param buckets A power of two.
 * @param isOpen Whether the words may go on: then the trigrams of their ends are left out.
 */
export function trigramsOf(name: string, buckets: number, isOpen = false): number[] {
  const found = new Set<number>();
  forEachTrigram(name, buckets, (trigram) => found.add(trigram), isOpen);
  return [...found];
}

/** The same with repeats, one after the other, and nothing allocated. */
export function forEachTrigram(
  name: string,
  buckets: number,
  visit: (trigram: number) => void,
  isOpen = false,
): void {
  let first = blank;
  let second = blank;
  for (let i = 0; i <= name.length; i++) {
    const third = i < name.length ? name.charCodeAt(i) : blank;
    if (third !== blank || !isOpen) visit(bucketOf(first, second, third) & (buckets - 1));
    [first, second] = third === blank ? [blank, blank] : [second, third];
  }
}

/** How many buckets serve so many names: one for two to four of them. */
export function bucketsFor(names: number): number {
  return 2 ** Math.max(8, Math.ceil(Math.log2(Math.max(1, names))) - 2);
}

const blank = 32;

/** A multiplicative hash of three UTF-16 code units. */
function bucketOf(first: number, second: number, third: number): number {
  let hash = Math.imul(first, 0x9e3779b1) ^ second;
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) ^ third;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
