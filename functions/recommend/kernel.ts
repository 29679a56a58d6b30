import type { FileMemory, WasmMemory } from '../../shared/memory.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import type { Ranking } from './best.ts';
import type { Model, SeedTables } from './model.ts';
import { scoreWasm } from './score.wasm.ts';

/** The loops of a score in wasm, see kernel/score.ts; each does what its plain twin does. */
export interface Kernel {
  /** As in `sums.ts`; from one rule up to another. */
  addListed(start: number, end: number, factor: number, size: number): number;
  /** As in `score.ts`. */
  sumByArtist(size: number): void;
  /** As in `score.ts`; undefined where the tables are elsewhere, or there is no room for so many. */
  bestOf(size: number, tables: SeedTables, limit: number): Ranking | undefined;
  /** As in `rules/lookup.ts`; undefined where there is no room for so many songs. */
  findRules(start: number, end: number, songs: readonly number[]): number[] | undefined;
}

/** What is used of the global object, which Node's types leave out. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: { env: { memory: WasmMemory } }) => { exports: unknown };
};

interface Exports {
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
  findRules(start: number, end: number, count: number): void;
}

/** The arrays of a model that the kernel works on. */
type Arrays = Pick<Model, 'scores' | 'scored' | 'direct' | 'scoredArtists' | 'artistSums'>;

/**
 * A kernel for a snapshot: some 2 KB of code, compiled in less than a millisecond.
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
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as Exports;
  exports.open(
    ...columns.flatMap((column) => [column.byteOffset, column.BYTES_PER_ELEMENT]),
    ...arrays.map((array) => array.byteOffset),
  );
  const numbers = new Uint32Array(buffer, best.byteOffset, 2 * best.length);
  return {
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
    findRules(start, end, songs) {
      const count = songs.length;
      if (2 * count > numbers.length) return undefined;
      for (let i = 0; i < count; i++) numbers[i] = songs[i];
      exports.findRules(start, end, count);
      const rules: number[] = [];
      for (let i = 0; i < count; i++) rules.push(numbers[count + i]);
      return rules;
    },
  };
}
