/**
 * How many edits make one text of another, if no more than `most`; else `most + 1`. An edit leaves
 * a letter out, puts one in, replaces one, or swaps two neighbours that no other edit touches
 * (optimal string alignment; Boytsov, "Indexing methods for approximate dictionary searching",
 * 2011, section 2.1). O(length of the part that differs * most).
 */
export function edits(a: string, b: string, most: number): number {
  let start = 0;
  let endA = a.length;
  let endB = b.length;
  while (start < endA && start < endB && a.charCodeAt(start) === b.charCodeAt(start)) start++;
  while (endA > start && endB > start && a.charCodeAt(endA - 1) === b.charCodeAt(endB - 1)) {
    endA--;
    endB--;
  }
  const length = endA - start;
  const width = endB - start;
  if (Math.abs(length - width) > most) return most + 1;
  let before: number[] = [];
  let last = Array.from({ length: width + 1 }, (_, j) => j);
  for (let i = 1; i <= length; i++) {
    // What is further from the diagonal than `most` cannot be on the way.
    const row = new Array<number>(width + 1).fill(most + 1);
    if (i <= most) row[0] = i;
    let lowest = row[0];
    const end = Math.min(width, i + most);
    for (let j = Math.max(1, i - most); j <= end; j++) {
      const letterA = a.charCodeAt(start + i - 1);
      const letterB = b.charCodeAt(start + j - 1);
      let cost = last[j - 1] + (letterA === letterB ? 0 : 1);
      cost = Math.min(cost, last[j] + 1, row[j - 1] + 1);
      if (
        i > 1 &&
        j > 1 &&
        letterA === b.charCodeAt(start + j - 2) &&
        a.charCodeAt(start + i - 2) === letterB
      ) {
        cost = Math.min(cost, before[j - 2] + 1);
      }
      row[j] = cost;
      lowest = Math.min(lowest, cost);
    }
    if (lowest > most) return most + 1;
    before = last;
    last = row;
  }
  return Math.min(last[width], most + 1);
}
