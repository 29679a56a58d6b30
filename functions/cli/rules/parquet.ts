/** Rules as a Parquet file. */
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Rule } from '../../recommend/rules/walk.ts';
import { batchesOf } from './batch.ts';
import type { RuleColumn } from './columns.ts';

/** Rules of a row group: the memory that writing needs. */
const groupRows = 65_536;

/**
 * The bytes of a Parquet file, packed by Snappy. The antecedent is a list of strings, the consequent
 * a string, a count an unsigned 32-bit integer, a measure a double, a mark a boolean.
 */
export function* parquetBytes(
  rules: Iterable<Rule>,
  columns: readonly RuleColumn[],
): Generator<Uint8Array, void, undefined> {
  const bytes = new ByteWriter();
  const schema: SchemaElement[] = [
    { name: 'rule', num_children: columns.length },
    ...columns.flatMap(({ name, holds }) => schemaOf[holds](name)),
  ];
  const writer = new ParquetWriter({ writer: bytes, schema, createdBy: 'segue' });
  for (const { values, rows } of batchesOf(rules, columns, groupRows)) {
    const columnData = columns.map(({ name }, i) => ({ name, data: values[i] }));
    void writer.write({ columnData, rowGroupSize: rows });
    yield taken(bytes);
  }
  void writer.finish();
  yield taken(bytes);
}

const required = { repetition_type: 'REQUIRED' } as const;
const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', ...required } as const;

const schemaOf: Record<RuleColumn['holds'], (name: string) => SchemaElement[]> = {
  texts: (name) => [
    { name, num_children: 1, converted_type: 'LIST', ...required },
    { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
    { name: 'element', ...text },
  ],
  text: (name) => [{ name, ...text }],
  count: (name) => [{ name, type: 'INT32', converted_type: 'UINT_32', ...required }],
  number: (name) => [{ name, type: 'DOUBLE', ...required }],
  flag: (name) => [{ name, type: 'BOOLEAN', ...required }],
};

/** A copy of what was written since the last time; the writer goes on from there. */
function taken(bytes: ByteWriter): Uint8Array {
  const chunk = bytes.getBytes().slice();
  bytes.index = 0;
  return chunk;
}
