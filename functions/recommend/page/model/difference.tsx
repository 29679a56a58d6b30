import { useState } from 'preact/hooks';
import type { DifferenceAnswer, ModelsAnswer, RuleChange } from '../../schemas.ts';
import { Trouble } from '../listen.tsx';
import { grouped, percent, short, texts } from '../texts.ts';
import { askDifference } from './server.ts';
import type { Least } from './source.ts';
import { Columns, Songs, Table } from './table.tsx';
import { useAsked, useMore } from './use.ts';

const changesAtOnce = 25;

const words = texts.model.difference;

/** What two versions have not in common. */
export function Difference({
  models,
  serving,
  least,
}: {
  models: readonly ModelsAnswer['models'][number][];
  serving: string;
  least: Least;
}) {
  const versions = [...new Set(models.map(({ version }) => version))];
  const [from, setFrom] = useState(
    () => versions.find((version) => Number(version) < Number(serving)) ?? versions.at(-1),
  );
  const [to, setTo] = useState(serving === from ? versions[0] : serving);
  const [kind, setKind] = useState<RuleChange['kind']>();
  const [wanted, setWanted] = useState(false);
  const ready = from !== undefined && to !== undefined && versions.length > 1;
  const query = { ...least, kind, limit: changesAtOnce };
  const asked = useAsked(
    // It reads two whole models: only who wants to know makes the server do that.
    ready && wanted ? (signal) => askDifference([from, to], query, signal) : undefined,
    [wanted, from, to, kind, least.support, least.confidence, least.lift],
    300,
  );
  const select = (label: string, value: string | undefined, choose: (version: string) => void) => (
    <label>
      <span>{label}</span>{' '}
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {versions.map((version) => (
          <option key={version}>{version}</option>
        ))}
      </select>
    </label>
  );
  return (
    <section class="difference">
      <h2>{words.title}</h2>
      {ready ? (
        <>
          <div class="take">
            {select(words.from, from, setFrom)}
            {select(words.to, to, setTo)}
            <label>
              <span>{words.kind}</span>{' '}
              <select
                value={kind ?? 'all'}
                onChange={({ currentTarget: { value } }) =>
                  setKind(value === 'all' ? undefined : (value as RuleChange['kind']))
                }
              >
                {Object.entries(words.kinds).map(([name, label]) => (
                  <option key={name} value={name}>
                    {label}
                  </option>
                ))}
              </select>
            </label>
            {!wanted && (
              <button type="button" onClick={() => setWanted(true)}>
                {words.compare}
              </button>
            )}
          </div>
          <p role="status" class="status">
            {asked.asking ? texts.model.rules.asking : asked.data && said(asked.data)}
          </p>
          <p>
            <small>{words.follows}</small>
          </p>
          {asked.fault && <Trouble fault={asked.fault} onRetry={asked.retry} />}
          {asked.data && (
            <Changes
              answer={asked.data}
              more={(cursor) =>
                askDifference([from, to], { ...query, cursor }, new AbortController().signal)
              }
            />
          )}
        </>
      ) : (
        <p>{words.one}</p>
      )}
    </section>
  );
}

function said({ counts }: DifferenceAnswer): string {
  const { gained, lost, changed, same } = counts;
  return words.counts(grouped(gained), grouped(lost), grouped(changed), grouped(same));
}

function Changes({
  answer,
  more,
}: {
  answer: DifferenceAnswer;
  more(cursor: string): Promise<DifferenceAnswer>;
}) {
  const {
    items: changes,
    cursor,
    fault,
    more: askMore,
  } = useMore({ items: answer.changes, cursor: answer.cursor }, async (from) => {
    const next = await more(from);
    return { items: next.changes, cursor: next.cursor };
  });
  if (changes.length === 0) return <p>{words.nothing}</p>;
  return (
    <>
      <Table caption={words.caption} head={<Columns names={words.columns} />}>
        {changes.map((change) => {
          const { kind, antecedent, consequent, before, after } = change;
          return (
            <tr key={change} class={kind}>
              <td>
                <Songs songs={antecedent} onPick={undefined} />
              </td>
              <td>
                <Songs songs={[consequent]} onPick={undefined} />
              </td>
              <td>
                <strong>{words.kinds[kind]}</strong>
              </td>
              {[before, after].map((figures, i) => (
                <td key={i}>{figures ? percent(figures.confidence) : '–'}</td>
              ))}
              {[before, after].map((figures, i) => (
                <td key={i}>{short(figures?.lift)}</td>
              ))}
            </tr>
          );
        })}
      </Table>
      {fault && <Trouble fault={fault} onRetry={() => void askMore()} />}
      {cursor !== undefined && (
        <p class="take">
          <button type="button" onClick={() => void askMore()}>
            {words.more}
          </button>
        </p>
      )}
    </>
  );
}
