import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { Value } from 'typebox/value';
import { unusable } from '../../shared/durable.ts';
import { problem } from '../../shared/problems.ts';
import type { Model } from '../recommend/model.ts';
import { recommend } from '../recommend/recommend.ts';
import { type Reason, type RecommendAnswer, RecommendRequest } from '../recommend/schemas.ts';
import { loadModel } from './model.ts';
import { jsonOption, settingsFrom, storeOption } from './options.ts';
import { printJson, printLines, songLine } from './output.ts';

interface RecommendCommandOptions {
  limit: string;
  batch?: string;
  json?: true;
}

/** `segue recommend` */
export function recommendCommand(): Command {
  return new Command('recommend')
    .description('Recommend songs for songs, with reasons.')
    .argument('[song...]', 'titles')
    .addOption(storeOption())
    .option('--limit <n>', 'most songs in the answer', '20')
    .option('--snapshot <version>', 'ask this version instead of the newest')
    .option('--batch <file>', 'NDJSON {"id", "songs"} a line from a file, or "-"; answers in order')
    .addOption(jsonOption())
    .action(async (songs: string[], options: RecommendCommandOptions) => {
      const { STORE, SNAPSHOT } = settingsFrom({ ...options }, ['STORE', 'SNAPSHOT']);
      if ((songs.length === 0) === (options.batch === undefined)) {
        throw problem('usage', { reason: 'Give songs, or --batch with a file or "-".' });
      }
      const limit = Number(options.limit);
      const model = await loadModel(STORE, SNAPSHOT);
      if (options.batch !== undefined) {
        await printLines(answerBatch(model, options.batch, limit));
        return;
      }
      const asked = checkRequest({ songs, limit });
      const answer = recommend(model, asked.songs, asked.limit);
      if (options.json) printJson(answer);
      else await printLines(table(answer));
    });
}

/** The limits of POST /api/recommend, for the shell. @throws `bad-request` */
function checkRequest(request: unknown): RecommendRequest {
  if (Value.Check(RecommendRequest, request)) return request;
  const [first] = Value.Errors(RecommendRequest, request);
  throw problem('bad-request', { reason: `request${first.instancePath} ${first.message}` });
}

/** One line in, one line out, in order; nothing but the line at work is held. */
async function* answerBatch(model: Model, file: string, limit: number): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  let number = 0;
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++;
      if (line.trim() === '') continue;
      const { id, songs } = parseLine(line, number);
      const asked = checkRequest({ songs, limit });
      const { recommendations, unmatched } = recommend(model, asked.songs, asked.limit);
      const plain = recommendations.map(({ track, artist, score }) => ({ track, artist, score }));
      yield JSON.stringify({ id, recommendations: plain, unmatched });
    }
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? unusable(file, error) : error;
  }
}

function parseLine(line: string, number: number): { id: unknown; songs: unknown } {
  try {
    return JSON.parse(line) as { id: unknown; songs: unknown };
  } catch {
    throw problem('bad-request', { reason: `Line ${number} is not JSON.` });
  }
}

/** An answer for people. */
function* table(answer: RecommendAnswer): Generator<string> {
  for (const title of answer.unmatched) yield `Not in the model: ${title}`;
  for (const { asked, track, artist, others } of answer.matched) {
    const namesakes = others === 0 ? '' : ` (${others} more of this title)`;
    yield `${asked}: ${songLine(track, artist)}${namesakes}`;
  }
  if (answer.fallback !== undefined) yield 'No rule fired; these are the most popular songs:';
  for (const [i, { track, artist, because }] of answer.recommendations.entries()) {
    yield `${String(i + 1).padStart(3)}  ${songLine(track, artist)}`;
    for (const reason of because) yield `       ${sentence(reason)}`;
  }
  yield `Version ${answer.version} of ${answer.model_date}`;
}

function sentence(reason: Reason): string {
  if (reason.kind === 'popular') return `is in ${reason.support} playlists`;
  const { songs, together, given, lift } = reason;
  return `${together} of ${given} playlists with ${songs.join(' and ')} have it, ${times(lift)} as often as by chance`;
}

function times(lift: number): string {
  return `${lift >= 10 ? Math.round(lift) : lift.toFixed(1)} times`;
}
