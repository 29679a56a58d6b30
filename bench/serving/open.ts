import { createServer } from 'node:http';
import { artistOf, titleOf, toModel } from '../../functions/recommend/model.ts';
import { describe, findSongs } from '../../functions/recommend/recommend.ts';
import { pageOfRules } from '../../functions/recommend/rules/page.ts';
import type { RecommendRequest } from '../../functions/recommend/schemas.ts';
import { suggest } from '../../functions/recommend/suggest.ts';
import { listVersions } from '../../functions/recommend/versions.ts';
import { writeAnswer, writeBriefAnswer } from '../../functions/recommend/write.ts';
import { readLatest } from '../../shared/store/versions.ts';

/**
 * Opens the newest snapshot of STORE, answers a query of each route that asks the model, REQUEST
 * among them, and says to whoever asks how long it took until then, in ms. It is a server because
 * the image of recommend keeps the code of a server: bundled in its place, this runs as it does.
 */
const { STORE = '', PORT, REQUEST = '{"songs": ["Yesterday", "Hey Jude"]}' } = process.env;

async function main(): Promise<void> {
  const request: RecommendRequest = JSON.parse(REQUEST);
  const began = performance.now();
  const { found } = await readLatest(STORE, 0);
  if (found === undefined) throw new Error('There is no snapshot.');
  const model = toModel(found.head, found.snapshot);
  const open = performance.now() - began;
  writeAnswer(model, findSongs(model, request));
  writeBriefAnswer(model, undefined, findSongs(model, request));
  const songs = suggest(model, 'ka').map((song) => ({
    track: titleOf(model, song),
    artist: artistOf(model, song),
    support: model.snapshot.supports[song],
  }));
  JSON.stringify({ songs });
  JSON.stringify(describe(model));
  JSON.stringify(await listVersions(STORE, model, {}));
  const ready = performance.now() - began;
  // A page of rules looks at all of them, in turns: who asks for one waits for that and no start.
  const work = pageOfRules(model, {});
  for (let turn = work.next(); !turn.done; turn = work.next());
  const rules = performance.now() - began - ready;
  const said = JSON.stringify({ open, ready, rules });
  createServer((_request, answer) => answer.end(said)).listen(Number(PORT), '127.0.0.1');
}

void main();
