/** What the operator's page asks upload. */
import { ask } from '../../../shared/page/ask.ts';

export interface Dataset {
  name: string;
  sha256: string;
  bytes: number;
  uploaded: string;
}

export interface Run {
  key: string;
  datasets: { name: string }[];
  updated: string;
  step: string;
  steps: { step: string; ms: number; counts: Record<string, number> }[];
  outcome?: 'published' | 'again' | 'superseded' | 'rejected' | 'refused' | 'failed';
  version?: string;
  reason?: string;
}

export interface Model {
  version: string;
  created: string;
  sha256: string;
  bytes: number;
  /** With the key in use: else it cannot serve. Absent where upload has none. */
  signed?: boolean;
  serving: boolean;
}

export interface Overview {
  datasets: Dataset[];
  runs: Run[];
  models: Model[];
}

/** What is on the volume. @throws Fault */
export async function look(token: string): Promise<Overview> {
  const [{ datasets }, { runs }, { models }] = await Promise.all([
    ask<{ datasets: Dataset[] }>('datasets', withToken('GET', token)),
    ask<{ runs: Run[] }>('runs', withToken('GET', token)),
    ask<{ models: Model[] }>('models', withToken('GET', token)),
  ]);
  return { datasets, runs, models };
}

/** Makes an older version serve. @throws Fault */
export async function activate(version: string, token: string): Promise<void> {
  await ask(`models/${encodeURIComponent(version)}/activate`, withToken('POST', token));
}

/** Removes a data set by its name. @throws Fault */
export async function remove(name: string, token: string): Promise<void> {
  await ask(`datasets/${encodeURIComponent(name)}`, withToken('DELETE', token));
}

/** What upload says of a data set that it took. */
export interface Stored {
  name: string;
  rows: { read: number; rejected: number };
}

/** A file's name with what upload takes for a name: letters, digits, dots, dashes. */
export function plainName(name: string): string {
  const plain = name
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^\.+/, '')
    .slice(-100);
  return plain === '' ? 'dataset' : plain.replace(/^\.+/, '-');
}

function withToken(method: string, token: string): RequestInit {
  return { method, headers: { authorization: `Bearer ${token}` } };
}
