import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import {
  createFile,
  errorCode,
  isTemporary,
  linkIfAbsent,
  makeFolder,
  replaceFile,
  syncFolder,
  temporaryPath,
  unusable,
} from './durable.ts';
import { startScript } from './sample.ts';

t.test('of writers that create one file, one does, and its bytes stay', async (t) => {
  const path = join(t.testdir(), 'a', 'b', 'file');
  const created = await Promise.all(
    Array.from({ length: 8 }, (_, i) => createFile(path, String(i).repeat(10_000))),
  );
  t.equal(created.filter(Boolean).length, 1);
  t.equal(await readFile(path, 'utf8'), String(created.indexOf(true)).repeat(10_000));
  t.equal(await createFile(path, 'later'), false);
  t.strictSame(await readdir(join(path, '..')), ['file'], 'no unfinished file is left');
});

t.test('a file that is replaced is whole at every moment', async (t) => {
  const path = join(t.testdir(), 'file');
  const letters = [...'abcdefgh'];
  await replaceFile(path, Buffer.alloc(50_000, 'z'));
  let writing = true;
  const reader = (async () => {
    while (writing) {
      const found = await readFile(path);
      if (found.length !== 50_000 || found.some((byte) => byte !== found[0])) return 'torn';
    }
    return 'whole';
  })();
  await Promise.all(letters.map((letter) => replaceFile(path, letter.repeat(50_000))));
  writing = false;
  t.equal(await reader, 'whole');
  t.ok(letters.includes(readFileSync(path, 'utf8')[0]));
  t.strictSame(await readdir(join(path, '..')), ['file']);
});

t.test('a volume that cannot be written is store-unusable, whatever the reason', async (t) => {
  const folder = t.testdir({ file: 'kept', folder: { inner: '' } });
  const places: [string, string][] = [
    ['a file where a folder should be', join(folder, 'file', 'new')],
    ['a folder that nobody can write in', '/proc/segue'],
  ];
  for (const [what, path] of places) {
    for (const write of [createFile, replaceFile]) {
      await t.rejects(
        Promise.resolve(write(path, 'x')).then(() => {}),
        { code: 'store-unusable', exitCode: 74 },
        what,
      );
    }
  }
  await t.rejects(replaceFile(join(folder, 'folder'), 'x'), { code: 'store-unusable' });
  await t.rejects(makeFolder(join(folder, 'file')), { code: 'store-unusable' });
  await t.rejects(linkIfAbsent(join(folder, 'none'), join(folder, 'new')), { code: 'ENOENT' });
  t.strictSame((await readdir(folder)).sort(), ['file', 'folder'], 'nothing unfinished is left');
  t.equal(await readFile(join(folder, 'file'), 'utf8'), 'kept');
});

t.test('a volume that is full while bytes are written keeps what was there', async (t) => {
  const folder = t.testdir({ file: 'kept' });
  const script = startScript(
    `const { createFile, replaceFile } = await import(shared('durable.ts'));
     for (const [write, name] of [[createFile, 'new'], [replaceFile, 'file']]) {
       await write(${JSON.stringify(folder)} + '/' + name, Buffer.alloc(100_000)).catch((error) =>
         process.stdout.write(error.code + ' ' + error.cause.code + '\\n'));
     }`,
    {},
    // Without the coverage of tap, which would be written to files as well.
    'unset NODE_OPTIONS; ulimit -f 8; exec "$@"',
  );
  const { code, stdout, stderr } = await script.ended;
  t.equal(code, 0, stderr);
  t.equal(stdout, 'store-unusable EFBIG\n'.repeat(2));
  t.strictSame(await readdir(folder), ['file']);
  t.equal(await readFile(join(folder, 'file'), 'utf8'), 'kept');
});

t.test('a folder is made with its parents; one that is there stays as it is', async (t) => {
  const folder = join(t.testdir(), 'a', 'b', 'c');
  await makeFolder(folder);
  await writeFile(join(folder, 'file'), 'kept');
  await makeFolder(folder);
  await makeFolder(`${folder}/`);
  await syncFolder(folder);
  t.strictSame(await readdir(folder), ['file']);
});

t.test('unfinished files are told by their name, which nobody else takes', async (t) => {
  const folder = t.testdir();
  const paths = [temporaryPath(folder), temporaryPath(folder)];
  t.not(paths[0], paths[1]);
  for (const path of paths) t.ok(isTemporary(path.slice(folder.length + 1)));
  for (const name of ['1.json', 'tmp', 'a.tmp-']) t.notOk(isTemporary(name));
});

t.test('system errors are told from other errors', async (t) => {
  const system = await readFile(join(t.testdir(), 'none')).catch((error: unknown) => error);
  t.equal(errorCode(system), 'ENOENT');
  t.equal(errorCode(new Error('x')), undefined);
  t.equal(errorCode('ENOENT'), undefined);
  const { message, cause } = unusable('here', system);
  t.match(message, /^here: ENOENT.*\. Check that the volume is mounted, writable and not full\.$/);
  t.equal(cause, system);
  t.match(unusable('here', 'it is gone').message, /^here: it is gone\./);
});
