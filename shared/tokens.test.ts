import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { isOneOf, readTokens, signatureOf } from './tokens.ts';

const given = 'a token that is given';

t.test('tokens come from a setting, from the lines of a file, or from nowhere', async (t) => {
  const tokenFile = join(t.testdir(), 'token');
  t.strictSame(await readTokens({}), []);
  t.strictSame(await readTokens({ token: given, tokenFile }), [given]);
  writeFileSync(tokenFile, ' 0123456789abcdef \r\n\n second token of a file\n');
  const lines = ['0123456789abcdef', 'second token of a file'];
  t.strictSame(await readTokens({ tokenFile }), lines);
  t.strictSame(await readTokens({ token: given, tokenFile }), [given, ...lines]);
  writeFileSync(tokenFile, 'password');
  await t.rejects(readTokens({ tokenFile }), {
    code: 'configuration',
    message: /^(?!.*password).*a line of less than 16 characters/,
  });
});

t.test('only the very same text is let in', async () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (text, known) => {
      return isOneOf(text, known) === known.includes(text);
    }),
  );
});

t.test('a signature is of one event and one token', async (t) => {
  const pointer = { path: 'a/b', sha256: 'a'.repeat(64), bytes: 1 };
  const data = { datasets: [pointer], sequence: '1' };
  t.equal(signatureOf(data, given), signatureOf(structuredClone(data), given));
  const others = [
    signatureOf(data, `${given}x`),
    signatureOf({ ...data, sequence: '2' }, given),
    signatureOf({ ...data, datasets: [pointer, pointer] }, given),
    signatureOf({ ...data, datasets: [{ ...pointer, bytes: 2 }] }, given),
  ];
  t.equal(new Set([signatureOf(data, given), ...others]).size, 5);
});
