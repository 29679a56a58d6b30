import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { publishSmall, writeSmall } from './sample.ts';
import { isSigned, publicKeyOf, readKey, signed } from './signature.ts';
import { type Head, readHeads } from './store/heads.ts';
import { publish, rollback } from './store/publish.ts';
import { findVersion, readLatest, verifyStore } from './store/versions.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519').privateKey;

/** Publishes a small model, signed or not. */
async function publishAs(store: string, key: string, sequence: string, signingKey?: KeyObject) {
  return publish(store, await writeSmall(store, key), { key, sequence, signingKey });
}

function edit(store: string, seq: number, change: (head: Head) => object): void {
  const path = join(store, 'heads', `${seq}.json`);
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')))));
}

t.test('whatever is changed in what was signed is found out', async (t) => {
  const head = { seq: 1, gate: { reason: 'x', figures: { b: 1, a: 0.1 } }, none: undefined };
  const made = JSON.parse(JSON.stringify(signed(head, privateKey)));
  t.ok(isSigned(made, publicKey));
  t.ok(isSigned({ gate: { figures: { a: 0.1, b: 1 }, reason: 'x' }, ...made }, publicKey));
  t.notOk(isSigned(made, publicKeyOf(other)!));
  for (const changed of [
    { ...made, seq: 2 },
    { ...made, more: 1 },
    { ...made, gate: { reason: 'x', figures: { b: 1, a: 0.2 } } },
    { ...made, signature: signed(head, other).signature },
    { ...made, signature: '' },
    { ...made, signature: 5 },
    { ...made, signature: undefined },
  ]) {
    t.notOk(isSigned(changed, publicKey), JSON.stringify(changed));
  }
  t.equal(signed(head, undefined), head);
});

t.test('keys are read from PEM files of the right kind', async (t) => {
  const folder = t.testdir();
  const write = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const secret = write('secret', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const shown = write('shown', publicKey.export({ type: 'spki', format: 'pem' }).toString());
  t.ok((await readKey('SIGNING_KEY_FILE', secret))?.equals(privateKey));
  t.ok((await readKey('PUBLIC_KEY_FILE', shown))?.equals(publicKey));
  t.equal(await readKey('PUBLIC_KEY_FILE', undefined), undefined);
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const wrong = write('rsa', rsa.export({ type: 'pkcs8', format: 'pem' }).toString());
  for (const [setting, file] of [
    ['SIGNING_KEY_FILE', shown],
    ['SIGNING_KEY_FILE', wrong],
    ['PUBLIC_KEY_FILE', write('none', 'x')],
    ['PUBLIC_KEY_FILE', join(folder, 'absent')],
  ] as const) {
    await t.rejects(readKey(setting, file), { code: 'configuration', message: setting });
  }
});

t.test('what is not signed does not serve, and does not stand in the way', async (t) => {
  const store = join(t.testdir(), 'store');
  const serving = async (above = 0) => (await readLatest(store, above, publicKey)).found?.head.seq;
  await publishAs(store, 'a', '1', privateKey);
  await publishAs(store, 'b', '2', privateKey);
  t.equal(await serving(), 2);
  await publishSmall(store, 'intruder', '3');
  await publishAs(store, 'another key', '4', other);
  t.equal(await serving(), 2);
  const { faults } = await readLatest(store, 2, publicKey);
  t.strictSame(
    faults.map(({ code }) => code),
    ['head-unsigned', 'head-unsigned'],
  );
  t.equal((await readLatest(store, 0)).found?.head.seq, 4, 'who asks for no signature gets it');
  t.strictSame(
    (await readHeads(store, publicKey)).map(({ seq }) => seq),
    [1, 2],
  );
  await t.rejects(findVersion(store, '3', publicKey), { code: 'version-unsigned' });
  await t.rejects(rollback(store, '3', privateKey), { code: 'version-unsigned' });
  await t.rejects(rollback(store, '9', privateKey), { code: 'version-unknown' });

  // What an intruder has put there is not taken for trained, whatever its key.
  const { outcome, head } = await publishAs(store, 'intruder', '5', privateKey);
  t.match({ outcome, head }, { outcome: 'published', head: { seq: 5, version: '5' } });
  t.equal(await serving(), 5);
  await rollback(store, '1', privateKey);
  t.equal(await serving(5), 6);
  await rollback(store, '2');
  t.equal(await serving(), 6, 'a rollback without the key serves nobody');
  t.strictSame(
    (await verifyStore(store, publicKey)).faults.map(
      ({ message }) => /(\d+)\.json/.exec(message)?.[1],
    ),
    ['3', '4', '7'],
  );
  t.strictSame((await verifyStore(store)).faults, []);
});

t.test('a signed head serves once: as it is, and under its own number', async (t) => {
  const store = join(t.testdir(), 'store');
  await publishAs(store, 'old', '1', privateKey);
  await publishAs(store, 'new', '2', privateKey);
  const serving = async () => (await readLatest(store, 0, publicKey)).found?.head.key;
  copyFileSync(join(store, 'heads/1.json'), join(store, 'heads/3.json'));
  t.equal(await serving(), 'new', 'it says that it is another number');
  edit(store, 3, (head) => ({ ...head, seq: 3 }));
  t.equal(await serving(), 'new', 'its number is signed');
  edit(store, 2, (head) => ({ ...head, version: '1' }));
  t.equal(await serving(), 'old', 'so is everything else');
});
