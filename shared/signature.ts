import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { problem } from './problems.ts';

/**
 * Signatures of heads (Ed25519, RFC 8032). A head names its snapshot by digest and has its own number,
 * so that one signature vouches for both: an older version under a new number is another head. What
 * is signed is the head as JSON with its names in order, without the signature.
 */
export interface Signed {
  /** In base64; absent where nobody signed. */
  signature?: string;
}

/** A key of one of these settings. */
type KeySetting = 'SIGNING_KEY_FILE' | 'PUBLIC_KEY_FILE';

/**
 * The key in a file, in PEM, as `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` write
 * it; undefined where no file is named.
 * @throws `configuration`
 */
export async function readKey(
  setting: KeySetting,
  file: string | undefined,
): Promise<KeyObject | undefined> {
  if (file === undefined) return undefined;
  try {
    const pem = await readFile(file);
    const key = setting === 'SIGNING_KEY_FILE' ? createPrivateKey(pem) : createPublicKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (error) {
    throw Object.assign(wrong(setting, file), { cause: error });
  }
  throw wrong(setting, file);
}

function wrong(setting: KeySetting, file: string): Error {
  const kind = setting === 'SIGNING_KEY_FILE' ? 'a private' : 'a public';
  return problem('configuration', {
    mistakes: [`${setting} must name ${kind} Ed25519 key in PEM, and ${file} has none`],
  });
}

/** A head with its signature; without a key, as it is. */
export function signed<Head extends object>(head: Head, key: KeyObject | undefined): Head & Signed {
  if (key === undefined) return head;
  return { ...head, signature: sign(null, signedBytes(head), key).toString('base64') };
}

/** Whether who has the private key signed a head as it is. */
export function isSigned(head: Signed & object, publicKey: KeyObject): boolean {
  const signature = Buffer.from(String(head.signature ?? ''), 'base64');
  return verify(null, signedBytes(head), publicKey, signature);
}

/** The public key to a private one. */
export function publicKeyOf(key: KeyObject | undefined): KeyObject | undefined {
  return key && createPublicKey(key);
}

function signedBytes({ signature: _, ...head }: Signed): Buffer {
  const ordered = (_name: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return Buffer.from(`segue-head 1\n${JSON.stringify(head, ordered)}`);
}
