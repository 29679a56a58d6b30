import { problem } from '../../shared/problems.ts';
import { findVersion, readLatest, readSnapshot } from '../../shared/store.ts';
import { type Model, toModel } from '../recommend/model.ts';

/**
 * The model of a version, or the newest that verifies.
 * @throws `no-model`, `version-unknown`, or what is wrong with its snapshot.
 */
export async function loadModel(store: string, version: string | undefined): Promise<Model> {
  if (version !== undefined) {
    const head = await findVersion(store, version);
    return toModel(head, await readSnapshot(store, head));
  }
  const { found, faults } = await readLatest(store, 0);
  if (found !== undefined) return toModel(found.head, found.snapshot);
  throw faults[0] ?? problem('no-model', { store });
}
