import { existsSync } from 'node:fs';
import { problem } from '../../shared/problems.ts';
import { readSnapshot } from '../../shared/store/files.ts';
import { findVersion, readLatest } from '../../shared/store/versions.ts';
import { type Model, toModel } from '../recommend/model.ts';
import { settingsFrom } from './options.ts';

/**
 * The store that a command reads.
 * @throws `no-model` when there is no such folder: who has not trained yet has none.
 */
export function storeToRead(options: object): string {
  const { STORE } = settingsFrom({ ...options }, ['STORE']);
  if (!existsSync(STORE)) throw problem('no-model', { store: STORE });
  return STORE;
}

/**
 * The model of the version that the options name, or the newest that verifies.
 * @throws `no-model`, `version-unknown`, or what is wrong with its snapshot.
 */
export async function loadModel(options: object): Promise<Model> {
  const store = storeToRead(options);
  const { SNAPSHOT: version } = settingsFrom({ ...options }, ['SNAPSHOT']);
  if (version !== undefined) {
    const head = await findVersion(store, version);
    return toModel(head, await readSnapshot(store, head));
  }
  const { found, faults } = await readLatest(store, 0);
  if (found !== undefined) return toModel(found.head, found.snapshot);
  throw faults[0] ?? problem('no-model', { store });
}
