import type { ModelAnswer, ModelsAnswer } from '../../schemas.ts';
import { grouped, moment, short, texts } from '../texts.ts';
import { Columns, Table } from './table.tsx';

const words = texts.model;

/** What the model was made from. */
export function Facts({ model }: { model: ModelAnswer }) {
  const { counts, datasets, settings } = model;
  const known = Object.entries(words.count).filter(([name]) => counts[name] !== undefined);
  return (
    <section>
      <h2>{words.title(model.version)}</h2>
      <p>{words.facts(moment(model.model_date), grouped(counts.transactions))}</p>
      <dl class="facts">
        <div>
          <dt>{words.datasets}</dt>
          {datasets.slice(0, 5).map(({ name, sha256 }) => (
            <dd key={sha256} title={sha256}>
              {name}
            </dd>
          ))}
          {datasets.length > 5 && <dd>…</dd>}
        </div>
        {known.map(([name, label]) => (
          <div key={name}>
            <dt>{label}</dt>
            <dd>{grouped(counts[name])}</dd>
          </div>
        ))}
        <div>
          <dt>{words.minSupport}</dt>
          <dd>{grouped(settings.minSupport)}</dd>
        </div>
      </dl>
    </section>
  );
}

/** What the gate measured, against what it was compared with. */
export function Quality({ model: { gate, metrics } }: { model: ModelAnswer }) {
  const { quality } = words;
  const figures = gate?.figures ?? {};
  const bars = (
    [
      [quality.own, figures.ndcg100, undefined],
      [quality.current, figures.currentNdcg100, 'toCurrent'],
      [quality.popularity, figures.popularityNdcg100, 'toPopularity'],
    ] as const
  ).filter(([, value]) => value !== undefined);
  const most = Math.max(...bars.map(([, value]) => value!));
  const all = Object.entries({ ...figures, ...metrics });
  return (
    <section>
      <h2>{quality.title}</h2>
      {bars.length === 0 ? (
        <p>{quality.none}</p>
      ) : (
        <>
          <p>
            <small>{quality.explain(grouped(figures.heldOut))}</small>
          </p>
          <table class="bars" aria-label={quality.label}>
            <tbody>
              {bars.map(([name, value, ratio]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td class="bar">
                    <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                      <title>{name}</title>
                      <rect width={(100 * value!) / most} height="10" rx="1" />
                    </svg>
                  </td>
                  <td>{value!.toFixed(3)}</td>
                  <td>
                    {ratio !== undefined && figures[ratio] !== undefined && (
                      <small>
                        {quality.ratio(
                          short(figures[ratio]),
                          short(figures[`${ratio}Low`]),
                          short(figures[`${ratio}High`]),
                        )}
                      </small>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      {gate && <p>{quality.verdict(gate.reason)}</p>}
      {all.length > 0 && (
        <details>
          <summary>{quality.all}</summary>
          <dl class="facts">
            {all.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{short(value)}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </section>
  );
}

/** The versions that served, the newest first. */
export function History({
  models,
  onMore,
}: {
  models: readonly ModelsAnswer['models'][number][];
  onMore: (() => void) | undefined;
}) {
  const { title, columns, cause: causes, serves, unknown, more } = words.history;
  return (
    <section>
      <h2>{title}</h2>
      <Table caption={title} head={<Columns names={columns} />}>
        {models.map(({ seq, version, model_date, cause, serving, datasets, counts, gate }) => (
          <tr key={seq}>
            <th scope="row">{version}</th>
            <td>{moment(model_date)}</td>
            <td>
              {causes[cause] ?? cause}
              {serving && (
                <>
                  , <strong>{serves}</strong>
                </>
              )}
            </td>
            <td>{datasets?.map(({ name }) => name).join(', ') ?? unknown}</td>
            <td>{counts?.rules === undefined ? '–' : grouped(counts.rules)}</td>
            <td>{gate?.figures.ndcg100?.toFixed(3) ?? '–'}</td>
            <td>{gate?.reason ?? '–'}</td>
          </tr>
        ))}
      </Table>
      {onMore && (
        <p class="take">
          <button type="button" onClick={onMore}>
            {more}
          </button>
        </p>
      )}
    </section>
  );
}
