/** Keys that a Map can have (V8's tables end there). */
const mostKeys = 2 ** 24;

/** Codes for strings: 0, 1, 2, ... in order of first appearance, as many as there is memory for. */
export class Dictionary {
  readonly #maps: Map<string, number>[] = [new Map()];
  readonly #names: string[] = [];
  readonly #keysAMap: number;
  #last: string | undefined;
  #lastCode = 0;

  /** @param keysAMap Keys from which on another map is begun. */
  constructor(keysAMap = mostKeys) {
    this.#keysAMap = keysAMap;
  }

  code(name: string): number {
    // Rows of one playlist, or songs of one artist, often stand together.
    if (name === this.#last) return this.#lastCode;
    this.#last = name;
    this.#lastCode = this.#find(name) ?? this.#add(name);
    return this.#lastCode;
  }

  /** How many names there are. */
  get size(): number {
    return this.#names.length;
  }

  /** All names, by code. */
  names(): string[] {
    return this.#names;
  }

  #find(name: string): number | undefined {
    for (const map of this.#maps) {
      const code = map.get(name);
      if (code !== undefined) return code;
    }
    return undefined;
  }

  #add(name: string): number {
    const own = copy(name);
    const code = this.#names.push(own) - 1;
    let map = this.#maps.at(-1)!;
    if (map.size >= this.#keysAMap) {
      map = new Map();
      this.#maps.push(map);
    }
    map.set(own, code);
    return code;
  }
}

/** The same string in memory of its own: a part of a text that was read keeps all of it alive. */
function copy(text: string): string {
  return Buffer.from(text).toString();
}

/** Codes for pairs of codes, in order of first appearance: open addressing in typed arrays. */
export class PairCodes {
  #firsts = new Uint32Array(512);
  #seconds = new Uint32Array(512);
  #length = 0;
  /** Code + 1, or 0 where none is; twice as many as there can be pairs. */
  #slots = new Uint32Array(1024);

  code(first: number, second: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash(first, second) & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const code = this.#slots[slot] - 1;
      if (this.#firsts[code] === first && this.#seconds[code] === second) return code;
    }
    if (this.#length === this.#firsts.length) {
      this.#grow();
      return this.code(first, second);
    }
    this.#firsts[this.#length] = first;
    this.#seconds[this.#length] = second;
    this.#slots[slot] = ++this.#length;
    return this.#length - 1;
  }

  /** All pairs, by code. */
  pairs(): { firsts: Uint32Array; seconds: Uint32Array } {
    return {
      firsts: this.#firsts.subarray(0, this.#length),
      seconds: this.#seconds.subarray(0, this.#length),
    };
  }

  #grow(): void {
    const firsts = new Uint32Array(this.#length * 2);
    const seconds = new Uint32Array(this.#length * 2);
    firsts.set(this.#firsts);
    seconds.set(this.#seconds);
    const slots = new Uint32Array(this.#length * 4);
    const mask = slots.length - 1;
    for (let code = 0; code < this.#length; code++) {
      let slot = hash(firsts[code], seconds[code]) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = code + 1;
    }
    this.#firsts = firsts;
    this.#seconds = seconds;
    this.#slots = slots;
  }
}

/** The multipliers and shifts of MurmurHash3 (A. Appleby). */
function hash(first: number, second: number): number {
  let bits = Math.imul(first, 0xcc9e2d51) ^ Math.imul(second, 0x1b873593);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  return (bits ^ (bits >>> 13)) >>> 0;
}
