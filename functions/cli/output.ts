import { once } from 'node:events';

/** Writes one document. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Writes lines as fast as they are read at the other end, however many there are. */
export async function printLines(lines: Iterable<string> | AsyncIterable<string>): Promise<void> {
  let block = '';
  for await (const line of lines) {
    block += `${line}\n`;
    if (block.length > 32_768) {
      if (!process.stdout.write(block)) await once(process.stdout, 'drain');
      block = '';
    }
  }
  process.stdout.write(block);
}

/** 21761 as "21,761". */
export function grouped(count: number): string {
  return count.toLocaleString('en');
}

/** Milliseconds for people. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Bytes for people. */
export function size(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  const unit = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return unit === 0 ? `${bytes} bytes` : `${(bytes / 1024 ** unit).toFixed(1)} ${units[unit]}`;
}

/** A song for people: title, and artist where there is one. */
export function songLine(title: string, artist: string): string {
  return artist === '' ? title : `${title} - ${artist}`;
}
