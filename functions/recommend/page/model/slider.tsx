import { useId } from 'preact/hooks';

/** Steps of every slider. */
const steps = 200;

/** A threshold: a slider that says its value in words. */
export function Slider({
  label,
  from,
  to,
  logarithmic = false,
  value,
  say,
  round,
  onMove,
}: {
  label: string;
  from: number;
  to: number;
  /** Whether a step multiplies instead of adding. */
  logarithmic?: boolean;
  value: number;
  say(value: number): string;
  round(value: number): number;
  onMove(value: number): void;
}) {
  const id = useId();
  const share = logarithmic
    ? Math.log(Math.max(from, value) / from) / Math.log(to / from || 1)
    : (value - from) / (to - from);
  const valueAt = (step: number) =>
    round(logarithmic ? from * (to / from) ** (step / steps) : from + ((to - from) * step) / steps);
  return (
    <div class="slider">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="range"
        min={0}
        max={steps}
        value={Math.round(Math.min(1, Math.max(0, share)) * steps)}
        aria-valuetext={say(value)}
        onInput={(event) => onMove(valueAt(Number(event.currentTarget.value)))}
        onKeyDown={(event) => {
          // A key must change the value: where steps are finer than its grain, it goes on to the next.
          const direction = keys[event.key];
          if (direction === undefined) return;
          event.preventDefault();
          let step = Math.round(Math.min(1, Math.max(0, share)) * steps);
          do step += direction;
          while (step > 0 && step < steps && valueAt(step) === value);
          onMove(valueAt(Math.min(steps, Math.max(0, step))));
        }}
      />
      <output for={id}>{say(value)}</output>
    </div>
  );
}

const keys: Readonly<Record<string, number>> = {
  ...{ ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 },
};
