import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/**
 * Runs a bundle with the code that V8 made of it when its image was built: all functions that ran
 * then. Node's own compile cache keeps those that V8 compiles at once, and each other one is
 * compiled again in each start.
 *
 * V8 takes code for that of a source by its length alone: a file of code belongs to an image, with
 * the bundle that it was made from. One that V8 does not take, being of another version or run with
 * other flags, is passed over.
 *
 * @param bundle Absolute path of a bundle in CommonJS.
 * @param code Path of its code; absent or no such file: none.
 * @returns What `createCachedData` gives the code of, once everything ran that is to be in it.
 */
export function run(bundle: string, code?: string): Script {
  const source = readFileSync(bundle, 'utf8');
  const cachedData = code === undefined ? undefined : readCode(code);
  // On one line, so that lines of a stack are those of the file.
  const text = `(function(exports,require,module,__filename,__dirname){${source}\n})`;
  const script = new Script(text, { filename: bundle, ...(cachedData && { cachedData }) });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, bundle, dirname(bundle));
  return script;
}

function readCode(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
