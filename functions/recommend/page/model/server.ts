/** What the view asks the server. */
import { ask } from '../../../../shared/page/ask.ts';
import type { DifferenceAnswer, ModelAnswer, ModelsAnswer, RulesAnswer } from '../../schemas.ts';
import { suggest } from '../api.ts';
import type { Least, RuleSource } from './source.ts';

/** What the model that answers was made from. @throws Fault */
export function askModel(signal: AbortSignal): Promise<ModelAnswer> {
  return ask('api/model', { signal });
}

/** Versions that served. @throws Fault */
export function askVersions(
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<ModelsAnswer> {
  return ask(`api/models?${new URLSearchParams({ ...(cursor && { cursor }) })}`, { signal });
}

/** What changed between two versions. @throws Fault */
export function askDifference(
  [a, b]: readonly [string, string],
  query: Least & { kind?: string | undefined; limit: number; cursor?: string | undefined },
  signal: AbortSignal,
): Promise<DifferenceAnswer> {
  const { kind, cursor } = query;
  const parameters = new URLSearchParams({
    ...parametersOf(query),
    limit: String(query.limit),
    ...(kind && { kind }),
    ...(cursor && { cursor }),
  });
  const path = [a, 'diff', b].map(encodeURIComponent).join('/');
  return ask(`api/models/${path}?${parameters}`, { signal });
}

/** The rules of the model that answers. */
export function serverSource({ counts, settings }: ModelAnswer): RuleSource {
  const transactions = counts.transactions;
  const askRules = (parameters: Record<string, string>, signal: AbortSignal) =>
    ask<RulesAnswer>(`api/rules?${new URLSearchParams(parameters)}`, { signal });
  return {
    transactions,
    async extent(signal) {
      const { rules, cells = [] } = await askRules({ cells: 'true', limit: '1' }, signal);
      const least = settings.minSupport / transactions;
      const most = cells.reduce((most, { supportEnd }) => Math.max(most, supportEnd), 2 * least);
      return { support: [least, most], lift: Math.max(1, rules[0]?.lift ?? 1), cells };
    },
    rules(query, signal) {
      const { song, sort, limit, cursor } = query;
      return askRules(
        {
          ...parametersOf(query),
          ...{ sort, limit: String(limit) },
          ...(song && { song: song.track }),
          ...(song?.artist && { artist: song.artist }),
          ...(cursor && { cursor }),
        },
        signal,
      );
    },
    suggest,
  };
}

function parametersOf({ support, confidence, lift }: Least) {
  return {
    ...(support > 0 && { 'min-support': String(support) }),
    ...(confidence > 0 && { 'min-confidence': String(confidence) }),
    ...(lift > 0 && { 'min-lift': String(lift) }),
  };
}
