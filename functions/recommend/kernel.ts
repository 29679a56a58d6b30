import type { FileMemory, WasmMemory } from '../../shared/memory.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import type { Ranking } from './best.ts';
import type { Model, SeedTables, SongColumns, Tabulator } from './model.ts';
import { scoreWasm } from './score.wasm.ts';

/** The loops of a score in wasm, see kernel/score.ts; each does what its plain twin does. */
export interface Kernel {
  /** What else there is, for `writer.ts`. */
  exports: KernelExports;
  /** As in `sums.ts`; from one rule up to another. */
  addListed(start: number, end: number, factor: number, size: number): number;
  /** As in `score.ts`. */
  sumByArtist(size: number): void;
  /** As in `score.ts`; undefined where the tables are elsewhere, or there is no room for so many. */
  bestOf(size: number, tables: SeedTables, limit: number): Ranking | undefined;
  /** As `tabulatorOf` in `model.ts`; undefined where something is elsewhere. */
  tabulatorOf(
    columns: SongColumns,
    tables: Pick<SeedTables, 'ofSong' | 'mostSpread'>,
    artistShrinkage: number,
  ): Tabulator | undefined;
}

/** What is used of the global object, which Node's types leave out. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: { env: { memory: WasmMemory } }) => { exports: unknown };
};

/** What the kernel's code gives, see kernel/index.ts. */
export interface KernelExports {
  open(...addresses: number[]): void;
  addListed: Kernel['addListed'];
  sumByArtist: Kernel['sumByArtist'];
  bestOf(
    size: number,
    ofSong: number,
    mostSpread: number,
    mostDamping: number,
    limit: number,
  ): number;
  tabulate(first: number, songs: number, ...places: number[]): number;
  openAnswers(places: number): void;
  writeAnswer(
    songs: number,
    antecedents: number,
    told: number,
    matches: number,
    readyBytes: number,
  ): number;
  writeLine(behind: number, songs: number, readyBytes: number): number;
}

/** The arrays of a model that the kernel works on. */
type Arrays = Pick<Model, 'scores' | 'scored' | 'direct' | 'scoredArtists' | 'artistSums'>;

/**
 * A kernel for a snapshot: some 7 KB of code, of which a part is compiled when it is first called.
 * @param best Where the best songs are put: two numbers each.
 * @returns undefined where a column or an array is in another memory, because it is no view of the
 * file, or because there was no room.
 */
export function newKernel(
  { wasm: memory }: FileMemory,
  { ruleConsequents, ruleWeights, artistOf }: Snapshot,
  { scores, scored, direct, scoredArtists, artistSums }: Arrays,
  best: Float64Array,
): Kernel | undefined {
  const columns = [ruleConsequents, ruleWeights, artistOf];
  const arrays = [scores, scored, direct, scoredArtists, artistSums, best];
  const { buffer } = memory;
  if ([...columns, ...arrays].some((one) => one.buffer !== buffer)) return undefined;
  const module = new WebAssembly.Module(Buffer.from(scoreWasm, 'base64'));
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as KernelExports;
  exports.open(
    ...columns.flatMap((column) => [column.byteOffset, column.BYTES_PER_ELEMENT]),
    ...arrays.map((array) => array.byteOffset),
  );
  const numbers = new Uint32Array(buffer, best.byteOffset, 2 * best.length);
  return {
    exports,
    addListed: exports.addListed,
    sumByArtist: exports.sumByArtist,
    bestOf(size, { ofSong, mostSpread, mostDamping }, limit) {
      const isHere = ofSong.buffer === buffer && mostSpread.buffer === buffer;
      if (!isHere || 2 * limit > best.length || limit === 0) return undefined;
      const { byteOffset } = ofSong;
      const found = exports.bestOf(size, byteOffset, mostSpread.byteOffset, mostDamping, limit);
      const songs: number[] = [];
      const scores: number[] = [];
      for (let i = 0; i < found; i++) {
        scores.push(best[2 * i]);
        songs.push(numbers[4 * i + 2]);
      }
      return { songs, scores };
    },
    tabulatorOf({ supports, artistOf, artistSupports }, { ofSong, mostSpread }, artistShrinkage) {
      const columns = [supports, artistOf, artistSupports];
      const tables = [ofSong, mostSpread];
      if ([...columns, ...tables].some((one) => one.buffer !== buffer)) return undefined;
      const places = [
        ...columns.flatMap((column) => [column.byteOffset, column.BYTES_PER_ELEMENT]),
        ...tables.map((table) => table.byteOffset),
      ];
      return (first, spread, damping) =>
        exports.tabulate(first, supports.length, ...places, artistShrinkage, spread, damping);
    },
  };
}
