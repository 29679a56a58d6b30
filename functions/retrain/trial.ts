import type { Scoring } from '../../shared/scoring.ts';
import { noHead } from '../../shared/store/heads.ts';
import { type Model, toModel } from '../recommend/model.ts';
import type { Fit } from './fit.ts';
import type { TransactionSet } from './transactions.ts';

const nothing = new Uint32Array(0);
const noNames = { bytes: new Uint8Array(0), offsets: Uint32Array.of(0) };
const noWords = { bytes: new Uint8Array(0), blocks: nothing, lengths: new Uint8Array(0) };
const noPostings = { offsets: Uint32Array.of(0), names: new Uint8Array(0) };
const noIndex = {
  ...noWords,
  oddLetters: nothing,
  words: noWords,
  withWord: noPostings,
  withSegment: noPostings,
};

/** A fit as a model that ranks songs by their codes: nobody needs names to measure it. */
export function toTrialModel(
  { ids, catalogue }: Pick<TransactionSet, 'ids' | 'catalogue'>,
  { rules, weightScale }: Fit,
  scoring: Omit<Scoring, 'weightScale'>,
  settings: { minSupport: number; maxLength: number },
): Model {
  return toModel(noHead, {
    facts: {
      key: '',
      datasets: [],
      counts: { transactions: ids.length },
      settings,
      scoring: { ...scoring, weightScale },
      metrics: {},
      judged: null,
    },
    titles: noNames,
    artists: noNames,
    artistOf: catalogue.artistOf,
    supports: catalogue.supports,
    titleIndex: noIndex,
    titleOf: nothing,
    titleOffsets: nothing,
    titleSongs: nothing,
    artistIndex: noIndex,
    artistOffsets: nothing,
    artistSongs: nothing,
    ...rules,
    frequentRules: nothing,
    frequentTogether: nothing,
    heavyRules: nothing,
    heavyWeights: nothing,
    playlistHashes: nothing,
  });
}
