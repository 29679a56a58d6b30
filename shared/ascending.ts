/**
 * The first place, from one up to another, of some ascending numbers that is not below a value; the
 * last where all are (binary search).
 */
export function firstNotBelow(
  ascending: ArrayLike<number>,
  value: number,
  start = 0,
  end = ascending.length,
): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether a value is among some ascending numbers, from one place up to another. */
export function holds(
  ascending: ArrayLike<number>,
  value: number,
  start = 0,
  end = ascending.length,
): boolean {
  const place = firstNotBelow(ascending, value, start, end);
  return place < end && ascending[place] === value;
}
