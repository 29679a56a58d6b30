import type { Run } from './api.ts';
import { duration, moment, texts } from './texts.ts';

/** Trainings that are shown: the newest. */
const shown = 20;

/** The trainings, the newest first, with their steps while they run and the verdict afterwards. */
export function Runs({ runs }: { runs: readonly Run[] }) {
  return (
    <section>
      <h2>{texts.runs.title}</h2>
      {runs.length === 0 && <p>{texts.runs.none}</p>}
      <ol class="runs" aria-label={texts.runs.title}>
        {runs.slice(0, shown).map((run, i) => (
          <li key={run.key}>
            <p>
              <strong>{run.datasets.map(({ name }) => name).join(', ')}</strong>{' '}
              <small>{moment(run.updated)}</small>
              <br />
              <span class={run.outcome ?? 'running'}>{verdict(run)}</span>
            </p>
            <details open={i === 0}>
              <summary>{texts.runs.steps}</summary>
              <ul>
                {run.steps.map(({ step, ms, counts }, position) => (
                  // A step comes once in a training, but a training may be tried again.
                  <li key={`${position} ${step}`}>
                    {step}, {duration(ms)}: {figures(counts)}
                  </li>
                ))}
              </ul>
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** How a training ended, or what it is doing. */
function verdict({ outcome, step, version = '', reason = '' }: Run): string {
  switch (outcome) {
    case undefined:
      return texts.runs.running(step);
    case 'published':
    case 'again':
    case 'superseded':
      return texts.runs.outcomes[outcome](version);
    default:
      return texts.runs.outcomes[outcome](reason);
  }
}

function figures(counts: Record<string, number>): string {
  return Object.entries(counts)
    .map(([name, number]) => `${name} ${number.toLocaleString('en')}`)
    .join(', ');
}
