import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

/** A plot with one line a series. */
export interface LinePlot {
  title: string;
  x: Axis;
  y: Axis;
  series: readonly { name: string; points: readonly (readonly [x: number, y: number])[] }[];
}

export interface Axis {
  name: string;
  scale: 'linear' | 'log';
}

/** The plot as an SVG document. */
export function drawLines({ title, x, y, series }: LinePlot): string {
  use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 720, height: 440 });
  const axis = ({ name, scale }: Axis) => ({
    type: scale === 'log' ? ('log' as const) : ('value' as const),
    name,
    nameLocation: 'middle' as const,
    nameGap: 36,
  });
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    title: { text: title, left: 'center', top: 4 },
    legend: { top: 36 },
    grid: { top: 76, left: 64, right: 24, bottom: 56 },
    xAxis: axis(x),
    yAxis: axis(y),
    series: series.map(({ name, points }) => ({
      type: 'line' as const,
      name,
      data: points.map((point) => [...point]),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
