/**
 * Has node collect all garbage soon, between two requests: tens of milliseconds. It does so by itself
 * when there is much of it, by its own count: what is in wasm memories hardly matters to that.
 *
 * The function that collects is asked for while the process runs. With `--expose-gc` from its
 * beginning node would pass over the code that it keeps of its own modules, for 20 ms of a start.
 */
export async function collectGarbage(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  const collect: NodeJS.GCFunction = runInNewContext('gc');
  await collect({ type: 'major', execution: 'async' });
}
