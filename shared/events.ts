import { type Static, Type } from 'typebox';

/** The types of CloudEvents that Segue sends; a change of their data is a new version. */
export const eventTypes = {
  uploaded: 'dev.segue.dataset.uploaded.v1',
  published: 'dev.segue.model.published.v1',
  rejected: 'dev.segue.model.rejected.v1',
} as const;

const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });

/**
 * A ULID of a time before the year 9770. What an upload is given has to be above every one before it: of
 * the last time there is, nothing is.
 */
export const sequencePattern = '^[0-6][0-9A-HJKMNP-TV-Z]{25}$';

/** A data set on the volume, by its path below DATASETS. Events carry pointers, never the data. */
const DatasetPointer = Type.Object({
  path: Type.String({ minLength: 1, maxLength: 1024 }),
  sha256: Sha256,
  bytes: Type.Integer({ minimum: 0 }),
});

/** The data of `dev.segue.dataset.uploaded.v1`. */
export const Uploaded = Type.Object({
  datasets: Type.Array(DatasetPointer, { minItems: 1, maxItems: 1000 }),
  sequence: Type.String({
    pattern: sequencePattern,
    description: 'ULID of the upload: of two, the greater one is newer',
  }),
});

export type Uploaded = Static<typeof Uploaded>;

/** The data of `dev.segue.model.published.v1`. */
export interface Published {
  version: string;
  key: string;
  cause: 'published' | 'again';
}

/** The data of `dev.segue.model.rejected.v1`. */
export interface Rejected {
  key: string;
  /** Why, for people. */
  reason: string;
  /** What the gate measured. */
  figures: Record<string, number>;
}
