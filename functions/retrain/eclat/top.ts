/**
 * The highest support at which there are at least `top` itemsets, by halving what is left to search;
 * 1 where there are fewer at any.
 *
 * @param highest No itemset has a higher support.
 * @param reaches Whether there are so many itemsets at a support; it need not count further.
 */
export async function supportOfTop(
  highest: number,
  reaches: (minSupport: number) => Promise<boolean>,
): Promise<number> {
  // Low supports cost most, so they are approached from above, in steps that double.
  let above = highest + 1;
  let step = Math.max(1, Math.ceil(highest / 16));
  let low = Math.max(1, above - step);
  while (low > 1 && !(await reaches(low))) {
    above = low;
    step *= 2;
    low = Math.max(1, Math.min(above - 1, Math.max(Math.floor(above / 2), above - step)));
  }
  while (above - low > 1) {
    const middle = Math.floor((above + low) / 2);
    if (await reaches(middle)) low = middle;
    else above = middle;
  }
  return low;
}
