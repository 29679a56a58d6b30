/** Songs with their scores, the best first. */
export interface Ranking {
  songs: number[];
  scores: number[];
}

/** The best so many of the songs offered: a binary heap with the worst of them on top. */
export class BestSongs {
  readonly #limit: number;
  readonly #songs: number[] = [];
  readonly #scores: number[] = [];
  /** What scores less is not among them. */
  #least = -Infinity;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns What scores less than this need not be offered. */
  offer(song: number, score: number): number {
    if (score < this.#least) return this.#least;
    const size = this.#songs.length;
    if (size < this.#limit) {
      this.#songs.push(song);
      this.#scores.push(score);
      this.#rise(size);
    } else if (this.#isWorse(this.#songs[0], this.#scores[0], song, score)) {
      this.#songs[0] = song;
      this.#scores[0] = score;
      this.#sink();
    }
    if (this.#songs.length === this.#limit) this.#least = this.#scores[0];
    return this.#least;
  }

  /** The songs in order; nothing is left to offer to. */
  ranking(): Ranking {
    const songs: number[] = new Array(this.#songs.length);
    const scores: number[] = new Array(this.#songs.length);
    for (let place = this.#songs.length - 1; place >= 0; place--) {
      songs[place] = this.#songs[0];
      scores[place] = this.#scores[0];
      const song = this.#songs.pop() as number;
      const score = this.#scores.pop() as number;
      if (place === 0) break;
      this.#songs[0] = song;
      this.#scores[0] = score;
      this.#sink();
    }
    return { songs, scores };
  }

  #isWorse(song: number, score: number, thanSong: number, thanScore: number): boolean {
    return score < thanScore || (score === thanScore && song > thanSong);
  }

  #isAboveOf(a: number, b: number): boolean {
    return this.#isWorse(this.#songs[a], this.#scores[a], this.#songs[b], this.#scores[b]);
  }

  #rise(at: number): void {
    let child = at;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isAboveOf(child, parent)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  #sink(): void {
    let parent = 0;
    for (;;) {
      const left = 2 * parent + 1;
      if (left >= this.#songs.length) return;
      const right = left + 1;
      const worse = right < this.#songs.length && this.#isAboveOf(right, left) ? right : left;
      if (!this.#isAboveOf(worse, parent)) return;
      this.#swap(worse, parent);
      parent = worse;
    }
  }

  #swap(a: number, b: number): void {
    [this.#songs[a], this.#songs[b]] = [this.#songs[b], this.#songs[a]];
    [this.#scores[a], this.#scores[b]] = [this.#scores[b], this.#scores[a]];
  }
}
