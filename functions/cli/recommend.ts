import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { problem } from '../../shared/problems.ts';
import { limits } from '../recommend/limits.ts';
import type { Model } from '../recommend/model.ts';
import { recommend, recommendBriefly } from '../recommend/recommend.ts';
import { checkRequest } from '../recommend/request.ts';
import type { Reason, RecommendAnswer, RecommendRequest } from '../recommend/schemas.ts';
import { loadModel } from './model.ts';
import { examples, jsonOption, numberWithin, storeOption, wholeNumber } from './options.ts';
import { counted, printJson, printLine, printLines, songLine } from './output.ts';

interface RecommendCommandOptions {
  limit?: string;
  exclude?: string[];
  diversity?: string;
  batch?: string;
  json?: true;
}

const { recommendations: most } = limits;

/** `segue recommend` */
export function recommendCommand(): Command {
  return new Command('recommend')
    .description('Recommend songs for songs, with reasons.')
    .argument('[song...]', 'titles, or "TITLE - ARTIST"')
    .addOption(storeOption())
    .option('--limit <n>', `most songs in the answer (default: "${most.default}")`)
    .option('--exclude <song>', 'a song that is not recommended; may be given again', collect)
    .option('--diversity <d>', 'at most 1/d songs of one artist in a row: 0 (default) to 1')
    .option('--snapshot <version>', 'ask this version instead of the newest')
    .option(
      '--batch <file>',
      'NDJSON {"id", "songs", ...} a line from a file, or "-"; answers in order',
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        'segue recommend "Yesterday" "Hey Jude - The Beatles" --limit 10',
        'segue recommend "Hello - Adele" --exclude "Skyfall" --diversity 0.5',
        'segue recommend "Yesterday" --snapshot 3 --json',
      ),
    )
    .action(async (songs: string[], options: RecommendCommandOptions) => {
      if ((songs.length === 0) === (options.batch === undefined)) {
        throw problem('usage', { reason: 'Give songs, or --batch with a file or "-".' });
      }
      const asked = requestOf(options);
      const model = await loadModel(options);
      if (options.batch !== undefined) {
        // One by one: who gives a line to standard input may wait for its answer.
        for await (const line of answerBatch(model, options.batch, asked)) await printLine(line);
        return;
      }
      const answer = recommend(model, checkRequest({ ...asked, songs }));
      if (options.json) printJson(answer);
      else await printLines(table(answer));
    });
}

/** Gathers the values of an option that may be given more than once. */
function collect(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

/** What the options say about every request. */
function requestOf(options: RecommendCommandOptions): Omit<RecommendRequest, 'songs'> {
  const { exclude } = options;
  const limit = wholeNumber('--limit', options.limit, most.maximum);
  const diversity = numberWithin('--diversity', options.diversity, limits.diversity);
  return {
    ...(limit !== undefined && { limit }),
    ...(exclude !== undefined && { exclude }),
    ...(diversity !== undefined && { diversity }),
  };
}

/** One line in, one line out, in order; a line's own limits go first. Nothing but the line at work is held. */
async function* answerBatch(
  model: Model,
  path: string,
  asked: Omit<RecommendRequest, 'songs'>,
): AsyncGenerator<string> {
  let number = 0;
  for await (const line of linesOf(path)) {
    number++;
    if (line.trim() === '') continue;
    const { id, request } = parseLine(line, path, number);
    yield JSON.stringify({ id, ...recommendBriefly(model, { ...asked, ...request }) });
  }
}

/** @throws `batch-missing` */
async function* linesOf(path: string): AsyncGenerator<string> {
  try {
    const input = path === '-' ? process.stdin : (await open(path)).createReadStream();
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    throw problem('batch-missing', { path, reason: (error as Error).message });
  }
}

/** @throws `batch-line` */
function parseLine(
  line: string,
  path: string,
  number: number,
): { id: unknown; request: RecommendRequest } {
  try {
    const request = JSON.parse(line);
    return { request: checkRequest(request), id: request.id };
  } catch (error) {
    const { message } = error as Error;
    throw problem('batch-line', {
      path: path === '-' ? 'Standard input' : path,
      line: number,
      reason: message,
    });
  }
}

/** An answer for people. */
export function* table(answer: RecommendAnswer): Generator<string> {
  for (const title of answer.unmatched) yield `"${title}" is not in the playlists.`;
  for (const { asked, track, artist, others, corrected } of answer.matched) {
    yield `"${asked}" is ${corrected ? 'taken for ' : ''}${songLine(track, artist)}.`;
    const ask = `ask for "TITLE - ARTIST" if you mean another`;
    if (others > 0) yield `   ${counted(others, 'other song')} of this title: ${ask}.`;
  }
  if (answer.fallback === 'popular') yield 'No rule fires; these are the most popular songs:';
  if (answer.fallback === 'artist') yield 'No rule fires; these are songs of the same artists:';
  for (const [i, { track, artist, because }] of answer.recommendations.entries()) {
    yield `${String(i + 1).padStart(3)}  ${songLine(track, artist)}`;
    for (const reason of because) yield `       ${sentence(reason)}`;
  }
  yield `Version ${answer.version} of ${answer.model_date}`;
}

function sentence(reason: Reason): string {
  if (reason.kind === 'popular') return `is in ${counted(reason.support, 'playlist')}`;
  if (reason.kind === 'artist') {
    return `${reason.together} of ${counted(reason.given, 'playlist')} with ${reason.artist} ${reason.together === 1 ? 'has' : 'have'} it`;
  }
  const { songs, together, given, lift } = reason;
  const have = together === 1 ? 'has' : 'have';
  return `${together} of ${counted(given, 'playlist')} with ${songs.join(' and ')} ${have} it, ${times(lift)} as often as by chance`;
}

function times(lift: number): string {
  return `${lift >= 10 ? Math.round(lift) : lift.toFixed(1)} times`;
}
