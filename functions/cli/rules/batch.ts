/** Rules as columns, so many at a time: what formats of columns are written from. */

import type { Rule } from '../../recommend/rules/walk.ts';
import type { RuleColumn } from './columns.ts';

/** Some rules as columns, in the order of the columns asked for. */
export interface RuleBatch {
  rows: number;
  values: (Uint32Array | Float64Array | string[] | string[][] | boolean[])[];
}

/** Parts rules into batches of at most so many. Without any rule there is no batch. */
export function* batchesOf(
  rules: Iterable<Rule>,
  columns: readonly RuleColumn[],
  rows: number,
): Generator<RuleBatch, void, undefined> {
  const start = () =>
    columns.map(({ holds }) =>
      holds === 'count' ? new Uint32Array(rows) : holds === 'number' ? new Float64Array(rows) : [],
    );
  let values = start();
  let row = 0;
  for (const rule of rules) {
    for (let i = 0; i < columns.length; i++) {
      (values[i] as unknown[])[row] = columns[i].valueFor(rule);
    }
    if (++row === rows) {
      yield { rows, values: values as RuleBatch['values'] };
      values = start();
      row = 0;
    }
  }
  if (row > 0)
    yield { rows: row, values: values.map((v) => v.slice(0, row)) as RuleBatch['values'] };
}
