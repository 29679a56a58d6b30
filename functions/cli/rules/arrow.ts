/** Rules as an Arrow file. */
import {
  AsyncByteQueue,
  Bool,
  type Data,
  Field,
  Float64,
  List,
  makeData,
  makeVector,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Uint32,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import type { Rule } from '../../recommend/rules/walk.ts';
import { batchesOf } from './batch.ts';
import type { RuleColumn } from './columns.ts';

/** Rules of a record batch: the memory that writing needs. */
const batchRows = 16_384;

/**
 * The bytes of an Arrow IPC file (Feather V2), not compressed. The antecedent is a list of utf8, the
 * consequent utf8, a count uint32, a measure float64, a mark bool; nothing is null.
 */
export function* arrowBytes(
  rules: Iterable<Rule>,
  columns: readonly RuleColumn[],
): Generator<Uint8Array, void, undefined> {
  const types = {
    texts: new List(new Field('item', new Utf8(), false)),
    text: new Utf8(),
    count: new Uint32(),
    number: new Float64(),
    flag: new Bool(),
  };
  const fields = columns.map(({ name, holds }) => new Field(name, types[holds], false));
  const schema = new Schema(fields);
  const written = new Written();
  const writer = new RecordBatchFileWriter();
  writer.reset(written, schema);
  for (const { values, rows } of batchesOf(rules, columns, batchRows)) {
    const children = values.map(
      (column, i): Data =>
        ArrayBuffer.isView(column)
          ? makeVector(column).data[0]
          : vectorFromArray<Utf8>(column as string[], types[columns[i].holds] as Utf8).data[0],
    );
    const data = makeData({ type: new Struct(fields), length: rows, children });
    writer.write(new RecordBatch(schema, data));
    yield* written.take();
  }
  writer.finish();
  yield* written.take();
}

/** What the writer has written: its own queue does not tell when it is empty. */
class Written extends AsyncByteQueue {
  #chunks: Uint8Array[] = [];

  override write(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  take(): Uint8Array[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }
}
