import { upperTail } from './hypergeometric.ts';

/**
 * Measures of a rule A => j, all from four numbers of transactions. n is the number of all of them,
 * P(A) = given / n, P(j) = consequent / n and P(A, j) = together / n. Ranges and names are those of
 * Hahsler, "A Probabilistic Comparison of Commonly Used Interest Measures for Association Rules"
 * (2015), where not said otherwise. A measure that has no value for a rule is NaN, and its comment
 * says when.
 */
export interface RuleCounts {
  /** Transactions with antecedent and consequent. */
  together: number;
  /** Transactions with the antecedent; 1 and more. */
  given: number;
  /** Transactions with the consequent; 1 and more. */
  consequent: number;
  /** All transactions. */
  transactions: number;
}

/** P(A, j): the share of transactions that hold both; 0 to 1. Agrawal et al. (1993). */
export function support({ together, transactions }: RuleCounts): number {
  return together / transactions;
}

/** P(A): how often the rule can be applied; 0 to 1. "Antecedent support" in mlxtend. */
export function coverage({ given, transactions }: RuleCounts): number {
  return given / transactions;
}

/** P(j): how often the consequent is there anyway; 0 to 1. "Consequent support" in mlxtend. */
export function prevalence({ consequent, transactions }: RuleCounts): number {
  return consequent / transactions;
}

/** P(j | A): how often j is there when A is; 0 to 1. Agrawal et al. (1993). */
export function confidence({ together, given }: RuleCounts): number {
  return together / given;
}

/** P(j | A) / P(j): how many times as often as by chance; 0 and up, 1 is chance. Brin et al. (1997). */
export function lift(counts: RuleCounts): number {
  return (confidence(counts) * counts.transactions) / counts.consequent;
}

/**
 * P(A, j) - P(A) P(j): the share of transactions above chance; -0.25 to 0.25, 0 is chance.
 * Piatetsky-Shapiro (1991).
 */
export function leverage(counts: RuleCounts): number {
  return support(counts) - coverage(counts) * prevalence(counts);
}

/**
 * P(A) P(not j) / P(A, not j): how many times as often the rule would fail by chance; 0 and up,
 * 1 is chance, Infinity for a rule that never fails. Brin et al. (1997).
 */
export function conviction(counts: RuleCounts): number {
  // Also where the consequent is in every transaction, which would be 0 / 0.
  if (counts.together === counts.given) return Infinity;
  return (1 - prevalence(counts)) / (1 - confidence(counts));
}

/** P(j | A) - P(j): confidence above chance; -1 to 1, 0 is chance. Sahar and Mansour (1999). */
export function addedValue(counts: RuleCounts): number {
  return confidence(counts) - prevalence(counts);
}

/**
 * Added value as a part of what was possible: (P(j | A) - P(j)) / (1 - P(j)) above chance, divided
 * by P(j) below it; -1 to 1, 0 is chance. The certainty factor of Berzal et al. (2002). mlxtend
 * divides by 1 - P(j) below chance, too.
 */
export function certainty(counts: RuleCounts): number {
  const above = addedValue(counts);
  if (above === 0) return 0;
  return above / (above > 0 ? 1 - prevalence(counts) : prevalence(counts));
}

/**
 * Leverage as a part of the largest possible in its direction, with P(A) and P(j) as they are:
 * leverage / max(P(A, j) (1 - P(A)), P(A) (P(j) - P(A, j))); -1 to 1, 0 is chance. NaN where both
 * are 0, which mlxtend calls 0: A is in every transaction, or j in every one and A. Zhang (2000).
 */
export function zhang(counts: RuleCounts): number {
  const { together, given, consequent, transactions } = counts;
  const above = together * transactions - given * consequent;
  return above / Math.max(together * (transactions - given), given * (consequent - together));
}

/** P(A, j) / sqrt(P(A) P(j)); 0 to 1, without regard to transactions that hold neither. Tan et al. (2004). */
export function cosine({ together, given, consequent }: RuleCounts): number {
  return together / Math.sqrt(given * consequent);
}

/** P(A, j) / P(A or j): both of those with any; 0 to 1. Tan and Kumar (2000). */
export function jaccard(counts: RuleCounts): number {
  return counts.together / either(counts);
}

/** (P(j | A) + P(A | j)) / 2; 0 to 1, without regard to transactions that hold neither. Wu et al. (2010). */
export function kulczynski({ together, given, consequent }: RuleCounts): number {
  return (together / given + together / consequent) / 2;
}

/** |P(A) - P(j)| / P(A or j): 0 where both are as frequent, up to below 1. Wu et al. (2010). */
export function imbalanceRatio(counts: RuleCounts): number {
  return Math.abs(counts.given - counts.consequent) / either(counts);
}

/** min(P(j | A), P(A | j)); 0 to 1. Of the two sides of the rule; Omiecinski (2003). */
export function allConfidence({ together, given, consequent }: RuleCounts): number {
  return together / Math.max(given, consequent);
}

/** max(P(j | A), P(A | j)); 0 to 1. Tan et al. (2004). */
export function maxConfidence({ together, given, consequent }: RuleCounts): number {
  return together / Math.min(given, consequent);
}

/**
 * The correlation of A and j as two columns of 0 and 1; -1 to 1, 0 is chance. NaN where A or j is
 * in every transaction. Pearson; Tan et al. (2004).
 */
export function phi(counts: RuleCounts): number {
  const { together, given, consequent, transactions } = counts;
  return (
    (together * transactions - given * consequent) /
    Math.sqrt(given * (transactions - given)) /
    Math.sqrt(consequent * (transactions - consequent))
  );
}

/**
 * Pearson's statistic of independence, with 1 degree of freedom and no continuity correction:
 * n phi^2; 0 to n, above 3.84 a test at 5 % rejects independence. NaN as for {@link phi}. Brin et
 * al. (1997).
 */
export function chiSquared(counts: RuleCounts): number {
  return counts.transactions * phi(counts) ** 2;
}

/**
 * The probability that A and j come together at least so often where they are independent: the
 * upper tail of the hypergeometric distribution; 0 to 1. Fisher's exact test, one-sided; Hahsler
 * and Hornik (2007). Where it is below 1e-308 it is 0.
 */
export function fisherExactP({ together, given, consequent, transactions }: RuleCounts): number {
  return upperTail(together, given, consequent, transactions);
}

/**
 * The odds of j with A over the odds of j without; 0 and up, 1 is chance, Infinity where j never
 * comes without A or A never without j. NaN where the odds are 0 / 0. Tan et al. (2004).
 */
export function oddsRatio(counts: RuleCounts): number {
  const { both, onlyA, onlyJ, neither } = cells(counts);
  return (both * neither) / (onlyA * onlyJ);
}

/** (odds ratio - 1) / (odds ratio + 1); -1 to 1, 0 is chance. NaN as {@link oddsRatio}. Yule (1900). */
export function yulesQ(counts: RuleCounts): number {
  const { both, onlyA, onlyJ, neither } = cells(counts);
  return (both * neither - onlyA * onlyJ) / (both * neither + onlyA * onlyJ);
}

/**
 * (sqrt(odds ratio) - 1) / (sqrt(odds ratio) + 1); -1 to 1, 0 is chance. NaN as
 * {@link oddsRatio}. Yule (1912).
 */
export function yulesY(counts: RuleCounts): number {
  const { both, onlyA, onlyJ, neither } = cells(counts);
  const one = Math.sqrt(both * neither);
  const other = Math.sqrt(onlyA * onlyJ);
  return (one - other) / (one + other);
}

/**
 * How much A and j agree beyond chance: (P(A, j) + P(neither) - e) / (1 - e), e the same sum where
 * they are independent; -1 to 1, 0 is chance. NaN where both are in every transaction. Cohen (1960).
 */
export function kappa(counts: RuleCounts): number {
  const { both, neither } = cells(counts);
  const observed = (both + neither) / counts.transactions;
  const [a, j] = [coverage(counts), prevalence(counts)];
  const expected = a * j + (1 - a) * (1 - j);
  return (observed - expected) / (1 - expected);
}

/**
 * Confidence for little data, as if A had come twice more, once with j: (n_Aj + 1) / (n_A + 2);
 * 0 to 1. Laplace; Clark and Boswell (1991).
 */
export function laplace({ together, given }: RuleCounts): number {
  return (together + 1) / (given + 2);
}

/** P(A, j) / P(A, not j): the odds of j with A; 0 and up, Infinity for a rule that never fails. Sebag and Schoenauer (1988). */
export function sebag({ together, given }: RuleCounts): number {
  return together / (given - together);
}

/**
 * (P(A, j) - P(A, not j)) / P(j): 1 at most and without a lower bound, 0 where the rule fails as
 * often as it holds. Azé and Kodratoff (2002).
 */
export function leastContradiction({ together, given, consequent }: RuleCounts): number {
  return (2 * together - given) / consequent;
}

/**
 * How much knowing A lowers the chance to guess j wrong, Gini's index before less after:
 * P(A) (P(j | A)^2 + P(not j | A)^2) + P(not A) (the same without A) - P(j)^2 - P(not j)^2; 0 to
 * 0.5, 0 is independence. Breiman et al. (1984); Tan et al. (2004).
 */
export function gini(counts: RuleCounts): number {
  const { both, onlyA, onlyJ, neither } = cells(counts);
  const { given, transactions } = counts;
  const without = transactions - given;
  const j = prevalence(counts);
  const withA = (both ** 2 + onlyA ** 2) / given;
  const withoutA = without === 0 ? 0 : (onlyJ ** 2 + neither ** 2) / without;
  return (withA + withoutA) / transactions - j ** 2 - (1 - j) ** 2;
}

/**
 * The information that the rule gives, P(A, j) log(P(j | A) / P(j)) + P(A, not j) log(P(not j | A) /
 * P(not j)), natural logarithm; 0 to 1, 0 is chance. Smyth and Goodman (1991).
 */
export function jMeasure(counts: RuleCounts): number {
  const { both, onlyA } = cells(counts);
  const { given, consequent, transactions } = counts;
  return (
    information(both, given, consequent, transactions) +
    information(onlyA, given, transactions - consequent, transactions)
  );
}

/**
 * The share of the less uncertain of A and j that the other explains: their mutual information over
 * min(H(A), H(j)); 0 to 1, 0 is independence. NaN where A or j is in every transaction. Tan et al.
 * (2004).
 */
export function mutualInformation(counts: RuleCounts): number {
  const { both, onlyA, onlyJ, neither } = cells(counts);
  const { given, consequent, transactions } = counts;
  const [notGiven, notConsequent] = [transactions - given, transactions - consequent];
  const shared =
    information(both, given, consequent, transactions) +
    information(onlyA, given, notConsequent, transactions) +
    information(onlyJ, notGiven, consequent, transactions) +
    information(neither, notGiven, notConsequent, transactions);
  return shared / Math.min(entropy(coverage(counts)), entropy(prevalence(counts)));
}

/** Every measure, by the name that options and columns have. */
export const measures = {
  support,
  confidence,
  lift,
  leverage,
  conviction,
  coverage,
  prevalence,
  addedValue,
  certainty,
  zhang,
  cosine,
  jaccard,
  kulczynski,
  imbalanceRatio,
  allConfidence,
  maxConfidence,
  phi,
  chiSquared,
  fisherExactP,
  oddsRatio,
  yulesQ,
  yulesY,
  kappa,
  laplace,
  sebag,
  leastContradiction,
  gini,
  jMeasure,
  mutualInformation,
} as const satisfies Record<string, (counts: RuleCounts) => number>;

/** The name of a measure. */
export type MeasureName = keyof typeof measures;

/** The names of all measures. */
export const measureNames = Object.keys(measures) as MeasureName[];

/** Transactions by what they hold. */
function cells({ together, given, consequent, transactions }: RuleCounts) {
  return {
    both: together,
    onlyA: given - together,
    onlyJ: consequent - together,
    neither: transactions - given - consequent + together,
  };
}

/** Transactions that hold A or j. */
function either({ together, given, consequent }: RuleCounts): number {
  return given + consequent - together;
}

/** One term of mutual information: p(cell) log(p(cell) / (p(row) p(column))). */
function information(cell: number, row: number, column: number, all: number): number {
  return cell === 0 ? 0 : (cell / all) * Math.log((cell * all) / row / column);
}

function entropy(share: number): number {
  return share === 0 || share === 1
    ? 0
    : -share * Math.log(share) - (1 - share) * Math.log(1 - share);
}
