import { type Columns, configure } from '../../shared/configuration.ts';
import type { Scoring } from '../../shared/snapshot.ts';
import { parseSupport, type Support } from './support.ts';

/** What decides a training's result besides the data. */
export interface TrainSettings {
  columns: Columns;
  /** Absent: chosen from the data, see `chooseSupport`. */
  minSupport: Support | undefined;
  maxLength: number;
  maxItemsets: number;
  maxRules: number;
  /** 0 to 1. */
  maxRejectedShare: number;
  scoring: Scoring;
}

/** Settings of a training from an environment. @throws `configuration`, `support-invalid` */
export function trainSettings(environment: Readonly<NodeJS.ProcessEnv>): TrainSettings {
  const settings = configure(environment, [
    'COLUMNS',
    'MIN_SUPPORT',
    'MAX_LENGTH',
    'MAX_ITEMSETS',
    'MAX_RULES',
    'MAX_REJECTED',
    'AGGREGATION',
    'SHRINKAGE',
    'LENGTH_EXPONENT',
    'POPULARITY_DAMPING',
  ]);
  return {
    columns: settings.COLUMNS,
    minSupport: settings.MIN_SUPPORT === undefined ? undefined : parseSupport(settings.MIN_SUPPORT),
    maxLength: settings.MAX_LENGTH,
    maxItemsets: settings.MAX_ITEMSETS,
    maxRules: settings.MAX_RULES,
    maxRejectedShare: settings.MAX_REJECTED,
    scoring: {
      aggregation: settings.AGGREGATION,
      shrinkage: settings.SHRINKAGE,
      lengthExponent: settings.LENGTH_EXPONENT,
      popularityDamping: settings.POPULARITY_DAMPING,
    },
  };
}
