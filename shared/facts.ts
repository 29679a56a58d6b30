import { isScoring, type Scoring } from './scoring.ts';

/** What a model was made from and how. */
export interface SnapshotFacts {
  /** The training's key: digest of data set digests, settings and pipeline version. */
  key: string;
  datasets: DatasetDigest[];
  /** Rows read, accepted, rejected; playlists; songs; artists; itemsets; rules. */
  counts: Record<string, number>;
  settings: { minSupport: number; maxLength: number };
  scoring: Scoring;
  /** What the judged model did on held-out playlists, and what tuning saw. */
  metrics: Record<string, number>;
  /**
   * The judged model, made the same way from all but the held-out playlists: the gate measures
   * it, nobody is served by it. null in a judged model, and where there is none.
   */
  judged: JudgedDigest | null;
}

/** A judged model's file: it has the name of the served one, so it needs its digest. */
export interface JudgedDigest {
  sha256: string;
  bytes: number;
}

/** A data set that a model was made from. */
export interface DatasetDigest {
  name: string;
  /** Hexadecimal SHA-256 of the file as it was given. */
  sha256: string;
  bytes: number;
}

/** Which facts have another shape than `SnapshotFacts`, or undefined. */
export function findFaultyFact(map: Record<string, unknown>): string | undefined {
  const { key, datasets, counts, settings, scoring, metrics, judged } = map;
  if (typeof key !== 'string') return 'key';
  if (!Array.isArray(datasets) || !datasets.every(isDataset)) return 'datasets';
  if (!hasNumbers(counts, [])) return 'counts';
  if (!hasNumbers(metrics, [])) return 'metrics';
  if (!hasNumbers(settings, ['minSupport', 'maxLength'])) return 'settings';
  if (judged !== null && !isJudged(judged ?? {})) return 'judged';
  return isScoring(scoring) ? undefined : 'scoring';
}

function isDataset(value: unknown): boolean {
  const { name, sha256, bytes } = (value ?? {}) as Partial<DatasetDigest>;
  return [name, sha256].every((text) => typeof text === 'string') && typeof bytes === 'number';
}

function isJudged(value: unknown): boolean {
  const { sha256, bytes } = value as Partial<JudgedDigest>;
  return typeof sha256 === 'string' && typeof bytes === 'number';
}

/** Whether a value maps names to numbers, these among them. */
function hasNumbers(value: unknown, names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((number) => typeof number === 'number') &&
    names.every((name) => Object.hasOwn(value, name))
  );
}
