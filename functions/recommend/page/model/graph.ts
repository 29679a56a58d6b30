/** Songs as nodes, rules as arrows. */
import { type Song, songLine } from '../api.ts';
import { texts } from '../texts.ts';
import type { Palette } from './palette.ts';
import { liftsOf, logLift, sentenceOf } from './scatter.ts';
import type { ShownRule } from './source.ts';

/** Rules in a graph at most: more arrows are a tangle. */
const mostRules = 60;
/** Songs in a graph at most: the names of more cannot be read. */
const mostSongs = 32;

/** What a graph shows. */
export interface RuleGraph {
  songs: Song[];
  rules: ShownRule[];
}

/** The best rules, and their songs, those that go together side by side. */
export function graphOf(rules: readonly ShownRule[]): RuleGraph {
  const songs = new Map<string, Song>();
  const shown: ShownRule[] = [];
  for (const rule of rules) {
    if (shown.length === mostRules) break;
    const all = [...rule.antecedent, rule.consequent];
    const fresh = all.filter((song) => !songs.has(songLine(song)));
    if (songs.size + fresh.length > mostSongs) continue;
    for (const song of fresh) songs.set(songLine(song), song);
    shown.push(rule);
  }
  return { songs: inGroups(songs, shown), rules: shown };
}

/** Each song followed by those that it has rules with, as far as they lead. */
function inGroups(songs: ReadonlyMap<string, Song>, rules: readonly ShownRule[]): Song[] {
  const sets = rules.map((rule) => [...rule.antecedent, rule.consequent].map(songLine));
  const order = new Set<string>();
  const visit = (name: string) => {
    if (order.has(name)) return;
    order.add(name);
    for (const set of sets) if (set.includes(name)) for (const other of set) visit(other);
  };
  for (const name of songs.keys()) visit(name);
  return Array.from(order, (name) => songs.get(name)!);
}

/** The option of the plot. @param around In the middle, if it is given. */
export function graphOption(
  { songs, rules }: RuleGraph,
  around: string | undefined,
  { text, quiet, line, ground, accent, ramp }: Palette,
): Record<string, unknown> {
  const neighbours = songs.filter((song) => songLine(song) !== around);
  const [lowest, highest] = liftsOf(rules);
  const rulesOf = new Map<string, number>();
  const links = rules.flatMap((rule) => {
    const target = songLine(rule.consequent);
    return rule.antecedent.map((song) => {
      const source = songLine(song);
      for (const end of [source, target]) rulesOf.set(end, (rulesOf.get(end) ?? 0) + 1);
      const share = Math.max(0, (logLift(rule) - lowest) / (highest - lowest));
      const step = Math.round(share * (ramp.length - 1));
      return {
        source,
        target,
        rule,
        lineStyle: { width: 1 + 4 * rule.confidence, color: ramp[step], curveness: 0.15 },
      };
    });
  });
  const placeOf = (song: Song, size: number) => {
    const at = neighbours.indexOf(song);
    if (at === -1) return { x: 0, y: 0, label: { show: false } };
    const turn = (at + 0.5) / neighbours.length;
    const place = 2 * Math.PI * turn - Math.PI / 2;
    const [x, y] = [150 * Math.cos(place), 100 * Math.sin(place)];
    const angle = Math.atan2(y, x);
    // Names go outwards, and none stands on its head.
    const isRight = turn < 0.5;
    const middle = size / 2;
    const from = middle + 5;
    return {
      ...{ x, y },
      label: {
        position: [middle + from * Math.cos(angle), middle + from * Math.sin(angle)],
        ...{ align: isRight ? 'left' : 'right', verticalAlign: 'middle' },
        rotate: (-180 * angle) / Math.PI + (isRight ? 0 : 180),
      },
    };
  };
  return {
    animation: false,
    textStyle: { color: text },
    tooltip: {
      renderMode: 'richText',
      backgroundColor: ground,
      borderColor: line,
      textStyle: { color: text, width: 260, overflow: 'break' },
      confine: true,
      formatter: ({
        dataType,
        data,
      }: {
        dataType: string;
        data: { name: string; rule: ShownRule };
      }) => (dataType === 'edge' ? sentenceOf(data.rule) : data.name),
    },
    series: [
      {
        type: 'graph',
        layout: 'none',
        preserveAspect: 'contain',
        ...{ left: 70, right: 70, top: 118, bottom: 118 },
        roam: false,
        edgeSymbol: ['none', 'arrow'],
        edgeSymbolSize: [0, 7],
        lineStyle: { opacity: 0.75 },
        emphasis: { focus: 'adjacency' },
        label: {
          ...{ show: true, color: text, fontSize: 11 },
          ...{ width: 100, overflow: 'truncate' },
          formatter: ({ data }: { data: { song: Song } }) => data.song.track,
        },
        data: songs.map((song) => {
          const name = songLine(song);
          const isMiddle = name === around;
          const size = isMiddle ? 20 : 7 + Math.min(10, 2 * rulesOf.get(name)!);
          return {
            name,
            song,
            symbolSize: size,
            itemStyle: { color: isMiddle ? accent : quiet, borderColor: ground, borderWidth: 1 },
            ...placeOf(song, size),
          };
        }),
        links,
      },
    ],
  };
}

/** What the graph is called. */
export function graphTitle(around: Song | undefined): string {
  return texts.model.graph.title(around?.track);
}
