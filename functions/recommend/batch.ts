import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { asProblem, problem, problemBody } from '../../shared/problems.ts';
import type { Model } from './model.ts';
import { type FoundSongs, findSongs } from './recommend.ts';
import { checkRequest } from './request.ts';
import { type Allocate, encode, writeBriefAnswer } from './write.ts';

/** Lines that a batch may have; what Knative gives a request would not do for many more. */
export const mostLines = 20_000;

/** Characters of a line. */
const longestLine = 256 * 1024;

/** What one turn of the event loop may take: nobody's recommendation waits longer for it. */
const turnMs = 5;

/** Bytes of answers that are sent at once. */
const chunkBytes = 64 * 1024;

/** One line of a batch: what was found, and the id that it has. @throws `bad-request` */
function answerLine(model: Model, line: string): { id: unknown; found: FoundSongs } {
  let asked: { id?: unknown };
  try {
    asked = JSON.parse(line);
  } catch (error) {
    throw problem('bad-request', { reason: (error as Error).message });
  }
  const request = checkRequest(asked);
  return { id: asked.id, found: findSongs(model, request) };
}

/**
 * Answers requests as they come, in order: a line of JSON each. A line that is wrong is answered
 * with its problem; after more lines than a batch may have, the rest is read and left out.
 * @param body UTF-8; it is read as fast as the answers are taken.
 * @param model The model that serves when a line's turn comes.
 * @param onAnswer Told of each answer.
 */
export async function* answerLines(
  body: Readable,
  model: () => Model,
  onAnswer: (answer: FoundSongs) => void,
): AsyncGenerator<Buffer> {
  let number = 0;
  let refused = false;
  const answers = newLines();
  let began = performance.now();
  for await (const lines of linesOf(body)) {
    for (const line of lines) {
      number++;
      if (refused || line.trim() === '') continue;
      refused = number > mostLines || line.length > longestLine;
      try {
        if (number > mostLines) throw problem('batch-too-long', { mostLines });
        if (line.length > longestLine) throw problem('too-large', { limitBytes: longestLine });
        const serving = model();
        const { id, found } = answerLine(serving, line);
        onAnswer(found);
        writeBriefAnswer(serving, id, found, answers.allocate);
      } catch (error) {
        const problem = problemBody(asProblem(error));
        encode(`${JSON.stringify({ line: number, problem })}\n`, answers.allocate);
      }
      if (performance.now() - began < turnMs) continue;
      yield* answers.take();
      await setImmediate();
      began = performance.now();
    }
    // Whoever sends lines one by one may wait for the answer before the next.
    yield* answers.take();
  }
}

/** Lines that are written one behind the other. */
interface Lines {
  allocate: Allocate;
  /** What was written since. */
  take(): Buffer[];
}

function newLines(): Lines {
  let written: Buffer[] = [];
  let rest = Buffer.alloc(0);
  let used = 0;
  const end = () => {
    if (used > 0) written.push(rest.subarray(0, used));
    rest = rest.subarray(used);
    used = 0;
  };
  return {
    allocate(bytes) {
      if (used + bytes > rest.length) {
        end();
        rest = Buffer.allocUnsafeSlow(Math.max(bytes, chunkBytes));
      }
      used += bytes;
      return rest.subarray(used - bytes, used);
    },
    take() {
      end();
      const taken = written;
      written = [];
      return taken;
    },
  };
}

/** Lines of a text as they come; one that is too long comes cut, as soon as it is known to be. */
async function* linesOf(body: Readable): AsyncGenerator<string[]> {
  body.setEncoding('utf8');
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    if (rest.length > longestLine) {
      lines.push(rest);
      rest = '';
    }
    yield lines;
  }
  yield [rest];
}
