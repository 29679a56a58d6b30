import { useMemo, useState } from 'preact/hooks';
import { isSame, songLine } from '../api.ts';
import { download } from '../files.ts';
import { Trouble } from '../listen.tsx';
import { Search } from '../search.tsx';
import type { Explored } from '../state.ts';
import { grouped, percent, short, texts } from '../texts.ts';
import { graphOf, graphOption, graphTitle } from './graph.ts';
import { isMeasure, type Measure, measures } from './measures.ts';
import { Plot, usePalette } from './plot.tsx';
import { scatterOption, sentenceOf } from './scatter.ts';
import { Slider } from './slider.tsx';
import {
  type Extent,
  type Least,
  type RulePage,
  type RuleQuery,
  type RuleSource,
  rulesCsv,
  type ShownRule,
} from './source.ts';
import { Songs, Table } from './table.tsx';
import { useAsked, useMore } from './use.ts';

/** Rules that are asked for at once, and all in the plots. */
const rulesAtOnce = 500;
/** Rows of the table before more are asked for. */
const rowsAtOnce = 25;
/** Fewer playlists than these prove little; lower can be chosen. */
const fewPlaylists = 5;
/** Pause after the last move of a slider before rules are looked for. */
const pauseMs = 200;

const words = texts.model.rules;

/** What rules must reach until somebody says otherwise; those of one song may be all. */
export function leastAtFirst(
  extent: Extent,
  transactions: number | undefined,
  song: Explored['song'],
): Least {
  const [least, most] = extent.support;
  const few = transactions === undefined || song ? least : fewPlaylists / transactions;
  return { support: few < most ? Math.max(least, few) : least, confidence: 0, lift: 0 };
}

/** Rules as points, as a graph and as a table: all of them show the same ones. */
export function Rules({
  source,
  extent,
  least,
  explored,
  onChange,
}: {
  source: RuleSource;
  extent: Extent;
  least: Least;
  explored: Explored;
  onChange(explored: Explored): void;
}) {
  const sort: Measure = isMeasure(explored.sort) ? explored.sort : 'lift';
  const { song } = explored;
  const query = { ...least, song, sort, limit: rulesAtOnce };
  // What is shown is what was asked for then, not what is about to be.
  const asked = useAsked(
    async (signal) => ({ page: await source.rules(query, signal), query }),
    [source, least.support, least.confidence, least.lift, song && songLine(song), sort],
    pauseMs,
  );
  const { page } = asked.data ?? {};
  return (
    <section class="rules">
      <h2>{words.title}</h2>
      <Controls {...{ source, extent, least, explored, sort, onChange }} />
      <p role="status" class="status">
        {asked.asking ? words.asking : page && said(page)}
      </p>
      {asked.fault && <Trouble fault={asked.fault} onRetry={asked.retry} />}
      {page?.rules.length === 0 && <p>{words.nothing}</p>}
      {asked.data !== undefined && asked.data.page.rules.length > 0 && (
        <Views key={source.file} {...asked.data} {...{ source, extent, explored, onChange }} />
      )}
    </section>
  );
}

function said({ rules, met, complete, scanned }: RulePage): string {
  const found = words.found(grouped(rules.length), grouped(met));
  return complete ? found : `${found} ${words.incomplete(grouped(scanned))}`;
}

/** Song, thresholds and measure. */
function Controls({
  source,
  extent: { support, lift },
  least,
  explored,
  sort,
  onChange,
}: {
  source: RuleSource;
  extent: Extent;
  least: Least;
  explored: Explored;
  sort: Measure;
  onChange(explored: Explored): void;
}) {
  const { song } = explored;
  const { transactions } = source;
  const sayShare = (share: number) =>
    transactions === undefined
      ? percent(share)
      : words.playlists(Math.round(share * transactions), percent(share));
  return (
    <div class="controls">
      <Search
        label={words.search}
        placeholder={words.searchPlaceholder}
        action={words.searchAdd}
        suggest={source.suggest}
        onPick={(picked) => onChange({ ...explored, song: picked })}
      />
      {song && (
        <p class="chips">
          <button
            type="button"
            aria-label={words.anySong(songLine(song))}
            title={words.anySong(songLine(song))}
            onClick={() => {
              const { song: _, ...rest } = explored;
              onChange(rest);
            }}
          >
            {songLine(song)} <span aria-hidden="true">×</span>
          </button>
        </p>
      )}
      <div class="sliders">
        <Slider
          label={words.support}
          from={support[0]}
          to={support[1]}
          logarithmic
          value={least.support}
          say={sayShare}
          // Whole playlists: a share between two of them says nothing new.
          round={(share) =>
            transactions === undefined ? share : Math.round(share * transactions) / transactions
          }
          onMove={(value) => onChange({ ...explored, support: value })}
        />
        <Slider
          label={words.confidence}
          from={0}
          to={1}
          value={least.confidence}
          say={(value) => (value === 0 ? words.any : percent(value))}
          round={(value) => Math.round(value * 100) / 100}
          onMove={(value) => onChange({ ...explored, confidence: value })}
        />
        <Slider
          label={words.lift}
          from={0.5}
          to={Math.max(1, lift)}
          logarithmic
          value={least.lift}
          say={(value) => (value <= 0.5 ? words.any : words.times(short(value)))}
          round={(value) => (value <= 0.5 ? 0 : Number(value.toPrecision(2)))}
          onMove={(value) => onChange({ ...explored, lift: value })}
        />
        <label>
          <span>{words.sort}</span>
          <select
            value={sort}
            onChange={(event) => onChange({ ...explored, sort: event.currentTarget.value })}
          >
            {measures.map((measure) => (
              <option key={measure} value={measure}>
                {texts.model.measures[measure]}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={() => onChange({})}>
          {words.reset}
        </button>
      </div>
    </div>
  );
}

function Views({
  page,
  query,
  source,
  extent,
  explored,
  onChange,
}: {
  page: RulePage;
  query: RuleQuery;
  source: RuleSource;
  extent: Extent;
  explored: Explored;
  onChange(explored: Explored): void;
}) {
  const palette = usePalette();
  const [chosen, setChosen] = useState<ShownRule>();
  const { rules } = page;
  const { song, sort } = query;
  const graph = useMemo(() => graphOf(rules), [rules]);
  // A title alone stands for a song whose artist only the rules tell.
  const around =
    song && (graph.songs.find((one) => isSame(one, song)) ?? titled(graph.songs, song.track));
  const scatter = useMemo(() => scatterOption(rules, extent, palette), [rules, extent, palette]);
  const network = useMemo(
    () => graphOption(graph, around && songLine(around), palette),
    [graph, palette],
  );
  const says = chosen !== undefined && rules.includes(chosen) ? sentenceOf(chosen) : '';
  return (
    <>
      <div class="plots">
        <figure>
          <figcaption>
            <h3>{texts.model.scatter.title}</h3>
            <small>{texts.model.scatter.help}</small>
          </figcaption>
          <Plot
            option={scatter}
            label={texts.model.scatter.label(grouped(rules.length))}
            onPress={({ data }) => setChosen(rules[(data as number[])[3]])}
          />
        </figure>
        <figure>
          <figcaption>
            <h3>{graphTitle(song)}</h3>
            <small>{texts.model.graph.help}</small>
          </figcaption>
          <Plot
            option={network}
            label={texts.model.graph.label(
              grouped(graph.songs.length),
              grouped(graph.rules.length),
            )}
            onPress={({ dataType, data }) => {
              const { song: pressed, rule } = data as {
                song?: ShownRule['consequent'];
                rule?: ShownRule;
              };
              if (dataType === 'edge') setChosen(rule);
              else if (pressed) onChange({ ...explored, song: pressed });
            }}
          />
        </figure>
      </div>
      <p role="status" class="says">
        {says}
      </p>
      <RuleTable
        key={rules}
        {...{ page, sort }}
        more={(cursor) => source.rules({ ...query, cursor }, new AbortController().signal)}
        onSort={(measure) => onChange({ ...explored, sort: measure })}
        onPick={(picked) => onChange({ ...explored, song: picked })}
      />
    </>
  );
}

function titled(songs: RulePage['rules'][number]['antecedent'], track: string) {
  const wanted = track.toLowerCase();
  return songs.find((one) => one.track.toLowerCase() === wanted);
}

const sortable = ['support', 'confidence', 'lift'] as const;

function RuleTable({
  page,
  sort,
  more,
  onSort,
  onPick,
}: {
  page: RulePage;
  sort: Measure;
  more(cursor: string): Promise<RulePage>;
  onSort(measure: Measure): void;
  onPick(song: ShownRule['consequent']): void;
}) {
  const {
    items: rules,
    cursor,
    fault,
    more: askMore,
  } = useMore({ items: page.rules, cursor: page.cursor }, async (from) => {
    const next = await more(from);
    return { items: next.rules, cursor: next.cursor };
  });
  const [rows, setRows] = useState(rowsAtOnce);
  const isOther = !(sortable as readonly string[]).includes(sort);
  const counted = rules.some(({ together }) => together !== undefined);
  const showMore = async () => {
    setRows(rows + rowsAtOnce);
    if (rows + rowsAtOnce > rules.length) await askMore();
  };
  const head = (
    <>
      <th scope="col">{words.columns.antecedent}</th>
      <th scope="col">{words.columns.consequent}</th>
      {counted && <th scope="col">{words.columns.together}</th>}
      {sortable.map((measure) => (
        <th key={measure} scope="col" aria-sort={measure === sort ? 'descending' : 'none'}>
          <button type="button" class="plain" onClick={() => onSort(measure)}>
            {texts.model.measures[measure]}
            <span aria-hidden="true">{measure === sort ? ' ↓' : ''}</span>
          </button>
        </th>
      ))}
      {isOther && (
        <th scope="col" aria-sort="descending">
          {texts.model.measures[sort]} <span aria-hidden="true">↓</span>
        </th>
      )}
    </>
  );
  return (
    <>
      <Table caption={words.caption} head={head}>
        {rules.slice(0, rows).map((rule) => (
          <tr key={rule}>
            <td>
              <Songs songs={rule.antecedent} onPick={onPick} />
            </td>
            <td>
              <Songs songs={[rule.consequent]} onPick={onPick} />
            </td>
            {counted && (
              <td>
                {rule.together !== undefined &&
                  `${grouped(rule.together)} ${words.columns.of} ${grouped(rule.given ?? 0)}`}
              </td>
            )}
            <td>{percent(rule.support)}</td>
            <td>{percent(rule.confidence)}</td>
            <td>{short(rule.lift)}</td>
            {isOther && <td>{short(rule.value)}</td>}
          </tr>
        ))}
      </Table>
      {fault && <Trouble fault={fault} onRetry={() => void askMore()} />}
      <p class="take">
        {(rows < rules.length || cursor !== undefined) && (
          <button type="button" onClick={() => void showMore()}>
            {words.more}
          </button>
        )}
        <button
          type="button"
          onClick={() => download({ name: 'rules.csv', type: 'text/csv', text: rulesCsv(rules) })}
        >
          {words.download}
        </button>
      </p>
    </>
  );
}
