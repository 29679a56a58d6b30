/**
 * A column of some rows on its way from one thread to another. Values are copied one by one there,
 * which takes longer than decoding most of them: strings, and what is none, go as one string.
 */
export type HandedColumn = unknown[] | { text: string; lengths: Int32Array };

/** The length of what is no string. */
const nothing = -1;

/** Strings and null as one string; a column with anything else in it stays as it is. */
export function packed(values: unknown[]): HandedColumn {
  const lengths = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === 'string') lengths[i] = value.length;
    else if (value === null || value === undefined) lengths[i] = nothing;
    else return values;
  }
  return { text: values.join(''), lengths };
}

/** The values of a column; its strings can be views of one string. */
export function unpacked(column: HandedColumn): unknown[] {
  if (Array.isArray(column)) return column;
  const { text, lengths } = column;
  const values = new Array<unknown>(lengths.length);
  let at = 0;
  for (let i = 0; i < lengths.length; i++) {
    values[i] = lengths[i] === nothing ? null : text.slice(at, at + lengths[i]);
    at += Math.max(0, lengths[i]);
  }
  return values;
}

/** Characters in a value, and in all that it holds: what it takes to hand it over. */
export function weightOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  let weight = 1;
  for (const inner of Object.values(value)) weight += weightOf(inner);
  return weight;
}
