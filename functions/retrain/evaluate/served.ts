import { decodeSnapshot, encodeSnapshot, sha256Of } from '../../../shared/snapshot.ts';
import { toModel } from '../../recommend/model.ts';
import { rank } from '../../recommend/score.ts';
import { fit } from '../fit.ts';
import { toSnapshot } from '../publish.ts';
import type { TrainSettings } from '../settings.ts';
import { chooseSupport, supportCount } from '../support.ts';
import type { Method } from './evaluate.ts';

/** Pairs that a fit may count when the support is chosen from the data: seconds of work. */
const maxPairOccurrences = 1e9;

/** Our own recommender as it is served: through the bytes of a snapshot. */
export function served(settings: TrainSettings): Method {
  return {
    name: 'segue',
    fit: async (training, { signal, onFit }) => {
      const { transactions, catalogue, ids } = training;
      const { maxRules, maxLength, maxItemsets, scoring } = settings;
      const minSupport =
        settings.minSupport === undefined
          ? chooseSupport(transactions, catalogue.supports, { maxRules, maxPairOccurrences })
          : supportCount(settings.minSupport, ids.length);
      const fitted = await fit(
        transactions,
        { minSupport, maxLength, maxItemsets, scoring },
        signal,
      );
      onFit?.();
      const facts = {
        key: 'evaluation',
        datasets: [],
        counts: { transactions: ids.length },
        settings: { minSupport, maxLength },
        scoring,
        metrics: {},
      };
      const bytes = encodeSnapshot(toSnapshot(facts, catalogue, fitted.rules));
      const sha256 = sha256Of(bytes);
      const snapshot = decodeSnapshot(bytes, 'evaluation', sha256);
      const model = toModel(
        {
          seq: 1,
          version: '1',
          created: new Date(0).toISOString(),
          cause: 'published',
          key: facts.key,
          sequence: '',
          file: '',
          bytes: bytes.length,
          sha256,
        },
        snapshot,
      );
      return {
        rank: ({ songs }, limit) => rank(model, [...songs], limit),
        parameters: { 'min support': `${minSupport}`, bytes: `${bytes.length}` },
      };
    },
  };
}
