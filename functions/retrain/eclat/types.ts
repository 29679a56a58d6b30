/** Transactions in compressed sparse rows: row r is `items[offsets[r]]` to `items[offsets[r+1]-1]`. */
export interface Transactions {
  /** Rows + 1 positions in `items`, never descending. */
  offsets: Uint32Array;
  /** Items of all rows; within a row ascending, without repeats. */
  items: Uint32Array;
  /** Items are coded from 0 to `itemCount - 1`. */
  itemCount: number;
}

/** Itemsets in columns: itemset i is `items[offsets[i]]` to `items[offsets[i+1]-1]`. */
export interface Itemsets {
  /** Itemsets + 1 positions in `items`. */
  offsets: Uint32Array;
  /** The caller's codes, ascending within an itemset. */
  items: Uint32Array;
  /** Transactions that hold itemset i. */
  supports: Uint32Array;
}

/** How far mining is. */
export interface EclatProgress {
  /** Itemsets found so far. */
  itemsets: number;
  /** 0 to 1, never falling: the occurrences of items whose class is done; an estimate of time. */
  share: number;
}
