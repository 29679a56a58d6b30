/** Measures by which rules are sorted: those that can be had of three figures. */
import {
  addedValue,
  certainty,
  conviction,
  cosine,
  jaccard,
  kulczynski,
  leverage,
  phi,
  type RuleCounts,
  zhang,
} from '../../../../shared/measures.ts';
import { texts } from '../texts.ts';

/** The name of a measure that rules can be sorted by. */
export type Measure = keyof typeof texts.model.measures;

interface Figures {
  support: number;
  confidence: number;
  lift: number;
}

const ofCounts = {
  ...{ leverage, conviction, zhang, cosine, jaccard, kulczynski, phi, addedValue, certainty },
};

export const measures = Object.keys(texts.model.measures) as Measure[];

/** Whether a word is the name of such a measure. */
export function isMeasure(name: string | undefined): name is Measure {
  return name !== undefined && Object.hasOwn(texts.model.measures, name);
}

/** A measure as a function of a rule's figures. */
export function measureOf(measure: Measure): (rule: Figures) => number {
  if (measure === 'support' || measure === 'confidence' || measure === 'lift') {
    return (rule) => rule[measure];
  }
  return (rule) => ofCounts[measure](countsOf(rule));
}

/** The counts of which these are the figures, as parts of one transaction. */
function countsOf({ support, confidence, lift }: Figures): RuleCounts {
  return {
    together: support,
    given: support / confidence,
    consequent: confidence / lift,
    transactions: 1,
  };
}
