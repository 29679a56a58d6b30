import { type Columns, configure } from '../../shared/configuration.ts';
import { type Scoring, type SeedScoring, startScoring } from '../../shared/scoring.ts';
import { parseSupport, type Support } from './support.ts';

/** What decides a training's result besides the data. */
export interface TrainSettings {
  columns: Columns;
  /** Pause after which a session ends; absent: no sessions. */
  sessionGapMs: number | undefined;
  /** Absent: chosen from the data, see `chooseSupport`. */
  minSupport: Support | undefined;
  maxLength: number;
  maxItemsets: number;
  maxRules: number;
  /** 0 to 1. */
  maxRejectedShare: number;
  /** See `RuleParameters`. */
  maxVisits: number;
  /** Fits that tuning may make. */
  tuningFits: number;
  scoring: ScoringSettings;
  /** Threads that read and mine; they change nothing but the time. */
  threads: number;
}

/** What of the scoring is given; the rest is tuned. */
export interface ScoringSettings {
  aggregation: Scoring['aggregation'];
  lengthExponent: number | undefined;
  /** Parameters that hold for any number of songs asked for. */
  fixed: Partial<SeedScoring>;
}

/** The scoring that holds before anything is tuned. */
export function untuned({
  aggregation,
  lengthExponent = startScoring.lengthExponent,
  fixed,
}: ScoringSettings): Omit<Scoring, 'weightScale'> {
  const bySeeds = startScoring.bySeeds.map((start) => ({ ...start, ...fixed }));
  return { aggregation, lengthExponent, bySeeds };
}

/** Settings of a training from an environment. @throws `configuration`, `support-invalid` */
export function trainSettings(environment: Readonly<NodeJS.ProcessEnv>): TrainSettings {
  const settings = configure(environment, [
    'COLUMNS',
    'SESSION_GAP',
    'MIN_SUPPORT',
    'MAX_LENGTH',
    'MAX_ITEMSETS',
    'MAX_RULES',
    'MAX_REJECTED',
    'MAX_VISITS',
    'TUNING_FITS',
    'AGGREGATION',
    'SHRINKAGE',
    'LENGTH_EXPONENT',
    'POPULARITY_DAMPING',
    'ARTIST_WEIGHT',
    'ARTIST_SHRINKAGE',
    'ARTIST_SPREAD',
    'SPREAD_EXPONENT',
    'LONG_WEIGHT',
    'THREADS',
  ]);
  return {
    columns: settings.COLUMNS,
    sessionGapMs: settings.SESSION_GAP,
    minSupport: settings.MIN_SUPPORT === undefined ? undefined : parseSupport(settings.MIN_SUPPORT),
    maxLength: settings.MAX_LENGTH,
    maxItemsets: settings.MAX_ITEMSETS,
    maxRules: settings.MAX_RULES,
    maxRejectedShare: settings.MAX_REJECTED,
    maxVisits: settings.MAX_VISITS,
    tuningFits: settings.TUNING_FITS,
    threads: settings.THREADS,
    scoring: {
      aggregation: settings.AGGREGATION,
      lengthExponent: settings.LENGTH_EXPONENT,
      fixed: given({
        shrinkage: settings.SHRINKAGE,
        artistWeight: settings.ARTIST_WEIGHT,
        artistShrinkage: settings.ARTIST_SHRINKAGE,
        artistSpread: settings.ARTIST_SPREAD,
        spreadExponent: settings.SPREAD_EXPONENT,
        popularityDamping: settings.POPULARITY_DAMPING,
        longWeight: settings.LONG_WEIGHT,
      }),
    },
  };
}

/** The parameters that have a value. */
function given(parameters: Record<keyof SeedScoring, number | undefined>): Partial<SeedScoring> {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
}
