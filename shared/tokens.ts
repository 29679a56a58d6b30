import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { errorCode } from './durable.ts';
import type { Uploaded } from './events.ts';
import { problem } from './problems.ts';

/** Where tokens come from: a setting, or a file that is read anew each time. */
export interface TokenSource {
  token?: string | undefined;
  tokenFile?: string | undefined;
}

const leastLength = 16;

/**
 * The tokens that count now. A file has one a line: to change it without turning anybody away, the
 * new one is added as the last line, put first when everybody has it, and the old one removed. The
 * first one signs. A file that is not there has none.
 * @throws `configuration` when the file cannot be read, or has a line that is no token.
 */
export async function readTokens({ token, tokenFile }: TokenSource): Promise<string[]> {
  const tokens = token === undefined ? [] : [token];
  if (tokenFile === undefined) return tokens;
  const wrong = (reason: string) =>
    problem('configuration', { mistakes: [`UPLOAD_TOKEN_FILE (${tokenFile}) ${reason}`] });
  const text = await readFile(tokenFile, 'utf8').catch((error: Error) => {
    if (errorCode(error) === 'ENOENT') return '';
    throw wrong(`cannot be read: ${errorCode(error)}`);
  });
  const lines = text.split('\n').flatMap((line) => line.trim() || []);
  if (lines.some((line) => line.length < leastLength)) {
    throw wrong(`has a line of less than ${leastLength} characters`);
  }
  return [...tokens, ...lines];
}

/**
 * Whether a text is one of these, in a time that tells nothing of how much of it is right: digests
 * are compared, which are equally long whatever is given, and each of them.
 */
export function isOneOf(given: string, known: readonly string[]): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const asked = digest(given);
  return known.map((one) => timingSafeEqual(asked, digest(one))).includes(true);
}

/** Attribute of an event that says who sent it, see `signatureOf`. */
export const signatureAttribute = 'seguesignature';

/**
 * Shows that an event was made by somebody who has the token: HMAC-SHA-256 of what it asks for. It
 * goes through brokers, which pass no headers on, and says nothing of the token to who reads it.
 * Sent again by somebody else, the event asks for what was asked for already.
 */
export function signatureOf(data: Uploaded, token: string): string {
  const asked = [
    data.sequence,
    ...data.datasets.flatMap(({ path, sha256, bytes }) => [path, sha256, bytes]),
  ];
  return createHmac('sha256', token).update(JSON.stringify(asked)).digest('hex');
}
