/** Which columns of a table may be meant when none has a name that is known. */
import type { Columns, Role } from './columns.ts';

/** The beginning of a table. */
export interface TableHead {
  /** The names of the columns. */
  header: readonly string[];
  /** Rows with a value for each column. */
  rows: readonly (readonly string[])[];
}

/** Roles that are proposed, and words in a column's name that speak for one. */
const wordsOf = {
  transaction: /id$|no$|nr$|num|list|basket|cart|order|receipt|bill|session|user|customer/i,
  artist: /artist|band|singer|performer|musician|composer/i,
  item: /track|song|title|item|product|article|name|sku|desc|movie|book/i,
} satisfies Partial<Record<Role, RegExp>>;

/** What a name that speaks for a role is worth: half of what values can be. */
const worthOfName = 0.5;

/**
 * Proposes columns by what is in them: a transaction's id stays the same for some rows and then
 * does not come back; an item's name has letters and differs from row to row; an artist is told by
 * the column's name alone. A guess, for a person to look at.
 *
 * @param given Roles that are decided.
 * @returns undefined when there is nothing left to propose for a transaction or an item.
 */
export function proposeColumns(
  { header, rows }: TableHead,
  given: Columns = {},
): Columns | undefined {
  const proposed: Columns = { ...given };
  for (const role of ['transaction', 'artist', 'item'] as const) {
    if (proposed[role] !== undefined) continue;
    const free = header.filter((name) => !Object.values(proposed).includes(name));
    const worth = (name: string) => {
      const values = rows.map((row) => row[header.indexOf(name)]);
      const named = wordsOf[role].test(name) ? worthOfName : 0;
      if (role === 'artist') return named;
      return named + (role === 'transaction' ? asTransaction(values) : asItem(values));
    };
    const [best] = free.toSorted((one, other) => worth(other) - worth(one));
    if (best !== undefined && worth(best) > 0) proposed[role] = best;
    else if (role !== 'artist') return undefined;
  }
  return proposed;
}

/** 1 for values of which each stands in one long run, 0 for values that never repeat. */
function asTransaction(values: readonly string[]): number {
  const distinct = new Set(values).size;
  const runs = values.filter((value, i) => i === 0 || value !== values[i - 1]).length;
  return values.length === 0 ? 0 : (distinct / runs) * (1 - distinct / values.length);
}

/** 1 for names that never repeat, half of it for numbers. */
function asItem(values: readonly string[]): number {
  if (values.length === 0) return 0;
  const lettered = values.filter((value) => /\p{L}/u.test(value)).length / values.length;
  return (new Set(values).size / values.length) * (0.5 + lettered / 2);
}
