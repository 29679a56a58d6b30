/** What mining itself can end with; invalid input is a RangeError. */
export class EclatError extends Error {
  /** Stable, to be told by a program. */
  readonly code: 'too-many-itemsets' | 'out-of-memory';

  constructor(code: EclatError['code'], message: string) {
    super(message);
    this.name = 'EclatError';
    this.code = code;
  }
}

export function tooMany(maxItemsets: number): EclatError {
  return new EclatError('too-many-itemsets', `There are more than ${maxItemsets} itemsets.`);
}
