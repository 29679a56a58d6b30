/** What is measured, as the image of recommend starts it. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleRecommend } from '../../functions/bundle.ts';
import { imageStart, makeCode } from './image.ts';
import type { Server } from './process.ts';

/** A server as the image of recommend starts it: from bundles, with the code in this folder. */
export async function asImage(name: string, bundles: string, to: string): Promise<Server> {
  const { flags, environment } = await imageStart('recommend');
  const code = await makeCode('recommend', bundles, to);
  const files = ['start.cjs', 'recommend.cjs'].map((file) => join(bundles, file));
  return { name, command: [process.execPath, ...flags, ...files, code], environment };
}

/** The same for a script in the place of recommend: bundled as that is, by what is in `dist`. */
export async function inPlaceOfRecommend(
  name: string,
  script: string,
  { dist, to }: { dist: string; to: string },
): Promise<Server> {
  await rm(to, { recursive: true, force: true });
  await bundleRecommend(script, to);
  for (const file of ['start.cjs', 'warm']) {
    await cp(join(dist, file), join(to, file), { recursive: true });
  }
  return asImage(name, to, join(to, 'code'));
}
