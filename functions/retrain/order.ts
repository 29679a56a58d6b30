/** The places of what is above 0, the largest first, ties in order: a counting sort. */
export function byDescending(totals: Uint32Array): Uint32Array {
  let highest = 0;
  let count = 0;
  for (let place = 0; place < totals.length; place++) {
    if (totals[place] > highest) highest = totals[place];
    if (totals[place] > 0) count++;
  }
  const begins = new Uint32Array(highest + 2);
  for (let place = 0; place < totals.length; place++) begins[totals[place]]++;
  let before = 0;
  for (let total = highest; total > 0; total--) {
    const places = begins[total];
    begins[total] = before;
    before += places;
  }
  const order = new Uint32Array(count);
  for (let place = 0; place < totals.length; place++) {
    if (totals[place] > 0) order[begins[totals[place]]++] = place;
  }
  return order;
}
