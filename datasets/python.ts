/** What tests share that hold Segue to what Python's libraries read and write. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Made by `make python`. */
const venv = join(import.meta.dirname, '../.venv/bin/python');

/* c8 ignore start -- what runs here depends on the machine's Python. */

/** A Python that has these modules: that of `make python`, or the machine's; else why there is none. */
export function findPython(...modules: string[]): { python: string } | { skip: string } {
  for (const python of [venv, 'python3']) {
    try {
      execFileSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
      return { python };
    } catch {
      // The next one may have them.
    }
  }
  return { skip: `no Python with ${modules.join(', ')} here: make python installs one` };
}

/** Runs a script, in a folder if one is given, and gives the JSON document that it prints. */
export function runPython(
  python: string,
  script: string,
  parameters: readonly string[],
  cwd?: string,
): unknown {
  const printed = execFileSync(python, ['-c', script, ...parameters], { encoding: 'utf8', cwd });
  return JSON.parse(printed);
}
/* c8 ignore stop */
