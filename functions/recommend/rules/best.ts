/** The best of a long list, a page at a time, without keeping the list. */
import { problem } from '../../../shared/problems.ts';

/** Where a page ends: the key of its last item, and that item's place in the list. */
export interface Place {
  key: number;
  place: number;
}

/**
 * The items with the least keys behind a place, and the number of those that are offered; of equal
 * keys the earlier item comes first.
 */
export class Best<Item> {
  readonly #limit: number;
  readonly #after: Place | undefined;
  #kept: (Place & { item: Item })[] = [];
  #passed = 0;
  /** Nothing behind this is on the page. */
  #worst: Place | undefined;

  constructor(limit: number, after: Place | undefined) {
    this.#limit = limit;
    this.#after = after;
  }

  /** @param make Only called for what may stay. */
  offer(key: number, place: number, make: () => Item): void {
    if (this.#after !== undefined && !isBehind(key, place, this.#after)) return;
    this.#passed++;
    if (this.#worst !== undefined && isBehind(key, place, this.#worst)) return;
    this.#kept.push({ key, place, item: make() });
    // Twice as many as wanted are let in before the worse half goes: sorting costs little an item.
    if (this.#kept.length >= 2 * this.#limit) this.#shrink();
  }

  /** The page, and where the next one begins if there is one. */
  page(): { items: Item[]; next: Place | undefined } {
    this.#shrink();
    const last = this.#kept.at(-1);
    return {
      items: this.#kept.map(({ item }) => item),
      next: last !== undefined && this.#passed > this.#kept.length ? last : undefined,
    };
  }

  #shrink(): void {
    this.#kept.sort((a, b) => compare(a, b)).splice(this.#limit);
    if (this.#kept.length === this.#limit) this.#worst = this.#kept.at(-1);
  }
}

function compare(a: Place, b: Place): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : a.place - b.place;
}

function isBehind(key: number, place: number, other: Place): boolean {
  return key > other.key || (key === other.key && place > other.place);
}

/** The place as text: good for the same list only, which `of` names. */
export function writeCursor(of: string, { key, place }: Place): string {
  return [of.slice(0, 12), key, place].join('_');
}

/** @throws `cursor-stale` for one of another list, or one that somebody made up. */
export function readCursor(of: string, cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const [list, key, place] = cursor.split('_');
  const read = { key: Number(key || Number.NaN), place: Number(place || Number.NaN) };
  if (list !== of.slice(0, 12) || Number.isNaN(read.key) || !Number.isSafeInteger(read.place)) {
    throw problem('cursor-stale');
  }
  return read;
}
