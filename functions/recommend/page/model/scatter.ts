/** Rules by support and confidence, coloured by lift. */
import { songLine } from '../api.ts';
import { grouped, percent, ruleSentence, short, texts } from '../texts.ts';
import type { Palette } from './palette.ts';
import type { Extent, ShownRule } from './source.ts';

/** What the library hands to who draws an item. */
interface Drawing {
  value(dimension: number): number;
  coord(point: [number, number]): [number, number];
}

/** The option of the plot. */
export function scatterOption(
  rules: readonly ShownRule[],
  { support: [least, most], cells }: Extent,
  { text, quiet, line, ground, ramp }: Palette,
): Record<string, unknown> {
  const words = texts.model.scatter;
  const axis = {
    nameTextStyle: { color: quiet },
    axisLine: { lineStyle: { color: line } },
    splitLine: { lineStyle: { color: line, opacity: 0.5 } },
    nameLocation: 'middle',
  };
  const ticks = ticksBetween(least, most);
  const [lowest, highest] = liftsOf(rules);
  const mostInCell = cells.reduce((many, cell) => Math.max(many, cell.rules), 1);
  return {
    animation: false,
    textStyle: { color: text },
    grid: { left: 56, right: 16, top: 48, bottom: 52 },
    tooltip: {
      // Markup would need styles that the page's policy does not let in.
      renderMode: 'richText',
      backgroundColor: ground,
      borderColor: line,
      textStyle: { color: text, width: 260, overflow: 'break' },
      confine: true,
      formatter: ({ data }: { data: number[] }) => tip(rules[data[3]]),
    },
    visualMap: {
      ...{ type: 'continuous', seriesIndex: 1, dimension: 2, calculable: false },
      ...{ min: lowest, max: highest },
      ...{ orient: 'horizontal', right: 8, top: 4, itemWidth: 10, itemHeight: 120 },
      text: [
        short(10 ** highest),
        `${words.lift} ${lowest === 0 ? '≤ ' : ''}${short(10 ** lowest)}`,
      ],
      textStyle: { color: quiet },
      inRange: { color: ramp },
      outOfRange: { color: quiet },
    },
    xAxis: {
      ...{ ...axis, type: 'value', name: words.support, nameGap: 30 },
      ...{ min: Math.log10(least) - 0.05, max: Math.log10(most) + 0.05 },
      axisTick: { customValues: ticks },
      axisLabel: {
        color: quiet,
        customValues: ticks,
        formatter: (value: number) => percent(10 ** value),
      },
    },
    yAxis: {
      ...{ ...axis, type: 'value', name: words.confidence, nameGap: 42, min: 0, max: 1 },
      axisLabel: { color: quiet, formatter: (value: number) => percent(value) },
    },
    series: [
      {
        type: 'custom',
        silent: true,
        tooltip: { show: false },
        encode: { x: [0, 1], y: [2, 3] },
        data: cells.map((cell) => [
          ...[Math.log10(cell.support), Math.log10(cell.supportEnd)],
          ...[cell.confidence, cell.confidenceEnd, cell.rules],
        ]),
        renderItem: (_: unknown, api: Drawing) => {
          const [left, bottom] = api.coord([api.value(0), api.value(2)]);
          const [right, top] = api.coord([api.value(1), api.value(3)]);
          const share = Math.log1p(api.value(4)) / Math.log1p(mostInCell);
          return {
            type: 'rect',
            shape: { x: left, y: top, width: right - left, height: bottom - top },
            style: { fill: quiet, opacity: 0.06 + 0.3 * share },
          };
        },
      },
      {
        type: 'scatter',
        symbolSize: 9,
        itemStyle: { borderColor: ground, borderWidth: 1, opacity: 0.9 },
        emphasis: { itemStyle: { borderColor: text, borderWidth: 2 } },
        // The highest lifts on top.
        data: rules
          .map((rule, i) => [Math.log10(rule.support), rule.confidence, logLift(rule), i])
          .reverse(),
      },
    ],
  };
}

/** A rule in two lines. */
function tip(rule: ShownRule): string {
  const { support, confidence, lift, together } = rule;
  const figures = [
    `${texts.model.scatter.support} ${percent(support)}${together ? ` (${grouped(together)})` : ''}`,
    `${texts.model.scatter.confidence} ${percent(confidence)}`,
    `${texts.model.scatter.lift} ${short(lift)}`,
  ];
  return `${sentenceOf(rule)}\n${figures.join(', ')}`;
}

/** A rule in plain words. */
export function sentenceOf({ antecedent, consequent, ...figures }: ShownRule): string {
  return ruleSentence(antecedent.map(songLine), songLine(consequent), figures);
}

/** The colour's figure; lifts below chance are one colour. */
export function logLift({ lift }: ShownRule): number {
  return Number.isNaN(lift) ? 0 : Math.max(0, Math.log10(lift));
}

/** Between what the figures of colours are: as far apart as they are, so that they can be told. */
export function liftsOf(rules: readonly ShownRule[]): [lowest: number, highest: number] {
  const figures = rules.filter(({ lift }) => !Number.isNaN(lift)).map(logLift);
  const lowest = Math.min(...figures, 2);
  return [lowest, Math.max(...figures, lowest + 0.1)];
}

/** Logarithms of 1, 2 and 5 times the powers of ten between two shares. */
function ticksBetween(least: number, most: number): number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.log10(most); power++) {
    for (const step of [1, 2, 5]) {
      const tick = power + Math.log10(step);
      if (tick >= Math.log10(least) - 0.05 && tick <= Math.log10(most) + 0.05) ticks.push(tick);
    }
  }
  return ticks;
}
