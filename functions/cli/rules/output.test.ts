import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeOutput } from './output.ts';

t.test('a file appears whole, or not at all', async (t) => {
  const folder = t.testdir({});
  const file = join(folder, 'rules.csv');
  await writeOutput({ lines: ['a', 'b'] }, file);
  t.equal(readFileSync(file, 'utf8'), 'a\nb\n');
  const defect = new TypeError('a defect');
  const failing = function* (): Generator<string> {
    yield 'c';
    throw defect;
  };
  await t.rejects(writeOutput({ lines: failing() }, file), defect);
  t.equal(readFileSync(file, 'utf8'), 'a\nb\n', 'what was there stays');
  await t.rejects(writeOutput({ lines: [] }, folder), { code: 'output-unwritable' });
  t.strictSame(readdirSync(folder), ['rules.csv']);
});
