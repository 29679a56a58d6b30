/** Transactions in compressed sparse rows: row r is `items[offsets[r]]` to `items[offsets[r+1]-1]`. */
export interface Transactions {
  /** Rows + 1 positions in `items`, never descending. */
  offsets: Uint32Array;
  /** Items of all rows; within a row ascending, without repeats. */
  items: Uint32Array;
  /** Items are coded from 0 to `itemCount - 1`. */
  itemCount: number;
}
