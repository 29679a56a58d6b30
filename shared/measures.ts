/**
 * Measures of a rule A => j, all from four numbers of playlists. Sources: Agrawal and Srikant
 * (1994) for support and confidence; Brin et al. (1997) for lift and conviction; Piatetsky-Shapiro
 * (1991) for leverage.
 */
export interface RuleCounts {
  /** Transactions with antecedent and consequent. */
  together: number;
  /** Transactions with the antecedent. */
  given: number;
  /** Transactions with the consequent. */
  consequent: number;
  /** All transactions. */
  transactions: number;
}

/** P(A, j): the share of transactions that hold both; 0 to 1. */
export function support({ together, transactions }: RuleCounts): number {
  return together / transactions;
}

/** P(j | A): how often j is there when A is; 0 to 1. */
export function confidence({ together, given }: RuleCounts): number {
  return together / given;
}

/** P(j | A) / P(j): how many times as often as by chance; 0 and up, 1 is chance. */
export function lift(counts: RuleCounts): number {
  return (confidence(counts) * counts.transactions) / counts.consequent;
}

/** P(A, j) - P(A) P(j): the share of transactions above chance; -0.25 to 0.25, 0 is chance. */
export function leverage(counts: RuleCounts): number {
  const { given, consequent, transactions } = counts;
  return support(counts) - (given / transactions) * (consequent / transactions);
}

/**
 * P(A) P(not j) / P(A, not j): how many times as often the rule would fail by chance; 0 and up,
 * 1 is chance, Infinity for a rule that never fails.
 */
export function conviction(counts: RuleCounts): number {
  // Also where the consequent is in every transaction, which would be 0 / 0.
  if (counts.together === counts.given) return Infinity;
  return (1 - counts.consequent / counts.transactions) / (1 - confidence(counts));
}
