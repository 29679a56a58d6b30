import { errorCode, unusable } from '../../../shared/durable.ts';
import { problem } from '../../../shared/problems.ts';

/** Codes of files that are not there, or not for us: trying again changes nothing. */
const lasting = new Set([
  ...['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'ELOOP', 'ENXIO', 'EACCES', 'EPERM'],
]);

/**
 * What it means that a data set's file cannot be opened or read: `dataset-missing`, or, when the volume
 * fails just now, `store-unusable`, which has an event come again.
 */
export function unreadable(path: string, error: unknown): Error {
  if (!isSystemError(error) || lasting.has(String(errorCode(error)))) {
    return Object.assign(problem('dataset-missing', { path }), { cause: error });
  }
  return unusable(path, error);
}

/** Whether the system has said it, and not who understands the bytes. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
