/** The versions in the store. */
import type { KeyObject } from 'node:crypto';
import type { SnapshotFacts } from '../../shared/facts.ts';
import { problem } from '../../shared/problems.ts';
import { readFacts, readSnapshot } from '../../shared/store/files.ts';
import { readHeads } from '../../shared/store/heads.ts';
import { findVersion } from '../../shared/store/versions.ts';
import { limits } from './limits.ts';
import { type Model, toModel } from './model.ts';
import type { ModelsAnswer, ModelsQuery } from './schemas.ts';

/**
 * What served, the newest first, a page at a time. Of each snapshot only the beginning is read.
 * @param serving The model that answers, if there is one.
 * @throws `cursor-stale`, `store-unusable`
 */
export async function listVersions(
  store: string,
  serving: Model | undefined,
  { cursor, limit = limits.versions.default }: ModelsQuery,
  publicKey?: KeyObject,
): Promise<ModelsAnswer> {
  const below = cursor === undefined ? Infinity : Number(cursor);
  if (Number.isNaN(below)) throw problem('cursor-stale');
  const heads = (await readHeads(store, publicKey)).reverse().filter(({ seq }) => seq < below);
  const page = heads.slice(0, limit);
  const facts = new Map<string, SnapshotFacts | undefined>();
  for (const head of page) {
    if (!facts.has(head.file)) facts.set(head.file, await readFacts(store, head));
  }
  return {
    models: page.map(({ seq, version, created, cause, sha256, bytes, file, gate }) => {
      const known = facts.get(file);
      return {
        ...{ version, model_date: created, seq, cause, sha256, bytes },
        serving: serving?.head.seq === seq,
        ...(known && {
          datasets: known.datasets,
          counts: known.counts,
          metrics: known.metrics,
        }),
        ...(gate && { gate }),
      };
    }),
    ...(heads.length > limit && { cursor: String(page[limit - 1].seq) }),
  };
}

/**
 * The model of a version: the one that serves, or another one read from its file.
 * @throws `version-unknown`, or what is wrong with its snapshot.
 */
export async function loadVersion(
  store: string,
  version: string,
  serving: Model,
  publicKey?: KeyObject,
): Promise<Model> {
  const head = await findVersion(store, version, publicKey);
  if (head.sha256 === serving.head.sha256) return serving;
  return toModel(head, await readSnapshot(store, head));
}
