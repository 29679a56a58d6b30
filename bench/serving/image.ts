import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How an image starts its function. */
export interface ImageStart {
  /** Flags of node. */
  flags: string[];
  /** Those that its compile cache is filled with. */
  filledWith: string[];
  environment: Record<string, string>;
}

/** How the image of recommend starts it: what is measured is what runs. */
export async function imageStart(): Promise<ImageStart> {
  const path = join(import.meta.dirname, '../../functions/recommend/Containerfile');
  const text = await readFile(path, 'utf8');
  const flagsOf = (instruction: string) =>
    (JSON.parse(lineOf(text, instruction)) as string[]).filter((word) => word.startsWith('-'));
  const settings = lineOf(text, 'ENV').split(' ');
  return {
    flags: flagsOf('ENTRYPOINT'),
    filledWith: flagsOf('RUN'),
    environment: Object.fromEntries(settings.map((setting) => setting.split('='))),
  };
}

function lineOf(containerfile: string, instruction: string): string {
  const found = new RegExp(`^${instruction} (.*)$`, 'm').exec(containerfile) as RegExpExecArray;
  return found[1];
}
