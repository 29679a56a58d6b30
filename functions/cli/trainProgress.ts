/** What a person sees of a training who watches it. */
import type { SingleBar } from 'cli-progress';
import type { StepDone } from '../retrain/train.ts';
import { duration, grouped } from './output.ts';

/** Draws a bar while text is read, and a line for each step that is done. */
export interface Progress {
  onRead(bytes: number, allBytes: number): void;
  onStep(done: StepDone): void;
}

/** Lines alone: what is not read by a person at a terminal. */
export function lineProgress(): Progress {
  return { onRead: () => {}, onStep: showStep };
}

/** Also a bar, with the rate and the time that is left, on the terminal that errors go to. */
export async function barProgress(): Promise<Progress> {
  const { SingleBar: Bar } = (await import('cli-progress')).default;
  let bar: SingleBar | undefined;
  let read = 0;
  const began = performance.now();
  return {
    onRead: (bytes, allBytes) => {
      read += bytes;
      const rate = `${(read / 1000 / (performance.now() - began)).toFixed(1)} MB/s`;
      if (bar === undefined) {
        bar = new Bar({
          format: 'reading      {bar} {percentage} %, {rate}, {eta_formatted} left',
          ...{ clearOnComplete: true, hideCursor: true, stream: process.stderr },
        });
        bar.start(allBytes, 0, { rate });
      }
      bar.update(read, { rate });
    },
    onStep: (done) => {
      if (done.step === 'table') bar?.stop();
      showStep(done);
    },
  };
}

function showStep({ step, ms, counts }: StepDone): void {
  const figures = Object.entries(counts).map(([name, count]) => `${words(name)} ${grouped(count)}`);
  process.stderr.write(`${step.padEnd(13)}${duration(ms).padStart(8)}  ${figures.join(', ')}\n`);
}

/** `minSupport` to "min support". */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
