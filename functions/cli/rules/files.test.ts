import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Table, tableFromIPC } from 'apache-arrow';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import t from 'tap';
import { findPython, runPython } from '../../../datasets/python.ts';
import { measureNames, measures } from '../../../shared/measures.ts';
import type { Model } from '../../recommend/model.ts';
import { type Rule, rulesOf } from '../../recommend/rules/walk.ts';
import { modelOf } from '../../recommend/sample.ts';
import { arrowBytes } from './arrow.ts';
import { batchesOf } from './batch.ts';
import { ruleColumns } from './columns.ts';
import { parquetBytes } from './parquet.ts';

const hard = ['He said "no" - A, B', 'Plain', 'It\u2019s\n+ more \u{1F3B5} - C', 'Ünï - Z'];
const model = await modelOf([hard, hard.slice(0, 2), hard.slice(1), ['Alone']], { maxLength: 3 });
const significance = { level: 0.5, correctedP: (rule: Rule) => measures.fisherExactP(rule) };
const columns = ruleColumns(model, measureNames, significance);

/** The rules as rows, by the columns themselves. */
const rowsOf = (of: Model) =>
  Array.from(rulesOf(of), (rule) => {
    const cells = ruleColumns(of, measureNames, significance);
    return Object.fromEntries(cells.map(({ name, valueFor }) => [name, valueFor(rule)]));
  });
const rows = rowsOf(model);

const joined = (chunks: Iterable<Uint8Array>) => Buffer.concat([...chunks]);

/** As it stands in a table of Arrow, lists as arrays. */
const rowsOfArrow = (table: Table) =>
  table.toArray().map((row) => ({ ...row.toJSON(), antecedent: [...row.antecedent] }));

t.test('an Arrow file has every rule with every column', async (t) => {
  const table = tableFromIPC(joined(arrowBytes(rulesOf(model), columns)));
  t.same(rowsOfArrow(table), rows);
  t.equal(
    table.schema.fields.slice(0, 4).join(', '),
    'antecedent: List<Utf8>, consequent: Utf8, together: Uint32, support: Float64',
  );
});

t.test('a Parquet file has every rule with every column', async (t) => {
  const { buffer, byteOffset, byteLength } = joined(parquetBytes(rulesOf(model), columns));
  const file = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  t.same(await parquetReadObjects({ file }), rows);
  t.equal(Number(parquetMetadata(file).num_rows), rows.length);
});

t.test('without any rule a file has its columns still', async (t) => {
  const table = tableFromIPC(joined(arrowBytes([], columns)));
  t.equal(table.numRows, 0);
  t.equal(table.schema.fields.length, columns.length);
  const { buffer, byteOffset, byteLength } = joined(parquetBytes([], columns));
  const file = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  t.equal(parquetMetadata(file).num_rows, 0n);
  t.equal(parquetMetadata(file).schema[0].num_children, columns.length);
});

/** A rule again and again, without memory for each. */
function* again(times: number): Generator<Rule, void, undefined> {
  const [rule] = rulesOf(model);
  for (let i = 0; i < times; i++) yield rule;
}

t.test('rules are parted into batches, and none is lost', async (t) => {
  const parts = (rules: number, of: number) =>
    Array.from(batchesOf(again(rules), columns, of), ({ rows, values }) => {
      t.same(new Set(values.map(({ length }) => length)), new Set([rows]));
      return rows;
    });
  t.same(parts(7, 3), [3, 3, 1]);
  t.same(parts(6, 3), [3, 3]);
  t.same(parts(0, 3), []);
});

t.test('files are handed over while they are made', async (t) => {
  const few = ruleColumns(model, ['lift']);
  const count = 70_000;
  const chunks = [...arrowBytes(again(count), few)];
  t.ok(Math.max(...chunks.map(({ length }) => length)) < 1 << 20);
  t.equal(tableFromIPC(joined(chunks)).numRows, count);
  const groups = [...parquetBytes(again(count), few)];
  t.equal(groups.length, Math.ceil(count / 65_536) + 1);
  const { buffer, byteOffset, byteLength } = joined(groups);
  const file = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  t.equal(Number(parquetMetadata(file).num_rows), count);
});

const found = findPython('pyarrow');
t.test('pyarrow reads both', { skip: 'skip' in found && found.skip }, async (t) => {
  const folder = t.testdir({});
  writeFileSync(join(folder, 'rules.arrow'), joined(arrowBytes(rulesOf(model), columns)));
  writeFileSync(join(folder, 'rules.parquet'), joined(parquetBytes(rulesOf(model), columns)));
  const script = `
import json, sys
from pyarrow import feather, parquet
for table in feather.read_table(sys.argv[1]), parquet.read_table(sys.argv[2]):
    table.validate(full=True)
    rows = [[str(f.type) for f in table.schema], table.to_pylist()]
    print(json.dumps(rows), file=open(sys.argv[3], 'a'))
print('null')`;
  const answer = join(folder, 'answer');
  const files = ['rules.arrow', 'rules.parquet'].map((name) => join(folder, name));
  runPython((found as { python: string }).python, script, [...files, answer]);
  const answers = readFileSync(answer, 'utf8').trim().split('\n');
  for (const [i, text] of answers.entries()) {
    // Python writes NaN and Infinity, which JSON does not have.
    const json = text.replaceAll(/\bNaN\b/g, '"NaN"').replaceAll(/-?\bInfinity\b/g, '"$&"');
    const [types, read] = JSON.parse(json);
    t.same(types.slice(1, 4), ['string', 'uint32', 'double']);
    t.match(types[0], i === 0 ? 'list<item: string' : 'list<element: string');
    const plain = (row: object) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
        ]),
      );
    t.same(read, rows.map(plain));
  }
  t.equal(answers.length, 2);
});
