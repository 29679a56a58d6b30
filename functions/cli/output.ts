/** Writes one document. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Writes one line and waits until there is room for the next. */
export async function printLine(line: string): Promise<void> {
  await print(`${line}\n`);
}

/** Writes lines as fast as they are read at the other end, however many there are. */
export async function printLines(lines: Iterable<string>): Promise<void> {
  for (const block of blocks(lines)) await print(block);
}

/** Lines gathered to blocks of about 32 KiB. */
export function* blocks(lines: Iterable<string>): Generator<string, void, undefined> {
  let block = '';
  for (const line of lines) {
    block += `${line}\n`;
    if (block.length > 32_768) {
      yield block;
      block = '';
    }
  }
  yield block;
}

/** Writes text or bytes, and waits until that is done. */
export async function print(chunk: string | Uint8Array): Promise<void> {
  // To wait for room alone is not enough: a file always has some, and what was written stays in
  // memory until the event loop gets a turn. What goes wrong is the stream's to tell.
  await new Promise<void>((resolve) => {
    process.stdout.write(chunk, () => resolve());
  });
}

/** 21761 as "21,761". */
export function grouped(count: number): string {
  return count.toLocaleString('en');
}

/** How many there are of something: "1 rule", "1,234 rules". */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Milliseconds for people. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Bytes for people. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const units = ['KiB', 'MiB', 'GiB'];
  const unit = Math.min(units.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** unit).toFixed(1)} ${units[unit - 1]}`;
}

/** A song for people: title, and artist where there is one. */
export function songLine(title: string, artist: string): string {
  return artist === '' ? title : `${title} - ${artist}`;
}
