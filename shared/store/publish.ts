import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { createFile, syncNames, unusable } from '../durable.ts';
import { publicKeyOf, signed } from '../signature.ts';
import { makeYoung, readSnapshot, type SnapshotFile } from './files.ts';
import { type Gate, type Head, listHeads, readListed } from './heads.ts';
import { newestOf } from './versions.ts';

/** What asks for a head. */
export type Asked = Pick<Head, 'key' | 'sequence' | 'traceparent'> & {
  /** Signs it; heads that this key has not signed count for nothing then. */
  signingKey?: KeyObject | undefined;
};

/** What came of an attempt to publish. */
export type Publication =
  /** The head is new. */
  | { outcome: 'published' | 'again'; head: Head }
  /** The head is the one that serves already. */
  | { outcome: 'unchanged' | 'superseded'; head: Head };

/** The gate let it not serve; the head is the one that goes on serving, if there is one. */
export interface Rejection {
  outcome: 'rejected';
  head: Head | undefined;
  gate: Gate;
}

/** Whether a snapshot may take the place of the one that serves. */
export type Judge = (current: Head | undefined) => Promise<Gate & { passed: boolean }>;

/**
 * Makes a snapshot the one that serves. When another writer takes the next number, the new head
 * is looked at and the attempt repeated: two writers both succeed, one after the other.
 * @returns `again` when it is a version's already, `unchanged` when this very upload (by
 * `sequence`) made it serve, `superseded` when a newer upload was decided meanwhile, or this very
 * one was and somebody rolled back since.
 * @param options.judge Asked before a version first serves, and again when another one was faster;
 * what it lets not serve is kept aside, see `rejectedSnapshots`.
 * @throws `store-unusable`, also when the snapshot is not there.
 */
export async function publish(
  store: string,
  snapshot: SnapshotFile,
  options: Asked,
): Promise<Publication>;
export async function publish(
  store: string,
  snapshot: SnapshotFile,
  options: Asked & { judge: Judge },
): Promise<Publication | Rejection>;
export async function publish(
  store: string,
  snapshot: SnapshotFile,
  { key, sequence, traceparent, judge, signingKey }: Asked & { judge?: Judge },
): Promise<Publication | Rejection> {
  return addHead<Publication | Rejection>(store, signingKey, async (heads, seq) => {
    const current = heads.at(-1);
    if (current !== undefined && sequence <= current.sequence) {
      if (sequence < current.sequence) return { outcome: 'superseded', head: current };
      if (current.sha256 === snapshot.sha256) return { outcome: 'unchanged', head: current };
      const decided = heads.some(
        (head) => head.sequence === sequence && head.sha256 === snapshot.sha256,
      );
      if (decided) return { outcome: 'superseded', head: current };
    }
    const earlier = heads.findLast((head) => head.sha256 === snapshot.sha256);
    // What has served was let in before, be it by force.
    const gate = earlier === undefined ? await judge?.(current) : undefined;
    if (gate?.passed === false) {
      const { reason, figures } = gate;
      return { outcome: 'rejected', head: current, gate: { reason, figures } };
    }
    const said =
      gate === undefined ? earlier?.gate : { reason: gate.reason, figures: gate.figures };
    const head: Head = {
      seq,
      version: earlier?.version ?? String(seq),
      ...snapshot,
      cause: earlier === undefined ? 'published' : 'again',
      created: earlier?.created ?? new Date().toISOString(),
      sequence,
      key,
      ...(said && { gate: said }),
      ...(traceparent !== undefined && { traceparent }),
    };
    return { outcome: earlier === undefined ? 'published' : 'again', head };
  });
}

/**
 * Makes an older version serve again, by a new head. Uploads that were decided before stay so.
 * @param signingKey Signs the head, as in `publish`.
 * @throws `version-unknown`, `version-unsigned`, or what is wrong with that version's snapshot.
 */
export async function rollback(
  store: string,
  version: string,
  signingKey?: KeyObject,
): Promise<Publication> {
  return addHead<Publication>(store, signingKey, async (heads, seq) => {
    const target = await newestOf(store, version, heads, publicKeyOf(signingKey));
    await readSnapshot(store, target);
    const current = heads[heads.length - 1];
    if (current.version === version) return { outcome: 'unchanged', head: current };
    const { sequence } = current;
    const { traceparent: _, ...again } = target;
    return { outcome: 'again', head: { ...again, seq, cause: 'rollback', sequence } };
  });
}

/**
 * Tries to add the head that `decide` makes of those there are and the next number, until no other
 * writer is faster. The snapshot is made young first: whoever prunes at the same time leaves it.
 */
async function addHead<Decision extends Publication | Rejection>(
  store: string,
  signingKey: KeyObject | undefined,
  decide: (heads: readonly Head[], seq: number) => Promise<Decision>,
): Promise<Decision> {
  for (;;) {
    const seqs = await listHeads(store);
    // What is decided rests on the heads there are: who made the last one may not have got to this.
    if (seqs.length > 0) await syncNames(join(store, 'heads'));
    const heads = await readListed(store, seqs, publicKeyOf(signingKey));
    const seq = (seqs.at(-1) ?? 0) + 1;
    if (!Number.isSafeInteger(seq)) {
      throw unusable(join(store, 'heads', `${seq - 1}.json`), 'no number is above it: remove it');
    }
    const decision = await decide(heads, seq);
    if (decision.outcome !== 'published' && decision.outcome !== 'again') return decision;
    const { signature: _, ...unsigned } = decision.head;
    const head: Head = signed(unsigned, signingKey);
    await makeYoung(join(store, 'snapshots', head.file));
    const path = join(store, 'heads', `${head.seq}.json`);
    if (await createFile(path, `${JSON.stringify(head, null, 2)}\n`)) return { ...decision, head };
  }
}
