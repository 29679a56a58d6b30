/** Where rules go to. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorCode, temporaryPath } from '../../../shared/durable.ts';
import { problem } from '../../../shared/problems.ts';
import { blocks, print, printLines } from '../output.ts';

/** What is to be written, made while it is written. */
export type Content = { lines: Iterable<string> } | { bytes: Iterable<Uint8Array> };

/**
 * Writes to a file, which appears whole or not at all, or prints.
 * @throws `usage` for bytes on a terminal, `output-unwritable`
 */
export async function writeOutput(content: Content, file: string | undefined): Promise<void> {
  if (file !== undefined) await writeFile(content, file);
  else if ('lines' in content) await printLines(content.lines);
  else if (process.stdout.isTTY) {
    throw problem('usage', { reason: 'A terminal cannot show this format. Give --output FILE.' });
  } else {
    for (const chunk of content.bytes) await print(chunk);
  }
}

async function writeFile(content: Content, file: string): Promise<void> {
  const temporary = temporaryPath(dirname(file));
  const chunks = 'lines' in content ? blocks(content.lines) : content.bytes;
  const target = createWriteStream(temporary, { flags: 'wx' });
  try {
    await pipeline(Readable.from(chunks, { objectMode: false }), target);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    if (errorCode(error) === undefined) throw error;
    const { message: reason } = error as Error;
    throw Object.assign(problem('output-unwritable', { path: file, reason }), { cause: error });
  }
}
