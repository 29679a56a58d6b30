/** V8 begins to collect when so much memory outside its heap has come since it last did. */
const noticedBytes = 2 ** 26;

/**
 * Has V8 collect all garbage in the next tens of milliseconds, most of it while others work: for a few
 * of them everybody waits, where they do for all of it when node's `gc` is called.
 *
 * V8 would do so by itself, but late: what is in wasm memories it hardly counts. So it is told of
 * memory that nobody touches, and that therefore takes none.
 */
export function collectSoon(): void {
  new ArrayBuffer(noticedBytes + 1);
}
