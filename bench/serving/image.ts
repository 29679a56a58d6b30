import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** How an image starts its function. */
export interface ImageStart {
  /** Flags of node. */
  flags: string[];
  /** Those that its code is made with. */
  madeWith: string[];
  environment: Record<string, string>;
}

/**
 * Fills a folder with the code of a function's bundle, as its image does when it is built.
 * @returns The file of code.
 */
export async function makeCode(name: string, bundles: string, to: string): Promise<string> {
  const { madeWith } = await imageStart(name);
  const script = join(import.meta.dirname, '../../functions/image.ts');
  const what = [...madeWith, script, 'fill', name, bundles, to];
  await promisify(execFile)(process.execPath, ['--random-seed=1', ...what], { env: {} });
  return join(to, name);
}

/** How the image of a function starts it: what is measured is what runs. */
export async function imageStart(name: string): Promise<ImageStart> {
  const path = join(import.meta.dirname, '../../functions', name, 'Containerfile');
  const text = await readFile(path, 'utf8');
  const flagsOf = (instruction: string) =>
    (JSON.parse(lineOf(text, instruction)) as string[]).filter((word) => word.startsWith('-'));
  const settings = lineOf(text, 'ENV').split(' ');
  return {
    flags: flagsOf('ENTRYPOINT'),
    madeWith: flagsOf('RUN'),
    environment: Object.fromEntries(settings.map((setting) => setting.split('='))),
  };
}

function lineOf(containerfile: string, instruction: string): string {
  const found = new RegExp(`^${instruction} (.*)$`, 'm').exec(containerfile) as RegExpExecArray;
  return found[1];
}
