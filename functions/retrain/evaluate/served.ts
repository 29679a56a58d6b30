import { decodeSnapshot, encodeSnapshot, sha256Of } from '../../../shared/snapshot.ts';
import { type Model, toModel } from '../../recommend/model.ts';
import { rank } from '../../recommend/score.ts';
import { choose, learn } from '../learn.ts';
import { toSnapshot } from '../publish.ts';
import type { TrainSettings } from '../settings.ts';
import type { TransactionSet } from '../transactions.ts';
import type { Method } from './evaluate.ts';
import { allRows } from './folds.ts';

/** Our own recommender as it is served: through the bytes of a snapshot. */
export function served(settings: TrainSettings): Method {
  return {
    name: 'segue',
    fit: async (training, { signal, onFit }) => {
      const model = await fitServed(training, settings, signal);
      onFit?.();
      return {
        rank: (query, limit) => rank(model, query, limit),
        parameters: {
          'min support': `${model.snapshot.facts.settings.minSupport}`,
          bytes: `${model.head.bytes}`,
        },
      };
    },
  };
}

/** The model that a training on these rows would serve. */
export async function fitServed(
  training: TransactionSet,
  settings: TrainSettings,
  signal?: AbortSignal,
): Promise<Model> {
  const { catalogue, ids } = training;
  const chosen = await choose(training, allRows(training), settings, signal);
  const { minSupport, maxLength } = chosen.parameters;
  const { rules, scoring } = await learn(training, chosen, signal);
  const facts = {
    key: 'evaluation',
    datasets: [],
    counts: { transactions: ids.length },
    settings: { minSupport, maxLength },
    scoring,
    metrics: {},
    judged: null,
  };
  const bytes = encodeSnapshot(await toSnapshot(facts, catalogue, rules, { signal }));
  const sha256 = sha256Of(bytes);
  return toModel(
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
    decodeSnapshot(bytes, 'evaluation', sha256),
  );
}
