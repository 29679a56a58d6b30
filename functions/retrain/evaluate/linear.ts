/**
 * Dense symmetric positive definite matrices of n x n numbers, row after row in one array (Golub
 * and Van Loan, Matrix Computations, 4.2). What takes n^3 steps adds multiples of four rows to a
 * row at once: memory is gone through in order, and a number loaded is used four times.
 */

/**
 * The inverse of A in its place: A = U'U, then U' inverted to R, then A^-1 = R'R.
 * @param a Its upper triangle is read.
 */
export function invert(a: Float64Array, n: number): void {
  factor(a, n);
  invertFactor(a, n);
  square(a, n);
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a[j * n + i] = a[i * n + j];
}

/**
 * Solves Ax = b in place of b.
 * @param a Its upper triangle is read, and holds U of A = U'U after that.
 */
export function solve(a: Float64Array, n: number, b: Float64Array): void {
  factor(a, n);
  for (let k = 0; k < n; k++) {
    b[k] /= a[k * n + k];
    for (let j = k + 1; j < n; j++) b[j] -= b[k] * a[k * n + j];
  }
  for (let k = n - 1; k >= 0; k--) {
    let sum = b[k];
    for (let j = k + 1; j < n; j++) sum -= a[k * n + j] * b[j];
    b[k] = sum / a[k * n + k];
  }
}

/** A = U'U (Cholesky): U takes the upper triangle. */
function factor(a: Float64Array, n: number): void {
  for (let start = 0; start < n; start += 4) {
    const end = Math.min(n, start + 4);
    for (let k = start; k < end; k++) {
      const pivot = Math.sqrt(a[k * n + k]);
      for (let j = k; j < n; j++) a[k * n + j] /= pivot;
      for (let i = k + 1; i < end; i++) addRow(a, n, i, i, n, k, -a[k * n + i]);
    }
    if (end - start < 4) return;
    for (let i = end; i < n; i++) {
      const at = start * n + i;
      addFourRows(a, n, i, i, n, start, -a[at], -a[at + n], -a[at + 2 * n], -a[at + 3 * n]);
    }
  }
}

/** R = U'^-1 takes the lower triangle and the diagonal; U stays above. */
function invertFactor(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const pivot = a[i * n + i];
    a.fill(0, i * n, i * n + i);
    let k = 0;
    for (; k + 4 <= i; k += 4) {
      const at = k * n + i;
      addFourRows(a, n, i, 0, k, k, a[at], a[at + n], a[at + 2 * n], a[at + 3 * n]);
      for (let row = k; row < k + 4; row++) addRow(a, n, i, k, row + 1, row, a[row * n + i]);
    }
    for (; k < i; k++) addRow(a, n, i, 0, k + 1, k, a[k * n + i]);
    for (let j = 0; j < i; j++) a[i * n + j] /= -pivot;
    a[i * n + i] = 1 / pivot;
  }
}

/** R'R takes the lower triangle and the diagonal: row i needs only what stands below. */
function square(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const own = a[i * n + i];
    for (let j = 0; j <= i; j++) a[i * n + j] *= own;
    let k = i + 1;
    for (; k + 4 <= n; k += 4) {
      const at = k * n + i;
      addFourRows(a, n, i, 0, i + 1, k, a[at], a[at + n], a[at + 2 * n], a[at + 3 * n]);
    }
    for (; k < n; k++) addRow(a, n, i, 0, i + 1, k, a[k * n + i]);
  }
}

/** Adds a multiple of row `from` to row `to`, in columns `start` to `end - 1`. */
function addRow(
  a: Float64Array,
  n: number,
  to: number,
  start: number,
  end: number,
  from: number,
  multiple: number,
): void {
  const shift = (from - to) * n;
  for (let at = to * n + start; at < to * n + end; at++) a[at] += multiple * a[at + shift];
}

/** The same with four rows, `from` and those after it. */
function addFourRows(
  a: Float64Array,
  n: number,
  to: number,
  start: number,
  end: number,
  from: number,
  m0: number,
  m1: number,
  m2: number,
  m3: number,
): void {
  let first = from * n + start;
  let second = first + n;
  let third = second + n;
  let fourth = third + n;
  const last = to * n + end;
  for (let at = to * n + start; at < last; at++) {
    a[at] += m0 * a[first++] + m1 * a[second++] + m2 * a[third++] + m3 * a[fourth++];
  }
}
