import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import t from 'tap';
import { type FiledRule, readRuleFile } from '../../../../shared/ruleFile.ts';
import { graphOf, graphOption, graphTitle } from './graph.ts';
import { isMeasure, measureOf, measures } from './measures.ts';
import { light } from './palette.ts';
import { logLift, scatterOption, sentenceOf } from './scatter.ts';
import { fileSource, rulesCsv, type ShownRule } from './source.ts';

/** Of 100 baskets; the last one does not tell its lift. */
const filed: FiledRule[] = [
  { antecedent: ['a'], consequents: ['b'], support: 0.2, confidence: 0.5, lift: 2, count: 20 },
  { antecedent: ['b'], consequents: ['a'], support: 0.2, confidence: 0.8, lift: 2 },
  { antecedent: ['a', 'b'], consequents: ['c'], support: 0.1, confidence: 0.5, lift: 5 },
  { antecedent: ['c'], consequents: ['a', 'b'], support: 0.1, confidence: 1, lift: 5 },
  { antecedent: ['d'], consequents: ['e'], support: 0.05, confidence: 0.25, lift: 0.5 },
  { antecedent: ['e'], consequents: ['"f", g'], support: 0.01, confidence: 0.1 },
];
const source = fileSource('rules.csv', filed);
const waits = new AbortController().signal;
const any = { support: 0, confidence: 0, lift: 0, sort: 'lift' as const, limit: 100 };
const names = (rules: readonly ShownRule[]) =>
  rules.map(
    ({ antecedent, consequent }) =>
      `${antecedent.map(({ track }) => track).join('+')}>${consequent.track}`,
  );

t.test('rules of a file are filtered and sorted as those of the server', async (t) => {
  const all = await source.rules(any, waits);
  t.same(names(all.rules), ['a+b>c', 'c>a + b', 'a>b', 'b>a', 'd>e', 'e>"f", g']);
  t.match(all, { met: 6, scanned: 6, complete: true });
  t.equal(all.cursor, undefined);
  const asked = async (query: Partial<Parameters<typeof source.rules>[0]>) =>
    names((await source.rules({ ...any, ...query }, waits)).rules);
  t.same(await asked({ song: { track: 'a' } }), ['a+b>c', 'a>b', 'b>a']);
  t.same(await asked({ support: 0.2, confidence: 0.6 }), ['b>a']);
  t.same(await asked({ lift: 3 }), ['a+b>c', 'c>a + b', 'e>"f", g'], 'what is not told is shown');
  t.same((await asked({ sort: 'confidence' })).slice(0, 2), ['c>a + b', 'b>a']);
  t.equal(
    (await asked({ sort: 'conviction' })).at(-1),
    'e>"f", g',
    'what is infinite, or has no value, comes last',
  );
  const first = await source.rules({ ...any, limit: 4 }, waits);
  t.equal(first.cursor, '4');
  const rest = await source.rules({ ...any, limit: 4, cursor: first.cursor }, waits);
  t.same(names([...first.rules, ...rest.rules]), names(all.rules));
  t.equal(rest.cursor, undefined);
});

t.test('what is known of a file as a whole', async (t) => {
  t.same(await source.extent(waits), { support: [0.01, 0.2], lift: 5, cells: [] });
  t.equal(source.file, 'rules.csv');
  t.same(
    (await source.suggest(' A', waits)).map(({ track }) => track),
    ['a', 'a + b'],
    'in most rules first',
  );
});

t.test('every measure that is offered can be had of a rule', async (t) => {
  t.ok(isMeasure('phi') && isMeasure('lift'));
  t.notOk(isMeasure('toString') || isMeasure(undefined));
  const [rule] = (await source.rules({ ...any, song: { track: 'a' } }, waits)).rules.slice(-2);
  t.match(rule, { together: 20, given: 40 });
  // Of 100 baskets 40 have a, 25 have b, 20 both.
  const expected = { support: 0.2, confidence: 0.5, lift: 2, leverage: 0.1, conviction: 1.5 };
  for (const [measure, value] of Object.entries(expected)) {
    assert(isMeasure(measure));
    t.ok(Math.abs(measureOf(measure)(rule) - value) < 1e-12, measure);
  }
  for (const measure of measures) t.type(measureOf(measure)(rule), 'number', measure);
});

t.test('rules taken along can be read again', async (t) => {
  const { rules } = await source.rules(any, waits);
  const text = rulesCsv(rules);
  t.equal(parse(text).length, 7);
  const again = readRuleFile(text);
  t.same(again[2], {
    ...{ antecedent: ['a'], consequents: ['b'], support: 0.2, confidence: 0.5, lift: 2, count: 20 },
  });
  t.equal(again[5].lift, undefined);
});

t.test('a plot has a point for each rule', async (t) => {
  const { rules } = await source.rules(any, waits);
  const cell = {
    support: 0.1,
    supportEnd: 0.2,
    confidence: 0,
    confidenceEnd: 1,
    rules: 3,
    lift: 2,
  };
  const extent = { ...(await source.extent(waits)), cells: [cell] };
  const option = scatterOption(rules, extent, light) as {
    series: { data: number[][]; renderItem(_: unknown, api: object): { shape: object } }[];
    tooltip: { formatter(item: { data: number[] }): string };
    xAxis: { axisLabel: { customValues: number[]; formatter(value: number): string } };
    yAxis: { axisLabel: { formatter(value: number): string } };
  };
  const [cells, points] = option.series;
  t.equal(points.data.length, rules.length);
  for (const [x, y, , i] of points.data) {
    t.ok(Math.abs(10 ** x - rules[i].support) < 1e-12 && y === rules[i].confidence);
  }
  const drawn = cells.renderItem(undefined, {
    value: (dimension: number) => cells.data[0][dimension],
    coord: ([x, y]: [number, number]) => [x * 100, 100 - y * 100],
  });
  t.match(drawn, { shape: { y: 0, height: 100 } });
  t.match(option.tooltip.formatter({ data: [0, 0, 0, 2] }), /^20 of 40 .*\n.*20.%.*\(20\), .*50.%/);
  t.match(option.tooltip.formatter({ data: [0, 0, 0, 5] }), /^10.% of the playlists with e .*–$/s);
  const scale = (some: typeof rules) => {
    const { visualMap } = scatterOption(some, extent, light) as { visualMap: { text: string[] } };
    return visualMap.text[1];
  };
  t.match(scale(rules), '≤', 'what is below has the colour of the lowest');
  t.notMatch(scale(rules.filter((rule) => logLift(rule) > 0.1)), '≤');
  const labels = option.xAxis.axisLabel;
  t.same(
    labels.customValues.map((tick) => Number.parseFloat(labels.formatter(tick))),
    [1, 2, 5, 10, 20],
  );
  t.equal(option.yAxis.axisLabel.formatter(0.5), '50\u00a0%');
  t.equal(logLift(rules[4]), 0, 'below chance is one colour');
});

t.test('a graph has the songs of its rules, those that go together side by side', async (t) => {
  const { rules } = await source.rules(any, waits);
  const graph = graphOf(rules);
  t.same(
    graph.songs.map(({ track }) => track),
    ['a', 'b', 'c', 'a + b', 'd', 'e', '"f", g'],
  );
  t.equal(graph.rules.length, rules.length);
  interface Option {
    series: {
      data: { name: string; x: number; y: number; label: object }[];
      links: { source: string; target: string }[];
      label: { formatter(item: object): string };
    }[];
    tooltip: { formatter(item: object): string };
  }
  const option = (around?: string) => graphOption(graph, around, light) as unknown as Option;
  const [{ data, links, label }] = option('a').series;
  t.match(
    data.find(({ name }) => name === 'a'),
    { x: 0, y: 0 },
  );
  t.equal(new Set(data.map(({ x, y }) => `${x} ${y}`)).size, data.length, 'none hides another');
  t.equal(links.length, 7, 'an arrow from each song of an antecedent');
  t.equal(label.formatter({ data: { song: { track: 'a' } } }), 'a');
  const { formatter } = option().tooltip;
  t.equal(formatter({ dataType: 'node', data: { name: 'a' } }), 'a');
  t.equal(formatter({ dataType: 'edge', data: { rule: rules[0] } }), sentenceOf(rules[0]));

  const many = Array.from({ length: 100 }, (_, i) => ({
    ...rules[0],
    antecedent: [{ track: `s${i}` }],
  }));
  t.ok(graphOf(many).songs.length <= 32);
  t.equal(graphOf(Array.from({ length: 100 }, () => rules[0])).rules.length, 60);
  t.same(graphOf([]), { songs: [], rules: [] });
  t.equal(graphTitle({ track: 'a' }), 'Around a');
});
