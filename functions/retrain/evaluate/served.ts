import { decodeSnapshot, encodeSnapshot, sha256Of } from '../../../shared/snapshot.ts';
import { toModel } from '../../recommend/model.ts';
import { rank } from '../../recommend/score.ts';
import { choose, learn } from '../learn.ts';
import { toSnapshot } from '../publish.ts';
import type { TrainSettings } from '../settings.ts';
import type { Method } from './evaluate.ts';

/** Our own recommender as it is served: through the bytes of a snapshot. */
export function served(settings: TrainSettings): Method {
  return {
    name: 'segue',
    fit: async (training, { signal, onFit }) => {
      const { catalogue, ids } = training;
      const chosen = await choose(training, training, settings, signal);
      const { minSupport, maxLength } = chosen.parameters;
      const { rules, scoring } = await learn(training, chosen, signal);
      onFit?.();
      const facts = {
        key: 'evaluation',
        datasets: [],
        counts: { transactions: ids.length },
        settings: { minSupport, maxLength },
        scoring,
        metrics: {},
        judged: null,
      };
      const bytes = encodeSnapshot(toSnapshot(facts, catalogue, rules));
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
        rank: (query, limit) => rank(model, query, limit),
        parameters: { 'min support': `${minSupport}`, bytes: `${bytes.length}` },
      };
    },
  };
}
