import type { EChartsType } from 'echarts/core';
import { useEffect, useRef, useState } from 'preact/hooks';
import { dark, light, type Palette } from './palette.ts';

/** The colours of the scheme that the person prefers. */
export function usePalette(): Palette {
  const [isDark, setDark] = useState(() => matchMedia(darkScheme).matches);
  useEffect(() => {
    const query = matchMedia(darkScheme);
    const follow = () => setDark(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  return isDark ? dark : light;
}

const darkScheme = '(prefers-color-scheme: dark)';

/**
 * A plot: a picture with a label for who does not see it.
 * @param option For the library; a new object draws the plot anew.
 * @param onPress The name and data of what was pressed.
 */
export function Plot({
  option,
  label,
  onPress,
}: {
  option: Record<string, unknown>;
  label: string;
  onPress(item: { seriesType?: string; dataType?: string; data: unknown }): void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<EChartsType>();
  const press = useRef(onPress);
  press.current = onPress;
  useEffect(() => {
    let ended = false;
    let made: EChartsType | undefined;
    const follow = new ResizeObserver(() => made?.resize());
    void import('./echarts.ts').then(({ init }) => {
      if (ended) return;
      made = init(box.current!);
      made.on('click', (item) => press.current(item as Parameters<typeof onPress>[0]));
      follow.observe(box.current!);
      setChart(made);
    });
    return () => {
      ended = true;
      follow.disconnect();
      made?.dispose();
    };
  }, []);
  useEffect(() => chart?.setOption(option, { notMerge: true }), [chart, option]);
  return <div class="plot" ref={box} role="img" aria-label={label} />;
}
